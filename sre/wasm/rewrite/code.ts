// Opcodes by name and the short sequences that several passes write.
import type { Writer } from "./writer.ts";

/** The instructions that the passes write. */
export const OP = {
  unreachable: 0x00,
  block: 0x02,
  if: 0x04,
  end: 0x0b,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  returnCall: 0x12,
  returnCallIndirect: 0x13,
  drop: 0x1a,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i64Const: 0x42,
  f32Const: 0x43,
  f64Const: 0x44,
  i32Eq: 0x46,
  i32LtS: 0x48,
  i64Eq: 0x51,
  i64LtS: 0x53,
  i64LtU: 0x54,
  i64GtU: 0x56,
  f32Eq: 0x5b,
  f64Eq: 0x61,
  i32Sub: 0x6b,
  i32Or: 0x72,
  i64Add: 0x7c,
  i64Sub: 0x7d,
  i64Mul: 0x7e,
  i64Or: 0x84,
  i64ShrU: 0x88,
  i32WrapI64: 0xa7,
  i64ExtendI32S: 0xac,
  i64ExtendI32U: 0xad,
  i32ReinterpretF32: 0xbc,
  i64ReinterpretF64: 0xbd,
  f32ReinterpretI32: 0xbe,
  f64ReinterpretI64: 0xbf,
  refFunc: 0xd2,
  /** Prefixes of the instructions that have a second number. */
  bulk: 0xfc,
  simd: 0xfd,
} as const;

/** Second numbers after `OP.bulk`. */
export const BULK = { tableGrow: 15, tableSize: 16 } as const;
/** Second numbers after `OP.simd`. */
export const SIMD = { i64x2Splat: 0x12, i64x2ExtractLane: 0x1d, i64x2ReplaceLane: 0x1e } as const;

/** The block type "no results". */
export const NO_RESULT = 0x40;

/** An instruction with one index. */
export function indexed(out: Writer, opcode: number, index: number): void {
  out.indexed(opcode, index);
}

/** An i32.const or i64.const. */
export function constant(out: Writer, opcode: typeof OP.i32Const | typeof OP.i64Const, value: number): void {
  out.op(opcode);
  out.signed(value);
}

/** Takes `amount` from the i64 on the stack. */
export function less(out: Writer, amount: number): void {
  if (amount === 0) return;
  constant(out, OP.i64Const, amount);
  out.op(OP.i64Sub);
}

/** Stops the guest if the i32 on the stack is not zero. Engines compile this out of line. */
export function trapIf(out: Writer): void {
  out.byte(OP.if, NO_RESULT, OP.unreachable, OP.end);
}

/**
 * Stops the guest if the fuel, below, or the stack metric less `need` is negative: one test for the signs of both. The
 * metric is on top of the stack and in local `depth`; what is missing goes to the global `stack`.
 */
export function trapIfEither(out: Writer, depth: number, need: number, stack: number): void {
  less(out, need);
  out.byte(OP.i64Or, OP.i64Const, 0, OP.i64LtS, OP.if, NO_RESULT);
  indexed(out, OP.localGet, depth);
  less(out, need);
  out.op(OP.i32WrapI64);
  indexed(out, OP.globalSet, stack);
  out.byte(OP.unreachable, OP.end);
}

/** Stops the guest if the i64 on the stack is negative. */
export function trapIfNegative(out: Writer): void {
  out.byte(OP.i64Const, 0, OP.i64LtS, OP.if, NO_RESULT, OP.unreachable, OP.end);
}
