// Opcodes by name and the short sequences that several passes write.
import type { Writer } from "./writer.ts";

/** The instructions that the passes write. */
export const OP = {
  unreachable: 0x00,
  block: 0x02,
  if: 0x04,
  end: 0x0b,
  br: 0x0c,
  return: 0x0f,
  call: 0x10,
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
  i32GtU: 0x4b,
  i64LtS: 0x53,
  f32Eq: 0x5b,
  f64Eq: 0x61,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32ShrU: 0x76,
  i64Sub: 0x7d,
  i64Mul: 0x7e,
  i64ExtendI32U: 0xad,
  refFunc: 0xd2,
} as const;

/** The block type "no results". */
export const NO_RESULT = 0x40;

/** An instruction with one index. */
export function indexed(out: Writer, opcode: number, index: number): void {
  out.byte(opcode);
  out.u32(index);
}

/** An i32.const or i64.const. */
export function constant(out: Writer, opcode: typeof OP.i32Const | typeof OP.i64Const, value: number): void {
  out.byte(opcode);
  out.signed(value);
}

/** Stops the guest if the i32 on the stack is not zero. */
export function trapIf(out: Writer): void {
  out.byte(OP.if, NO_RESULT, OP.unreachable, OP.end);
}
