// Every instruction of the profile once more, written from the WebAssembly specification: immediates, operands and
// results, price class, and whether the result can be a NaN of the engine's choosing. Prices come from cost.ts, the
// one table of them; which instruction has which price is told here a second time, by SPEC rule F5.
import { COST } from "../../../sre/wasm/rewrite/cost.ts";

/** One letter a type: i32, i64, f32, f64, v128, funcref, externref, exnref; `a` is the address type of the memory. */
export type Letters = string;

/** What follows an opcode. */
export type Immediates =
  | "none"
  | "memory" // alignment, offset, perhaps a memory
  | "memory lane"
  | "lane"
  | "16 bytes"
  | "i32"
  | "i64"
  | "4 bytes"
  | "8 bytes"
  | "index"
  | "control";

/** A row of the table. */
export interface Instruction {
  readonly immediates: Immediates;
  readonly pops: Letters;
  readonly pushes: Letters;
  readonly cost: number;
  /** f32, f64 or their vectors, where the result may be a NaN. */
  readonly nan: "" | "f" | "d" | "F" | "D";
}

/** Opcodes with a prefix are the prefix times 256 and the number after it. */
export const FC = 0xfc00;
export const FD = 0xfd00;

const table = new Map<number, Instruction>();

/** The row of an opcode; control and index instructions that need context have empty operands here. */
export function instruction(opcode: number): Instruction {
  const row = table.get(opcode);
  if (row === undefined) throw new Error(`the oracle does not know opcode 0x${opcode.toString(16)}`);
  return row;
}

/** Whether the oracle knows an opcode. */
export const known = (opcode: number): boolean => table.has(opcode);

/** Rows `from` to `to`: "operands>results". */
function rows(from: number, to: number, type: string, cost: number, immediates: Immediates = "none"): void {
  const [pops, pushes] = type.split(">") as [string, string];
  for (let code = from; code <= to; code++) table.set(code, { immediates, pops, pushes, cost, nan: "" });
}

function price(cost: number, ...codes: number[]): void {
  for (const code of codes) table.set(code, { ...instruction(code), cost });
}

function nan(kind: Instruction["nan"], ...ranges: [from: number, to: number][]): void {
  for (const [from, to] of ranges) {
    for (let code = from; code <= to; code++) table.set(code, { ...instruction(code), nan: kind });
  }
}

function control(): void {
  rows(0x00, 0x00, ">", COST.free, "control"); // unreachable
  rows(0x01, 0x01, ">", COST.free); // nop
  rows(0x02, 0x03, ">", COST.free, "control"); // block, loop
  rows(0x04, 0x04, ">", COST.branch, "control"); // if
  rows(0x05, 0x05, ">", COST.free, "control"); // else
  rows(0x08, 0x08, ">", COST.throw, "control"); // throw
  rows(0x0a, 0x0a, ">", COST.throw, "control"); // throw_ref
  rows(0x0b, 0x0b, ">", COST.free, "control"); // end
  rows(0x0c, 0x0c, ">", COST.simple, "control"); // br
  rows(0x0d, 0x0d, ">", COST.branch, "control"); // br_if
  rows(0x0e, 0x0e, ">", COST.branchTable, "control"); // br_table
  rows(0x0f, 0x0f, ">", COST.simple, "control"); // return
  rows(0x10, 0x10, ">", COST.call, "control"); // call; of an import it is COST.callHost
  rows(0x11, 0x11, ">", COST.callIndirect, "control"); // call_indirect
  rows(0x12, 0x12, ">", COST.call, "control"); // return_call
  rows(0x13, 0x13, ">", COST.callIndirect, "control"); // return_call_indirect
  rows(0x1a, 0x1a, ">", COST.free, "control"); // drop
  rows(0x1b, 0x1c, ">", COST.simple, "control"); // select
  rows(0x1f, 0x1f, ">", COST.free, "control"); // try_table
  rows(0x20, 0x20, ">", COST.free, "index"); // local.get
  rows(0x21, 0x22, ">", COST.simple, "index"); // local.set, local.tee
  rows(0x23, 0x24, ">", COST.simple, "index"); // global.get, global.set
  rows(0x25, 0x26, ">", COST.runtime, "index"); // table.get, table.set
  rows(0xd0, 0xd0, ">", COST.free, "control"); // ref.null
  rows(0xd1, 0xd1, ">", COST.simple, "control"); // ref.is_null
  rows(0xd2, 0xd2, ">c", COST.reference, "index"); // ref.func
}

