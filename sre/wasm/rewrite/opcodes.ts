// The instructions of the profile as tables: what follows the opcode, how many operands it takes and leaves, what
// it costs; and names for the instructions that are refused. Structured and variable ones are marked `special`
// and handled one by one in `scan.ts`.
import { COST } from "./cost.ts";

/** What follows an opcode in the bytes. */
export type Immediate = "none" | "special" | "memory-argument" | "i32" | "i64" | "f32" | "f64" | "local" | "global";

/** A row of the instruction table. */
export interface Opcode {
  readonly immediate: Immediate;
  readonly pops: number;
  readonly pushes: number;
  readonly cost: number;
  /** Set where the result may be a NaN of engine-chosen bits: the width of that float. */
  readonly nan?: 32 | 64;
}

/** The rows by opcode; undefined where the profile has no such instruction. */
export const OPCODES: readonly (Opcode | undefined)[] = build();

function build(): (Opcode | undefined)[] {
  const table: (Opcode | undefined)[] = new Array(256).fill(undefined);
  const set = (from: number, to: number, immediate: Immediate, pops: number, pushes: number, cost: number) => {
    for (let code = from; code <= to; code++) table[code] = { immediate, pops, pushes, cost };
  };
  // Control, calls, tables, references.
  set(0x00, 0x00, "special", 0, 0, COST.free); // unreachable
  set(0x01, 0x01, "none", 0, 0, COST.free); // nop
  set(0x02, 0x03, "special", 0, 0, COST.free); // block, loop
  set(0x04, 0x04, "special", 1, 0, COST.branch); // if
  set(0x05, 0x05, "special", 0, 0, COST.free); // else
  set(0x0b, 0x0b, "special", 0, 0, COST.free); // end
  set(0x0c, 0x0c, "special", 0, 0, COST.simple); // br
  set(0x0d, 0x0d, "special", 1, 0, COST.branch); // br_if
  set(0x0e, 0x0e, "special", 1, 0, COST.branchTable); // br_table
  set(0x0f, 0x0f, "special", 0, 0, COST.simple); // return
  set(0x10, 0x10, "special", 0, 0, COST.call); // call
  set(0x11, 0x11, "special", 1, 0, COST.callIndirect); // call_indirect
  set(0x1a, 0x1a, "none", 1, 0, COST.free); // drop
  set(0x1b, 0x1b, "none", 3, 1, COST.branch); // select
  set(0x1c, 0x1c, "special", 3, 1, COST.branch); // select with types
  set(0x20, 0x20, "local", 0, 1, COST.free); // local.get
  set(0x21, 0x21, "local", 1, 0, COST.simple); // local.set
  set(0x22, 0x22, "local", 1, 1, COST.simple); // local.tee
  set(0x23, 0x23, "global", 0, 1, COST.simple); // global.get
  set(0x24, 0x24, "global", 1, 0, COST.simple); // global.set
  set(0x25, 0x25, "special", 1, 1, COST.runtime); // table.get
  set(0x26, 0x26, "special", 2, 0, COST.runtime); // table.set
  set(0xd0, 0xd0, "special", 0, 1, COST.free); // ref.null
  set(0xd1, 0xd1, "none", 1, 1, COST.simple); // ref.is_null
  set(0xd2, 0xd2, "special", 0, 1, COST.branch); // ref.func
  // Memory and constants.
  set(0x28, 0x35, "memory-argument", 1, 1, COST.memory); // loads
  set(0x36, 0x3e, "memory-argument", 2, 0, COST.memory); // stores
  set(0x3f, 0x3f, "special", 0, 1, COST.runtime); // memory.size
  set(0x40, 0x40, "special", 1, 1, COST.grow); // memory.grow
  set(0x41, 0x41, "i32", 0, 1, COST.free);
  set(0x42, 0x42, "i64", 0, 1, COST.free);
  set(0x43, 0x43, "f32", 0, 1, COST.free);
  set(0x44, 0x44, "f64", 0, 1, COST.free);
  // Comparisons.
  set(0x45, 0x45, "none", 1, 1, COST.simple); // i32.eqz
  set(0x46, 0x4f, "none", 2, 1, COST.simple); // i32
  set(0x50, 0x50, "none", 1, 1, COST.simple); // i64.eqz
  set(0x51, 0x5a, "none", 2, 1, COST.simple); // i64
  set(0x5b, 0x66, "none", 2, 1, COST.float); // f32, f64
  // Integer arithmetic.
  set(0x67, 0x69, "none", 1, 1, COST.simple); // i32.clz, ctz, popcnt
  set(0x6a, 0x78, "none", 2, 1, COST.simple); // i32
  set(0x6d, 0x70, "none", 2, 1, COST.divide32); // i32.div, rem
  set(0x79, 0x7b, "none", 1, 1, COST.simple); // i64.clz, ctz, popcnt
  set(0x7c, 0x8a, "none", 2, 1, COST.simple); // i64
  set(0x7f, 0x82, "none", 2, 1, COST.divide64); // i64.div, rem
  // Float arithmetic.
  set(0x8b, 0x91, "none", 1, 1, COST.float); // f32.abs to sqrt
  set(0x91, 0x91, "none", 1, 1, COST.sqrt32);
  set(0x92, 0x98, "none", 2, 1, COST.float); // f32.add to copysign
  set(0x95, 0x95, "none", 2, 1, COST.floatDivide32);
  set(0x99, 0x9f, "none", 1, 1, COST.float); // f64.abs to sqrt
  set(0x9f, 0x9f, "none", 1, 1, COST.sqrt64);
  set(0xa0, 0xa6, "none", 2, 1, COST.float); // f64.add to copysign
  set(0xa3, 0xa3, "none", 2, 1, COST.floatDivide64);
  // Conversions, reinterpretations, sign extension.
  set(0xa7, 0xc4, "none", 1, 1, COST.simple);
  for (const code of [0xa8, 0xa9, 0xaa, 0xab, 0xae, 0xaf, 0xb0, 0xb1]) set(code, code, "none", 1, 1, COST.truncate);
  // ceil, floor, trunc, nearest, sqrt, add, sub, mul, div, min, max; demote and promote (SPEC rule N1).
  const nan = (from: number, to: number, width: 32 | 64) => {
    for (let code = from; code <= to; code++) table[code] = { ...table[code]!, nan: width };
  };
  nan(0x8d, 0x97, 32);
  nan(0x9b, 0xa5, 64);
  nan(0xb6, 0xb6, 32);
  nan(0xbb, 0xbb, 64);
  return table;
}

