// The instructions of the profile as flat tables, one byte or word per opcode, so that the walk needs no object per
// instruction: what to do with the immediates, the operand types, the price, the kind of NaN.
// Opcodes with a prefix follow the plain ones: 0xfc n is `MISC + n`, 0xfd n is `VECTOR + n`.
import { COST } from "../cost.ts";

/** Index of the first opcode with prefix 0xfc, and how many there are. */
export const MISC = 256;
export const MISC_COUNT = 18;
/** Index of the first opcode with prefix 0xfd, and how many there are; the numbers from 256 are relaxed SIMD. */
export const VECTOR = 288;
const VECTOR_COUNT = 256;
const SIZE = VECTOR + VECTOR_COUNT;

/** Operand types as the walk keeps them, 4 bits each; `any` is the unknown type of unreachable code. */
export const OPERAND = {
  any: 0,
  i32: 1,
  i64: 2,
  f32: 3,
  f64: 4,
  v128: 5,
  funcref: 6,
  externref: 7,
  exnref: 8,
} as const;

/** What the walk does with an opcode. Up to `lastSimple` the operands are those of `SIGNATURES`. */
export const HANDLER = {
  unknown: 0,
  plain: 1,
  /** Memory argument; the detail is the greatest alignment as a power of two. */
  memory: 2,
  /** A memory argument and then a lane below 16 >> detail. */
  memoryLane: 3,
  /** A lane; the detail is how many there are. */
  lane: 4,
  i32: 5,
  i64: 6,
  /** As many bytes as the detail says. */
  bytes: 7,
  /** Sixteen lanes below 32. */
  shuffle: 8,
  lastSimple: 8,
  localGet: 9,
  localSet: 10,
  localTee: 11,
  globalGet: 12,
  globalSet: 13,
  drop: 14,
  select: 15,
  selectTyped: 16,
  unreachable: 17,
  block: 18,
  loop: 19,
  if: 20,
  else: 21,
  end: 22,
  br: 23,
  brIf: 24,
  brTable: 25,
  return: 26,
  call: 27,
  callIndirect: 28,
  returnCall: 29,
  returnCallIndirect: 30,
  tableGet: 31,
  tableSet: 32,
  refNull: 33,
  refIsNull: 34,
  refFunc: 35,
  memorySize: 36,
  memoryGrow: 37,
  memoryInit: 38,
  dataDrop: 39,
  memoryCopy: 40,
  memoryFill: 41,
  tableInit: 42,
  elemDrop: 43,
  tableCopy: 44,
  tableGrow: 45,
  tableSize: 46,
  tableFill: 47,
  tryTable: 48,
  throw: 49,
  throwRef: 50,
} as const;

/** Which float, or lanes of which float, may come out as a NaN of the processor's choice (SPEC rule N1). */
export const NAN_CLASS = { none: 0, f32: 1, f64: 2, f32x4: 3, f64x2: 4 } as const;

/** `HANDLER` by opcode. */
export const HANDLERS = new Uint8Array(SIZE);
/** Operands: the pushed type in the low 4 bits, above it the popped ones, the top of the stack first. */
export const SIGNATURES = new Uint16Array(SIZE);
/** Fuel by opcode, besides what depends on lengths or on who is called. */
export const PRICES = new Uint16Array(SIZE);
/** The handler's detail. */
export const DETAILS = new Uint8Array(SIZE);
/** `NAN_CLASS` by opcode. */
export const NANS = new Uint8Array(SIZE);
/**
 * What passes must know of instructions without a mark; bits. `float`: those of `NANS`, and copysign, whose operand is
 * guarded; `tells`: it may trap, or writes a global, so that it shows whether control came there.
 */
export const ASPECT = { float: 1, tells: 2 } as const;
/** Bits of `ASPECT` by opcode of a simple instruction. */
export const ASPECTS = new Uint8Array(SIZE);
/** The instruction's name in the text format; empty where the profile has none. */
export const NAMES: string[] = new Array<string>(SIZE).fill("");