function memory(): void {
  const load = (from: number, to: number, type: string) => rows(from, to, `a>${type}`, COST.memory, "memory");
  const store = (from: number, to: number, type: string) => rows(from, to, `a${type}>`, COST.memory, "memory");
  load(0x28, 0x28, "i");
  load(0x29, 0x29, "l");
  load(0x2a, 0x2a, "f");
  load(0x2b, 0x2b, "d");
  load(0x2c, 0x2f, "i");
  load(0x30, 0x35, "l");
  store(0x36, 0x36, "i");
  store(0x37, 0x37, "l");
  store(0x38, 0x38, "f");
  store(0x39, 0x39, "d");
  store(0x3a, 0x3b, "i");
  store(0x3c, 0x3e, "l");
  rows(0x3f, 0x3f, ">a", COST.runtime, "index"); // memory.size
  rows(0x40, 0x40, "a>a", COST.grow, "index"); // memory.grow
  rows(0x41, 0x41, ">i", COST.free, "i32");
  rows(0x42, 0x42, ">l", COST.free, "i64");
  rows(0x43, 0x43, ">f", COST.free, "4 bytes");
  rows(0x44, 0x44, ">d", COST.free, "8 bytes");
  for (let code = 8; code <= 17; code++) rows(FC + code, FC + code, ">", COST.bulk, "control");
  price(COST.grow, FC + 15); // table.grow
  price(COST.runtime, FC + 16); // table.size
}

function numbers(): void {
  rows(0x45, 0x45, "i>i", COST.simple);
  rows(0x46, 0x4f, "ii>i", COST.simple);
  rows(0x50, 0x50, "l>i", COST.simple);
  rows(0x51, 0x5a, "ll>i", COST.simple);
  rows(0x5b, 0x60, "ff>i", COST.float);
  rows(0x61, 0x66, "dd>i", COST.float);
  rows(0x67, 0x69, "i>i", COST.simple);
  rows(0x6a, 0x78, "ii>i", COST.simple);
  price(COST.divide32, 0x6d, 0x6e, 0x6f, 0x70);
  rows(0x79, 0x7b, "l>l", COST.simple);
  rows(0x7c, 0x8a, "ll>l", COST.simple);
  price(COST.divide64, 0x7f, 0x80, 0x81, 0x82);
  rows(0x8b, 0x91, "f>f", COST.float);
  rows(0x92, 0x98, "ff>f", COST.float);
  rows(0x99, 0x9f, "d>d", COST.float);
  rows(0xa0, 0xa6, "dd>d", COST.float);
  price(COST.sqrt32, 0x91);
  price(COST.floatDivide32, 0x95);
  price(COST.sqrt64, 0x9f);
  price(COST.floatDivide64, 0xa3);
  const conversions = "l>i f>i f>i d>i d>i i>l i>l f>l f>l d>l d>l i>f i>f l>f l>f d>f i>d i>d l>d l>d f>d";
  const plain = `${conversions} f>i d>l i>f l>d i>i i>i l>l l>l l>l`.split(" ");
  plain.forEach((type, index) => {
    rows(0xa7 + index, 0xa7 + index, type, COST.simple);
  });
  price(COST.truncate, 0xa8, 0xa9, 0xaa, 0xab, 0xae, 0xaf, 0xb0, 0xb1);
  "f>i f>i d>i d>i f>l f>l d>l d>l".split(" ").forEach((type, index) => {
    rows(FC + index, FC + index, type, COST.truncate);
  });
  nan("f", [0x8d, 0x97], [0xb6, 0xb6]);
  nan("d", [0x9b, 0xa5], [0xbb, 0xbb]);
}

