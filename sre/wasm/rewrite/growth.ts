// The growth pass: memory.grow becomes a call of an appended function that refuses above the job's cap, charges
// per page, and tells an engine's own failure from a refusal (SPEC rules G1 to G3).
import { constant, indexed, NO_RESULT, OP } from "./code.ts";
import { PAGE_COST } from "./cost.ts";
import type { Layout } from "./layout.ts";
import { VALUE_TYPES } from "./types.ts";
import type { Writer } from "./writer.ts";

/** i64.const of the least i64, the mark of an engine's failure. */
const ENGINE_FAILED = [OP.i64Const, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f];

/** Replaces memory.grow. */
export function writeGrow(out: Writer, layout: Layout): void {
  indexed(out, OP.call, layout.grow!);
}

/** The body of the appended function: pages wanted to pages before, or -1. */
export function writeGrowFunction(out: Writer, layout: Layout): void {
  out.u32(1);
  out.u32(1);
  out.byte(VALUE_TYPES.i32);
  // Over the cap: -1, and nothing is charged besides the call.
  indexed(out, OP.localGet, 0);
  indexed(out, OP.globalGet, layout.pages);
  out.byte(OP.memorySize, 0x00, OP.i32Sub, OP.i32GtU, OP.if, NO_RESULT);
  constant(out, OP.i32Const, -1);
  out.byte(OP.return, OP.end);
  indexed(out, OP.localGet, 0);
  out.byte(OP.i64ExtendI32U);
  constant(out, OP.i64Const, PAGE_COST);
  out.byte(OP.i64Mul);
  indexed(out, OP.call, layout.charge);
  indexed(out, OP.localGet, 0);
  out.byte(OP.memoryGrow, 0x00);
  indexed(out, OP.localTee, 1);
  constant(out, OP.i32Const, -1);
  out.byte(OP.i32Eq, OP.if, NO_RESULT, ...ENGINE_FAILED);
  indexed(out, OP.globalSet, layout.fuel);
  out.byte(OP.unreachable, OP.end);
  indexed(out, OP.localGet, 1);
  out.byte(OP.end);
}
