// Where the things that we append lie. Everything is appended at the end of its index space, so that nothing of
// the guest's is renumbered and its bytes can be copied as they are (SPEC rule M6).
import { type FunctionType, type Module, VALUE_TYPES } from "./types.ts";
import type { Writer } from "./writer.ts";

/** The names under which a rewritten module exports what is ours. Guests can't use a name that begins with $. */
export const INTERNAL_EXPORTS = {
  /** i64: fuel left; negative: out of fuel; the least i64: the engine failed to grow memory. */
  fuel: "$fuel",
  /** i32: bytes of stack metric left; negative: past the limit. */
  stack: "$stack",
  /** i32: nonzero once the host has ended the guest. */
  end: "$end",
  /** i32: the most pages that memory may grow to. */
  pages: "$pages",
  /** The guest's start function, called once the fuel is set. */
  start: "$start",
} as const;

/** Indices of the appended things, in the rewritten module's numbering. */
export interface Layout {
  readonly fuel: number;
  readonly stack: number;
  readonly end: number;
  readonly pages: number;
  /** Function: takes an i64 price. */
  readonly charge: number;
  /** Function: memory.grow under the cap; absent without a memory. */
  readonly grow: number | null;
  /** Function: the thunk of import 0; import i has thunk `thunks + i`. */
  readonly thunks: number;
  /** Type indices: [i64] to nothing, [i32] to [i32]. */
  readonly chargeType: number;
  readonly growType: number;
  /** Type index of "nothing to these results" by the index of a type with several results. */
  readonly blockTypes: ReadonlyMap<number, number>;
  readonly types: number;
  readonly functions: number;
}

/** Lays out what is appended to a module. */
export function layOut(module: Module): Layout {
  const chargeType = module.types.length;
  let types = chargeType + 2;
  const blockTypes = new Map<number, number>();
  module.types.forEach((type, index) => {
    if (type.results.length > 1) blockTypes.set(index, types++);
  });
  const charge = module.functions.length;
  const grow = module.memory === null ? null : charge + 1;
  const thunks = charge + (grow === null ? 1 : 2);
  const { globals } = module;
  return {
    fuel: globals,
    stack: globals + 1,
    end: globals + 2,
    pages: globals + 3,
    charge,
    grow,
    thunks,
    chargeType,
    growType: chargeType + 1,
    blockTypes,
    types,
    functions: thunks + module.imports.length,
  };
}

/** The function that a mention of function `index` must name after rewriting. */
export function redirect(module: Module, layout: Layout, index: number): number {
  return index < module.imports.length ? layout.thunks + index : index;
}

/** Writes the appended types. */
export function writeTypes(out: Writer, module: Module, layout: Layout): void {
  const write = (type: FunctionType) => {
    out.byte(0x60);
    for (const list of [type.params, type.results]) {
      out.u32(list.length);
      for (const name of list) out.byte(VALUE_TYPES[name]);
    }
  };
  write({ params: ["i64"], results: [] });
  write({ params: ["i32"], results: ["i32"] });
  for (const index of layout.blockTypes.keys()) write({ params: [], results: module.types[index]!.results });
}