const LETTERS: Readonly<Record<string, number>> = {
  i: OPERAND.i32,
  l: OPERAND.i64,
  f: OPERAND.f32,
  d: OPERAND.f64,
  v: OPERAND.v128,
};

/** Fills a row of opcodes: `names` in their order, "-" for a number without an instruction. */
function row(
  first: number,
  price: number,
  types: string,
  names: string,
  handler: number = HANDLER.plain,
  detail = 0,
): void {
  const [pops = "", pushes = ""] = types.split(":");
  let signature = LETTERS[pushes] ?? 0;
  for (let at = 0; at < pops.length; at++) signature |= LETTERS[pops[at]!]! << (4 * (pops.length - at));
  names.split(" ").forEach((name, index) => {
    if (name === "-") return;
    const opcode = first + index;
    HANDLERS[opcode] = handler;
    SIGNATURES[opcode] = signature;
    PRICES[opcode] = price;
    DETAILS[opcode] = detail;
    NAMES[opcode] = name;
  });
}

/** Expands "i8x16.eq ne" style names: every word but the first gets the first's prefix. */
const of = (prefix: string, names: string): string =>
  names
    .split(" ")
    .map((name) => (name === "-" ? name : `${prefix}.${name}`))
    .join(" ");

function control(): void {
  const { free, simple, branch } = COST;
  row(0x00, free, "", "unreachable", HANDLER.unreachable);
  row(0x01, free, "", "nop");
  row(0x02, free, "", "block", HANDLER.block);
  row(0x03, free, "", "loop", HANDLER.loop);
  row(0x04, branch, "", "if", HANDLER.if);
  row(0x05, free, "", "else", HANDLER.else);
  row(0x08, COST.throw, "", "throw", HANDLER.throw);
  row(0x0a, COST.throw, "", "throw_ref", HANDLER.throwRef);
  row(0x0b, free, "", "end", HANDLER.end);
  row(0x0c, simple, "", "br", HANDLER.br);
  row(0x0d, branch, "", "br_if", HANDLER.brIf);
  row(0x0e, COST.branchTable, "", "br_table", HANDLER.brTable);
  row(0x0f, simple, "", "return", HANDLER.return);
  row(0x10, COST.call, "", "call", HANDLER.call);
  row(0x11, COST.callIndirect, "", "call_indirect", HANDLER.callIndirect);
  row(0x12, COST.call, "", "return_call", HANDLER.returnCall);
  row(0x13, COST.callIndirect, "", "return_call_indirect", HANDLER.returnCallIndirect);
  row(0x1a, free, "", "drop", HANDLER.drop);
  row(0x1b, simple, "", "select", HANDLER.select);
  row(0x1c, simple, "", "select", HANDLER.selectTyped);
  row(0x1f, free, "", "try_table", HANDLER.tryTable);
}

function variables(): void {
  const { free, simple, runtime } = COST;
  row(0x20, free, "", "local.get", HANDLER.localGet);
  row(0x21, simple, "", "local.set", HANDLER.localSet);
  row(0x22, simple, "", "local.tee", HANDLER.localTee);
  row(0x23, simple, "", "global.get", HANDLER.globalGet);
  row(0x24, simple, "", "global.set", HANDLER.globalSet);
  row(0x25, runtime, "", "table.get", HANDLER.tableGet);
  row(0x26, runtime, "", "table.set", HANDLER.tableSet);
  row(0xd0, free, "", "ref.null", HANDLER.refNull);
  row(0xd1, simple, "", "ref.is_null", HANDLER.refIsNull);
  row(0xd2, COST.reference, "", "ref.func", HANDLER.refFunc);
}

function access(first: number, types: string, names: string, alignments: string): void {
  names.split(" ").forEach((name, index) => {
    row(first + index, COST.memory, types, name, HANDLER.memory, Number(alignments[index]));
  });
}

