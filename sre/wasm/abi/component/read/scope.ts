// The index spaces of a component, or of a component or instance type: what each index stands for, as far as the types of
// exported functions depend on it.

import type { Reader } from "../../../rewrite/index.ts";
import type { ValueType } from "../../../values/index.ts";
import { COMPONENT_LIMITS } from "../limits.ts";

/** A function's type. Types are null where a handle of a resource is in them: such a value can't be written down. */
export interface ComponentFunction {
  readonly params: readonly { readonly name: string; readonly type: ValueType | null }[];
  /** Undefined: no result. */
  readonly result: ValueType | null | undefined;
  /** Types within its parameters and result, each counted as often as it is named. */
  readonly nodes: number;
}

/** A type that stands in an index space. `nodes` and `depth` measure a value type. */
export type Defined =
  | { readonly kind: "value"; readonly type: ValueType | null; readonly nodes: number; readonly depth: number }
  | { readonly kind: "function"; readonly type: ComponentFunction }
  | { readonly kind: "instance"; readonly exports: Members }
  | { readonly kind: "component"; readonly exports: Members }
  | { readonly kind: "resource" };

/** Something with an index that can be exported or imported. */
export type Entity =
  | { readonly sort: "function"; readonly type: ComponentFunction }
  | { readonly sort: "type"; readonly type: Defined }
  | { readonly sort: "instance"; readonly exports: Members }
  | { readonly sort: "component"; readonly exports: Members }
  | { readonly sort: "core" };

/** What an instance exports. */
export type Members = ReadonlyMap<string, Entity>;

type Sort = Entity["sort"];
type OfSort<S extends Sort> = Extract<Entity, { sort: S }>;

/** One component's or type's index spaces, inside another's. */
export class Scope {
  readonly outer: Scope | null;
  readonly depth: number;
  readonly imports = new Map<string, Entity>();
  readonly exports = new Map<string, Entity>();
  private readonly spaces: { readonly [S in Exclude<Sort, "core">]: OfSort<S>[] } = {
    ...{ function: [], type: [], instance: [], component: [] },
  };

  constructor(outer: Scope | null) {
    this.outer = outer;
    this.depth = outer === null ? 0 : outer.depth + 1;
  }

  /** Gives an entity the next index of its sort. Core modules and types have index spaces that nobody here asks. */
  add(reader: Reader, entity: Entity): void {
    if (entity.sort === "core") return;
    const space = this.spaces[entity.sort] as Entity[];
    if (space.length >= COMPONENT_LIMITS.entries) reader.refuse("limit", `has too many entries of sort ${entity.sort}`);
    space.push(entity);
  }

  /** What an index that comes next in the bytes stands for. */
  at<S extends Exclude<Sort, "core">>(reader: Reader, sort: S): OfSort<S> {
    const space: readonly OfSort<S>[] = this.spaces[sort];
    return space[reader.index(space.length, sort)]!;
  }

  /** The scope that many levels out. */
  out(reader: Reader, levels: number): Scope {
    let scope: Scope | null = this;
    for (let level = 0; level < levels && scope !== null; level++) scope = scope.outer;
    if (scope === null) reader.refuse("index", `names something ${levels} components further out, where there is none`);
    return scope;
  }
}
