// The fuel pass: a region's price is taken from the counter at the region's start, and the guest stops there if
// the counter falls below zero (SPEC rules F1 to F8). The simple form: one counter in a global, a check each time.
import { constant, indexed, OP, trapIf } from "./code.ts";
import type { Layout } from "./layout.ts";
import type { Writer } from "./writer.ts";

/** Charges a region. */
export function writeRegion(out: Writer, layout: Layout, cost: number): void {
  if (cost === 0) return;
  indexed(out, OP.globalGet, layout.fuel);
  constant(out, OP.i64Const, cost);
  out.byte(OP.i64Sub);
  settle(out, layout);
}

/** Charges a bulk operation whose length lies on top of the stack, before it acts. `scratch` is an i32 local. */
export function writeBulk(out: Writer, layout: Layout, shift: number, scratch: number): void {
  indexed(out, OP.localTee, scratch);
  if (shift > 0) {
    constant(out, OP.i32Const, shift);
    out.byte(OP.i32ShrU);
  }
  out.byte(OP.i64ExtendI32U);
  indexed(out, OP.call, layout.charge);
  indexed(out, OP.localGet, scratch);
}

/** The body of the appended function that takes an i64 price. */
export function writeChargeFunction(out: Writer, layout: Layout): void {
  out.u32(0);
  indexed(out, OP.globalGet, layout.fuel);
  indexed(out, OP.localGet, 0);
  out.byte(OP.i64Sub);
  settle(out, layout);
  out.byte(OP.end);
}

/** Stores the i64 on the stack as the fuel left and stops the guest if it is negative. */
function settle(out: Writer, layout: Layout): void {
  indexed(out, OP.globalSet, layout.fuel);
  indexed(out, OP.globalGet, layout.fuel);
  constant(out, OP.i64Const, 0);
  out.byte(OP.i64LtS);
  trapIf(out);
}
