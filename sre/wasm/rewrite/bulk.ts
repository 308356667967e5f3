// What a bulk operation costs besides its price: its length, that lies in a local (SPEC rule F6).
import { constant, indexed, OP } from "./code.ts";
import { BULK_SHIFT, ELEMENT_COST } from "./cost.ts";
import type { Writer } from "./writer.ts";

/** A length above this is charged as this: what is left of an i64 must not go round its end. */
const MOST_ELEMENTS = 0x10_0000_0000_0000;

/** Pushes the fuel less the price of the length in local `length`, an i64 if it is `wide`, of bytes or of elements. */
export function chargeLength(out: Writer, fuel: number, length: number, wide: boolean, bytes: boolean): void {
  indexed(out, OP.localGet, fuel);
  indexed(out, OP.localGet, length);
  if (!wide) out.op(OP.i64ExtendI32U);
  if (bytes) {
    constant(out, OP.i64Const, BULK_SHIFT);
    out.op(OP.i64ShrU);
  } else {
    if (wide) {
      constant(out, OP.i64Const, MOST_ELEMENTS);
      indexed(out, OP.localGet, length);
      constant(out, OP.i64Const, MOST_ELEMENTS);
      out.byte(OP.i64LtU, OP.select);
    }
    constant(out, OP.i64Const, ELEMENT_COST);
    out.op(OP.i64Mul);
  }
  out.op(OP.i64Sub);
}
