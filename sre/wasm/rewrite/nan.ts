// The NaN pass: engines and processors choose different bits for a NaN, so each result that can be one is replaced
// by the canonical NaN (SPEC rules N1 and N2). The simple form: after every such instruction.
import { indexed, OP } from "./code.ts";
import type { Writer } from "./writer.ts";

/** Makes the float on the stack canonical: `x`, then NaN, then whether x equals itself, then select. */
export function writeCanonical(out: Writer, width: 32 | 64, scratch: number): void {
  indexed(out, OP.localTee, scratch);
  if (width === 32) out.byte(OP.f32Const, 0x00, 0x00, 0xc0, 0x7f);
  else out.byte(OP.f64Const, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xf8, 0x7f);
  indexed(out, OP.localGet, scratch);
  indexed(out, OP.localGet, scratch);
  out.byte(width === 32 ? OP.f32Eq : OP.f64Eq, OP.select);
}