function memory(): void {
  access(0x28, "i:i", "i32.load", "2");
  access(0x29, "i:l", "i64.load", "3");
  access(0x2a, "i:f", "f32.load", "2");
  access(0x2b, "i:d", "f64.load", "3");
  access(0x2c, "i:i", of("i32", "load8_s load8_u load16_s load16_u"), "0011");
  access(0x30, "i:l", of("i64", "load8_s load8_u load16_s load16_u load32_s load32_u"), "001122");
  access(0x36, "ii:", "i32.store", "2");
  access(0x37, "il:", "i64.store", "3");
  access(0x38, "if:", "f32.store", "2");
  access(0x39, "id:", "f64.store", "3");
  access(0x3a, "ii:", of("i32", "store8 store16"), "01");
  access(0x3c, "il:", of("i64", "store8 store16 store32"), "012");
  row(0x3f, COST.runtime, "", "memory.size", HANDLER.memorySize);
  row(0x40, COST.grow, "", "memory.grow", HANDLER.memoryGrow);
  row(0x41, COST.free, ":i", "i32.const", HANDLER.i32);
  row(0x42, COST.free, ":l", "i64.const", HANDLER.i64);
  row(0x43, COST.free, ":f", "f32.const", HANDLER.bytes, 4);
  row(0x44, COST.free, ":d", "f64.const", HANDLER.bytes, 8);
}

const COMPARE = "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u";
const FLOAT_COMPARE = "eq ne lt gt le ge";
const ARITHMETIC = "add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr";
const ROUNDING = "abs neg ceil floor trunc nearest sqrt";
const FLOAT_ARITHMETIC = "add sub mul div min max copysign";

function numbers(): void {
  const { simple, float } = COST;
  row(0x45, simple, "i:i", "i32.eqz");
  row(0x46, simple, "ii:i", of("i32", COMPARE));
  row(0x50, simple, "l:i", "i64.eqz");
  row(0x51, simple, "ll:i", of("i64", COMPARE));
  row(0x5b, float, "ff:i", of("f32", FLOAT_COMPARE));
  row(0x61, float, "dd:i", of("f64", FLOAT_COMPARE));
  row(0x67, simple, "i:i", of("i32", "clz ctz popcnt"));
  row(0x6a, simple, "ii:i", of("i32", ARITHMETIC));
  row(0x79, simple, "l:l", of("i64", "clz ctz popcnt"));
  row(0x7c, simple, "ll:l", of("i64", ARITHMETIC));
  row(0x8b, float, "f:f", of("f32", ROUNDING));
  row(0x92, float, "ff:f", of("f32", FLOAT_ARITHMETIC));
  row(0x99, float, "d:d", of("f64", ROUNDING));
  row(0xa0, float, "dd:d", of("f64", FLOAT_ARITHMETIC));
  for (let opcode = 0x6d; opcode <= 0x70; opcode++) PRICES[opcode] = COST.divide32;
  for (let opcode = 0x7f; opcode <= 0x82; opcode++) PRICES[opcode] = COST.divide64;
  PRICES[0x91] = COST.sqrt32;
  PRICES[0x95] = COST.floatDivide32;
  PRICES[0x9f] = COST.sqrt64;
  PRICES[0xa3] = COST.floatDivide64;
}

