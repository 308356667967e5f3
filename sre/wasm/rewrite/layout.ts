// Where the things that we append lie. Everything is appended at the end of its index space, so that nothing of
// the guest's is renumbered and its bytes can be copied as they are (SPEC rule M6).
import type { CallGraph } from "./callgraph.ts";
import { LINK_IMPORTS } from "./link.ts";
import { type FunctionType, type Module, VALUE_TYPES } from "./module/index.ts";
import { Writer } from "./writer.ts";

/**
 * The names under which a rewritten module exports what is ours. Each begins with one dot; a guest's name that does so
 * too gets another in front (`guestExport`), so that whatever a guest calls its exports, none can be taken for ours
 * (SPEC rule M8).
 */
export const INTERNAL_EXPORTS = {
  /** i64: fuel left; negative: out of fuel; the least i64: the engine failed to grow a memory or table. */
  fuel: ".fuel",
  /** i32: bytes of stack metric left; negative: past the limit. */
  stack: ".stack",
  /** i32: nonzero once the host has ended the guest. */
  end: ".end",
  /** i32: the most pages that all memories together may have. */
  pages: ".pages",
  /** Memory 0; where the host watches memories, `memoryExport` has the names of the others. */
  memory: ".memory",
  /** The guest's start function, called once the counters are set. */
  start: ".start",
  /** Where the host watches calls: the table that it fills with `PROBES`. */
  probes: ".probes",
} as const;

/** The name under which a guest's export is found in the rewritten module. */
export const guestExport = (name: string): string => (name.startsWith(".") ? `.${name}` : name);

/** The name under which memory `index` is exported. */
export const memoryExport = (index: number): string =>
  index === 0 ? INTERNAL_EXPORTS.memory : `${INTERNAL_EXPORTS.memory} ${index}`;

/** Types that we append, each once. */
export class TypeTable {
  private readonly indices = new Map<string, number>();
  private readonly first: number;
  private readonly out = new Writer(1024);

  /** `first`: the index of the first appended type. */
  constructor(first: number) {
    this.first = first;
  }

  /** Index of the type with these parameters and results, given as bytes of value types. */
  index(params: readonly number[], results: readonly number[]): number {
    const key = `${params.join()}:${results.join()}`;
    const known = this.indices.get(key);
    if (known !== undefined) return known;
    return this.append(key, params, results);
  }

  /** Appends a type whether or not it is there already. */
  append(key: string, params: readonly number[], results: readonly number[]): number {
    const index = this.first + this.count;
    this.indices.set(key, index);
    this.count++;
    this.out.op(0x60);
    this.out.u32(params.length);
    for (const type of params) this.out.op(type);
    this.out.u32(results.length);
    for (const type of results) this.out.op(type);
    return index;
  }

  /** Types appended so far. */
  count = 0;

  /** Their bytes. */
  view(): Uint8Array {
    return this.out.view();
  }
}

/** Indices of the appended things, in the rewritten module's numbering. */
export interface Layout {
  /** Hidden parameters of every function that isn't flat: fuel, and the stack metric if anyone checks it. */
  readonly hidden: 1 | 2;
  /** Type t with hidden parameters and result is `hiddenTypes + t`. */
  readonly hiddenTypes: number;
  readonly types: TypeTable;
  /** Globals; `elements` only in a linked module, else -1. */
  readonly fuel: number;
  readonly stack: number;
  readonly end: number;
  readonly pages: number;
  readonly elements: number;
  /** Global with the true maximum of imported memory m, imported table t, if the module grows it; else -1. */
  readonly mostMemory: readonly number[];
  readonly mostTable: readonly number[];
  /** Own globals from this one on have moved up by so many. */
  readonly ownGlobals: number;
  readonly moved: number;
  /** Function: the thunk of import 0; import i has thunk `thunks + i`. */
  readonly thunks: number;
  /** Functions: memory.grow of memory m, table.grow of table t; -1 where nothing grows it. */
  readonly growMemory: readonly number[];
  readonly growTable: readonly number[];
  /** Functions: what the host calls, in the order of the indices that they call. */
  readonly doors: ReadonlyMap<number, number>;
  readonly functions: number;
  /** The table of the probes; -1 where there are none. */
  readonly probes: number;
}

