// Modules that are parts of one program: they import the counters instead of defining them, and meet each other without
// the host between. What a thunk of one stores, a door of the other finds (SPEC rules K1 to K8).
import type { ExportKind, Limits, Module, ModuleExport } from "./module/index.ts";

/** The module name under which linked modules import what is ours. A source that imports from it is refused. */
export const LINK_MODULE = ".lockstep";

/** Names of what linked modules import from `LINK_MODULE`, in the order of the imports. All are mutable globals. */
export const LINK_IMPORTS = {
  /** i64, i32, i32: as `INTERNAL_EXPORTS` has them, but of the whole program. */
  fuel: "fuel",
  stack: "stack",
  end: "end",
  /** i32: pages that memories may still grow by. */
  pages: "pages",
  /** i32: elements that tables may still grow by. */
  elements: "elements",
} as const;

/** The import that gives the true maximum of an imported memory or table that the module grows: an immutable i64. */
export const mostImport = (kind: "memory" | "table", index: number): string => `${kind} ${index}`;

/** A memory or table of a linked module. */
export interface Space extends Pick<Limits, "initial" | "maximum" | "wide"> {
  /** Names of the import; null if it is the module's own. */
  readonly from: readonly [module: string, name: string] | null;
  /** Whether the module grows it. */
  readonly grows: boolean;
}

/** What linking needs to know of a module. */
export interface Linking {
  readonly memories: readonly Space[];
  readonly tables: readonly Space[];
}

/** What linking needs to know of a module. */
export function linkingOf(module: Module, growsMemory: Uint8Array, growsTable: Uint8Array): Linking {
  const spaces = (kind: ExportKind, all: readonly Limits[], grows: Uint8Array): Space[] =>
    all.map(({ initial, maximum, wide }, index) => {
      const found = module.foreign.find((candidate) => candidate.kind === kind && candidate.index === index);
      return {
        ...{ initial, maximum, wide, grows: grows[index] === 1 },
        from: found === undefined ? null : ([found.module, found.name] as const),
      };
    });
  return {
    memories: spaces("memory", module.memories, growsMemory),
    tables: spaces("table", module.tables, growsTable),
  };
}

/**
 * Whether functions of other modules may be called through the module's tables, and its own through theirs: it shares a
 * table, or function references cross in another way (SPEC rule K5).
 */
export function isOpen(module: Module, kept: readonly ModuleExport[]): boolean {
  const { types, functions, imports, globals, tables, tags } = module;
  const crosses = (type: number) => {
    const { params, results } = types[type]!;
    return params.includes("funcref") || results.includes("funcref") || params.includes("exnref");
  };
  const shared = (kind: ExportKind, index: number): boolean => {
    if (kind === "table") return tables[index]!.element !== "externref";
    if (kind === "global") return globals[index]!.type === "funcref";
    if (kind === "tag") return crosses(tags[index]!);
    return kind === "function" && crosses(functions[index]!);
  };
  return (
    module.foreign.some(({ kind, index }) => shared(kind, index)) ||
    imports.some((_, index) => shared("function", index)) ||
    kept.some(({ kind, index }) => shared(kind, index))
  );
}