function conversions(): void {
  const { simple, truncate } = COST;
  row(0xa7, simple, "l:i", "i32.wrap_i64");
  row(0xa8, truncate, "f:i", of("i32", "trunc_f32_s trunc_f32_u"));
  row(0xaa, truncate, "d:i", of("i32", "trunc_f64_s trunc_f64_u"));
  row(0xac, simple, "i:l", of("i64", "extend_i32_s extend_i32_u"));
  row(0xae, truncate, "f:l", of("i64", "trunc_f32_s trunc_f32_u"));
  row(0xb0, truncate, "d:l", of("i64", "trunc_f64_s trunc_f64_u"));
  row(0xb2, simple, "i:f", of("f32", "convert_i32_s convert_i32_u"));
  row(0xb4, simple, "l:f", of("f32", "convert_i64_s convert_i64_u"));
  row(0xb6, simple, "d:f", "f32.demote_f64");
  row(0xb7, simple, "i:d", of("f64", "convert_i32_s convert_i32_u"));
  row(0xb9, simple, "l:d", of("f64", "convert_i64_s convert_i64_u"));
  row(0xbb, simple, "f:d", "f64.promote_f32");
  row(0xbc, simple, "f:i", "i32.reinterpret_f32");
  row(0xbd, simple, "d:l", "i64.reinterpret_f64");
  row(0xbe, simple, "i:f", "f32.reinterpret_i32");
  row(0xbf, simple, "l:d", "f64.reinterpret_i64");
  row(0xc0, simple, "i:i", of("i32", "extend8_s extend16_s"));
  row(0xc2, simple, "l:l", of("i64", "extend8_s extend16_s extend32_s"));
  row(MISC, truncate, "f:i", of("i32", "trunc_sat_f32_s trunc_sat_f32_u"));
  row(MISC + 2, truncate, "d:i", of("i32", "trunc_sat_f64_s trunc_sat_f64_u"));
  row(MISC + 4, truncate, "f:l", of("i64", "trunc_sat_f32_s trunc_sat_f32_u"));
  row(MISC + 6, truncate, "d:l", of("i64", "trunc_sat_f64_s trunc_sat_f64_u"));
}

function bulk(): void {
  row(MISC + 8, COST.bulk, "", "memory.init", HANDLER.memoryInit);
  row(MISC + 9, COST.bulk, "", "data.drop", HANDLER.dataDrop);
  row(MISC + 10, COST.bulk, "", "memory.copy", HANDLER.memoryCopy);
  row(MISC + 11, COST.bulk, "", "memory.fill", HANDLER.memoryFill);
  row(MISC + 12, COST.bulk, "", "table.init", HANDLER.tableInit);
  row(MISC + 13, COST.bulk, "", "elem.drop", HANDLER.elemDrop);
  row(MISC + 14, COST.bulk, "", "table.copy", HANDLER.tableCopy);
  row(MISC + 15, COST.grow, "", "table.grow", HANDLER.tableGrow);
  row(MISC + 16, COST.runtime, "", "table.size", HANDLER.tableSize);
  row(MISC + 17, COST.bulk, "", "table.fill", HANDLER.tableFill);
}

function vectorMemory(): void {
  const names = "load load8x8_s load8x8_u load16x4_s load16x4_u load32x2_s load32x2_u";
  access(VECTOR, "i:v", of("v128", names), "4333333");
  access(VECTOR + 7, "i:v", of("v128", "load8_splat load16_splat load32_splat load64_splat"), "0123");
  access(VECTOR + 11, "iv:", "v128.store", "4");
  access(VECTOR + 92, "i:v", of("v128", "load32_zero load64_zero"), "23");
  [8, 16, 32, 64].forEach((bits, shift) => {
    row(VECTOR + 84 + shift, COST.memory, "iv:v", `v128.load${bits}_lane`, HANDLER.memoryLane, shift);
    row(VECTOR + 88 + shift, COST.memory, "iv:", `v128.store${bits}_lane`, HANDLER.memoryLane, shift);
  });
  row(VECTOR + 12, COST.free, ":v", "v128.const", HANDLER.bytes, 16);
}

function vectorLanes(): void {
  const { vector } = COST;
  row(VECTOR + 13, COST.vectorSlow, "vv:v", "i8x16.shuffle", HANDLER.shuffle);
  row(VECTOR + 14, vector, "vv:v", "i8x16.swizzle");
  const shapes: readonly (readonly [shape: string, type: string, at: number, reads: string, lanes: number])[] = [
    ["i8x16", "i", 21, "extract_lane_s extract_lane_u", 16],
    ["i16x8", "i", 24, "extract_lane_s extract_lane_u", 8],
    ["i32x4", "i", 27, "extract_lane", 4],
    ["i64x2", "l", 29, "extract_lane", 2],
    ["f32x4", "f", 31, "extract_lane", 4],
    ["f64x2", "d", 33, "extract_lane", 2],
  ];
  shapes.forEach(([shape, type, at, reads, lanes], index) => {
    row(VECTOR + 15 + index, vector, `${type}:v`, `${shape}.splat`);
    row(VECTOR + at, vector, `v:${type}`, of(shape, reads), HANDLER.lane, lanes);
    const replace = at + reads.split(" ").length;
    row(VECTOR + replace, vector, `v${type}:v`, `${shape}.replace_lane`, HANDLER.lane, lanes);
  });
}