/** Lays out what is appended to a module. `doors`: functions that the host may call; `probed`: whether it hears of calls. */
export function layOut(
  module: Module,
  graph: CallGraph,
  deep: boolean,
  doors: Iterable<number>,
  probed: boolean,
): Layout {
  const types = new TypeTable(module.types.length);
  // Linked modules call each other through tables, so that all must have the same hidden parameters.
  const hidden = deep || module.linked ? 2 : 1;
  for (const type of module.types) {
    const { params, results } = typeBytes(type);
    types.append(`hidden ${types.count}`, [...params, ...HIDDEN.slice(0, hidden)], [...results, VALUE_TYPES.i64]);
  }
  const thunks = module.functions.length;
  let functions = thunks + module.imports.length;
  const growing = (flags: Uint8Array) => Array.from(flags, (flag) => (flag === 1 ? functions++ : -1));
  const growMemory = growing(graph.growsMemory);
  const growTable = growing(graph.growsTable);
  const named = new Map<number, number>();
  for (const index of [...new Set(doors)].sort((left, right) => left - right)) named.set(index, functions++);
  return {
    hidden,
    hiddenTypes: module.types.length,
    types,
    ...(module.linked ? linkedGlobals(module, growMemory, growTable) : ownGlobals(module.globals.length)),
    thunks,
    growMemory,
    growTable,
    doors: named,
    functions,
    probes: probed ? module.tables.length : -1,
  };
}

type GlobalLayout = Pick<
  Layout,
  "fuel" | "stack" | "end" | "pages" | "elements" | "mostMemory" | "mostTable" | "ownGlobals" | "moved"
>;

/** Globals of a module that stands alone: ours follow its own. */
function ownGlobals(first: number): GlobalLayout {
  return {
    ...{ fuel: first, stack: first + 1, end: first + 2, pages: first + 3, elements: -1 },
    ...{ mostMemory: [], mostTable: [], ownGlobals: first, moved: 0 },
  };
}

/** Globals of a linked module: ours are imported, behind the imported and before the own ones, which make room. */
function linkedGlobals(module: Module, growMemory: readonly number[], growTable: readonly number[]): GlobalLayout {
  const first = module.globals.filter(({ imported }) => imported).length;
  let next = first + Object.keys(LINK_IMPORTS).length;
  const most = (spaces: readonly { readonly imported: boolean }[], grow: readonly number[]) =>
    spaces.map(({ imported }, index) => (imported && grow[index]! >= 0 ? next++ : -1));
  const mostMemory = most(module.memories, growMemory);
  const mostTable = most(module.tables, growTable);
  return {
    ...{ fuel: first, stack: first + 1, end: first + 2, pages: first + 3, elements: first + 4 },
    ...{ mostMemory, mostTable, ownGlobals: first, moved: next - first },
  };
}

/** Types of the hidden parameters: fuel and stack metric, both i64 so that one test can serve both. */
const HIDDEN = [VALUE_TYPES.i64, VALUE_TYPES.i64];

/** A signature as bytes of value types. */
export function typeBytes(type: FunctionType): { readonly params: number[]; readonly results: number[] } {
  return {
    params: type.params.map((name) => VALUE_TYPES[name]),
    results: type.results.map((name) => VALUE_TYPES[name]),
  };
}

/** The number of global `index` after rewriting. */
export function redirectGlobal(layout: Layout, index: number): number {
  return index < layout.ownGlobals ? index : index + layout.moved;
}

/** The function that a mention of function `index` must name after rewriting. */
export function redirect(module: Module, layout: Layout, index: number): number {
  return index < module.imports.length ? layout.thunks + index : index;
}