function vectors(): void {
  const v = (from: number, to: number, type: string, immediates: Immediates = "none") =>
    rows(FD + from, FD + to, type, COST.vector, immediates);
  v(0x00, 0x0a, "a>v", "memory");
  v(0x0b, 0x0b, "av>", "memory");
  v(0x0c, 0x0c, ">v", "16 bytes");
  v(0x0d, 0x0d, "vv>v", "16 bytes");
  v(0x0e, 0x0e, "vv>v");
  "i i i l f d".split(" ").forEach((type, index) => {
    v(0x0f + index, 0x0f + index, `${type}>v`);
  });
  "v>i v>i vi>v v>i v>i vi>v v>i vi>v v>l vl>v v>f vf>v v>d vd>v".split(" ").forEach((type, index) => {
    v(0x15 + index, 0x15 + index, type, "lane");
  });
  v(0x23, 0xff, "vv>v");
  for (const unused of [0x9a, 0xa2, 0xa5, 0xa6, 0xaf, 0xb0, 0xb2, 0xb3, 0xb4, 0xbb, 0xc2, 0xc5, 0xc6, 0xcf, 0xd0]) {
    table.delete(FD + unused);
  }
  for (const unused of [0xd2, 0xd3, 0xd4, 0xe2, 0xee]) table.delete(FD + unused);
  v(0x52, 0x52, "vvv>v");
  v(0x54, 0x57, "av>v", "memory lane");
  v(0x58, 0x5b, "av>", "memory lane");
  v(0x5c, 0x5d, "a>v", "memory");
  const unary = [0x4d, 0x5e, 0x5f, 0x60, 0x61, 0x62, 0x67, 0x68, 0x69, 0x6a, 0x74, 0x75, 0x7a, 0x7c, 0x7d, 0x7e, 0x7f];
  unary.push(0x80, 0x81, 0x87, 0x88, 0x89, 0x8a, 0x94, 0xa0, 0xa1, 0xa7, 0xa8, 0xa9, 0xaa, 0xc0, 0xc1);
  unary.push(0xc7, 0xc8, 0xc9, 0xca, 0xe0, 0xe1, 0xe3, 0xec, 0xed, 0xef);
  unary.push(0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff);
  for (const code of unary) v(code, code, "v>v");
  for (const code of [0x53, 0x63, 0x64, 0x83, 0x84, 0xa3, 0xa4, 0xc3, 0xc4]) v(code, code, "v>i");
  for (const code of [0x6b, 0x8b, 0xab, 0xcb]) v(code, code + 2, "vi>v"); // shifts
  const prices = (cost: number, ...codes: number[]) => price(cost, ...codes.map((code) => FD + code));
  const span = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
  prices(COST.free, 0x0c);
  prices(COST.memory, ...span(0x00, 0x0b), ...span(0x54, 0x5d));
  prices(COST.vectorSlow, 0x0d, 0x62, 0x6b, 0x6c, 0x6d, 0xd5, ...span(0xf8, 0xff));
  prices(COST.vectorFloat, ...span(0x41, 0x4c), 0x5e, 0x5f, ...span(0x67, 0x6a), 0x74, 0x75, 0x7a, 0x94, 0xe0, 0xe1);
  prices(COST.vectorFloat, ...span(0xe4, 0xeb), 0xec, 0xed, ...span(0xf0, 0xf7));
  prices(COST.vectorSqrt32, 0xe3);
  prices(COST.vectorDivide32, 0xe7);
  prices(COST.vectorSqrt64, 0xef);
  prices(COST.vectorDivide64, 0xf3);
  nan("F", [FD + 0x67, FD + 0x6a], [FD + 0xe3, FD + 0xe9], [FD + 0x5e, FD + 0x5e]);
  nan("D", [FD + 0x74, FD + 0x75], [FD + 0x7a, FD + 0x7a], [FD + 0x94, FD + 0x94], [FD + 0xef, FD + 0xf5]);
  nan("D", [FD + 0x5f, FD + 0x5f]);
}

control();
memory();
numbers();
vectors();