function vectorLogic(): void {
  const { vector, vectorFloat } = COST;
  row(VECTOR + 35, vector, "vv:v", of("i8x16", COMPARE));
  row(VECTOR + 45, vector, "vv:v", of("i16x8", COMPARE));
  row(VECTOR + 55, vector, "vv:v", of("i32x4", COMPARE));
  row(VECTOR + 214, vector, "vv:v", of("i64x2", "eq ne lt_s gt_s le_s ge_s"));
  row(VECTOR + 65, vectorFloat, "vv:v", of("f32x4", FLOAT_COMPARE));
  row(VECTOR + 71, vectorFloat, "vv:v", of("f64x2", FLOAT_COMPARE));
  row(VECTOR + 77, vector, "v:v", "v128.not");
  row(VECTOR + 78, vector, "vv:v", of("v128", "and andnot or xor"));
  row(VECTOR + 82, vector, "vvv:v", "v128.bitselect");
  row(VECTOR + 83, vector, "v:i", "v128.any_true");
  const shapes: readonly (readonly [shape: string, at: number])[] = [
    ["i8x16", 96],
    ["i16x8", 128],
    ["i32x4", 160],
    ["i64x2", 192],
  ];
  for (const [shape, at] of shapes) {
    row(VECTOR + at, vector, "v:v", of(shape, "abs neg"));
    row(VECTOR + at + 3, vector, "v:i", of(shape, "all_true bitmask"));
    row(VECTOR + at + 11, shape === "i8x16" ? COST.vectorSlow : vector, "vi:v", of(shape, "shl shr_s shr_u"));
  }
}

function vectorIntegers(): void {
  const { vector, vectorSlow } = COST;
  const saturating = "add add_sat_s add_sat_u sub sub_sat_s sub_sat_u";
  const products = (from: string) =>
    `extmul_low_${from}_s extmul_high_${from}_s extmul_low_${from}_u extmul_high_${from}_u`;
  const widened = (from: string) =>
    `extend_low_${from}_s extend_high_${from}_s extend_low_${from}_u extend_high_${from}_u`;
  row(VECTOR + 98, vectorSlow, "v:v", "i8x16.popcnt");
  row(VECTOR + 101, vector, "vv:v", of("i8x16", "narrow_i16x8_s narrow_i16x8_u"));
  row(VECTOR + 110, vector, "vv:v", of("i8x16", saturating));
  row(VECTOR + 118, vector, "vv:v", of("i8x16", "min_s min_u max_s max_u"));
  row(VECTOR + 123, vector, "vv:v", "i8x16.avgr_u");
  row(VECTOR + 124, vector, "v:v", of("i16x8", "extadd_pairwise_i8x16_s extadd_pairwise_i8x16_u"));
  row(VECTOR + 126, vector, "v:v", of("i32x4", "extadd_pairwise_i16x8_s extadd_pairwise_i16x8_u"));
  row(VECTOR + 130, vector, "vv:v", "i16x8.q15mulr_sat_s");
  row(VECTOR + 133, vector, "vv:v", of("i16x8", "narrow_i32x4_s narrow_i32x4_u"));
  row(VECTOR + 135, vector, "v:v", of("i16x8", widened("i8x16")));
  row(VECTOR + 142, vector, "vv:v", of("i16x8", saturating));
  row(VECTOR + 149, vector, "vv:v", of("i16x8", "mul min_s min_u max_s max_u - avgr_u"));
  row(VECTOR + 156, vector, "vv:v", of("i16x8", products("i8x16")));
  row(VECTOR + 167, vector, "v:v", of("i32x4", widened("i16x8")));
  row(VECTOR + 174, vector, "vv:v", of("i32x4", "add - - sub - - - mul min_s min_u max_s max_u dot_i16x8_s"));
  row(VECTOR + 188, vector, "vv:v", of("i32x4", products("i16x8")));
  row(VECTOR + 199, vector, "v:v", of("i64x2", widened("i32x4")));
  row(VECTOR + 206, vector, "vv:v", of("i64x2", "add - - sub"));
  row(VECTOR + 213, vectorSlow, "vv:v", "i64x2.mul");
  row(VECTOR + 220, vector, "vv:v", of("i64x2", products("i32x4")));
}