/** What the instructions with prefix 0xfc do with operands; 0 to 7 are the saturating truncations. */
export interface BulkOpcode {
  readonly immediate:
    | "none"
    | "data-memory"
    | "data"
    | "memory-memory"
    | "memory"
    | "element-table"
    | "element"
    | "table-table"
    | "table";
  readonly pops: number;
  readonly pushes: number;
  readonly cost: number;
  /** How the length on top of the stack is charged: per 8 bytes, per element, or not at all. */
  readonly length: "bytes" | "elements" | null;
}

const saturating: BulkOpcode = { immediate: "none", pops: 1, pushes: 1, cost: COST.truncate, length: null };
const bulk = (immediate: BulkOpcode["immediate"], length: BulkOpcode["length"]): BulkOpcode => ({
  immediate,
  pops: 3,
  pushes: 0,
  cost: COST.bulk,
  length,
});
const drop = (immediate: BulkOpcode["immediate"]): BulkOpcode => ({ ...bulk(immediate, null), pops: 0 });

/** The rows by the number after the prefix 0xfc; null for table.grow, which the profile does not take. */
export const BULK_OPCODES: readonly (BulkOpcode | null)[] = [
  ...new Array<BulkOpcode>(8).fill(saturating),
  bulk("data-memory", "bytes"), // memory.init
  drop("data"), // data.drop
  bulk("memory-memory", "bytes"), // memory.copy
  bulk("memory", "bytes"), // memory.fill
  bulk("element-table", "elements"), // table.init
  drop("element"), // elem.drop
  bulk("table-table", "elements"), // table.copy
  null, // table.grow
  { immediate: "table", pops: 0, pushes: 1, cost: COST.runtime, length: null }, // table.size
  bulk("table", "elements"), // table.fill
];

/** The name of the feature that an opcode outside the profile belongs to, and how to build without it. */
export function featureOf(opcode: number): { readonly feature: string; readonly remedy: string } | null {
  if (opcode === 0xfd) return { feature: "SIMD", remedy: "rebuild without -msimd128" };
  if (opcode === 0xfe) return { feature: "threads", remedy: "rebuild without -pthread" };
  if (opcode === 0xfb) return { feature: "garbage-collected types", remedy: "build for linear memory" };
  if (opcode === 0x12 || opcode === 0x13) return { feature: "tail calls", remedy: "rebuild without -mtail-call" };
  if (opcode === 0x14 || opcode === 0x15 || (opcode >= 0xd3 && opcode <= 0xd6)) {
    return { feature: "typed function references", remedy: "build for linear memory" };
  }
  if ((opcode >= 0x06 && opcode <= 0x0a) || opcode === 0x18 || opcode === 0x19 || opcode === 0x1f) {
    return { feature: "exceptions", remedy: "rebuild without WebAssembly exceptions" };
  }
  return null;
}