function vectorFloats(): void {
  const { vectorFloat, vectorSlow } = COST;
  row(VECTOR + 94, vectorFloat, "v:v", "f32x4.demote_f64x2_zero");
  row(VECTOR + 95, vectorFloat, "v:v", "f64x2.promote_low_f32x4");
  row(VECTOR + 103, vectorFloat, "v:v", of("f32x4", "ceil floor trunc nearest"));
  row(VECTOR + 116, vectorFloat, "v:v", of("f64x2", "ceil floor"));
  row(VECTOR + 122, vectorFloat, "v:v", "f64x2.trunc");
  row(VECTOR + 148, vectorFloat, "v:v", "f64x2.nearest");
  row(VECTOR + 224, vectorFloat, "v:v", of("f32x4", "abs neg - sqrt"));
  row(VECTOR + 228, vectorFloat, "vv:v", of("f32x4", "add sub mul div min max pmin pmax"));
  row(VECTOR + 236, vectorFloat, "v:v", of("f64x2", "abs neg - sqrt"));
  row(VECTOR + 240, vectorFloat, "vv:v", of("f64x2", "add sub mul div min max pmin pmax"));
  row(VECTOR + 248, vectorSlow, "v:v", of("i32x4", "trunc_sat_f32x4_s trunc_sat_f32x4_u"));
  row(VECTOR + 250, vectorSlow, "v:v", of("f32x4", "convert_i32x4_s convert_i32x4_u"));
  row(VECTOR + 252, vectorSlow, "v:v", of("i32x4", "trunc_sat_f64x2_s_zero trunc_sat_f64x2_u_zero"));
  row(VECTOR + 254, vectorSlow, "v:v", of("f64x2", "convert_low_i32x4_s convert_low_i32x4_u"));
  PRICES[VECTOR + 227] = COST.vectorSqrt32;
  PRICES[VECTOR + 231] = COST.vectorDivide32;
  PRICES[VECTOR + 239] = COST.vectorSqrt64;
  PRICES[VECTOR + 243] = COST.vectorDivide64;
}

/** ceil, floor, trunc, nearest, sqrt, add, sub, mul, div, min, max; demote and promote; all shapes of them. */
const CHOOSING = /^(f\d+(?:x\d)?)\.(?:ceil|floor|trunc|nearest|sqrt|add|sub|mul|div|min|max|demote.*|promote.*)$/;

function nans(): void {
  const classes: Readonly<Record<string, number>> = NAN_CLASS;
  NAMES.forEach((name, opcode) => {
    const shape = CHOOSING.exec(name)?.[1];
    if (shape !== undefined) NANS[opcode] = classes[shape]!;
    if (shape !== undefined || name.endsWith(".copysign")) ASPECTS[opcode] = ASPECT.float;
  });
}

/** Integer division and checked truncation, accesses to memory; those to tables and globals are not simple. */
const TELLING = /\.(?:div_|rem_|trunc_f|load|store)/;

function telling(): void {
  NAMES.forEach((name, opcode) => {
    if (TELLING.test(name)) ASPECTS[opcode]! |= ASPECT.tells;
  });
}

for (const fill of [control, variables, memory, numbers, conversions, bulk]) fill();
for (const fill of [vectorMemory, vectorLanes, vectorLogic, vectorIntegers, vectorFloats, nans, telling]) fill();
