// The stack pass: each frame takes its bytes from a counter at entry and gives them back at the one exit that all
// returns are led to (SPEC rules S1 to S4). The simple form: every function counts.
import { constant, indexed, NO_RESULT, OP, trapIf } from "./code.ts";
import { FRAME_BYTES } from "./cost.ts";
import type { Layout } from "./layout.ts";
import type { Body } from "./scan.ts";
import { VALUE_TYPES } from "./types.ts";
import type { Writer } from "./writer.ts";

/** Bytes of stack metric of a function's frame. */
export function frameBytes(body: Body): number {
  return FRAME_BYTES + 8 * (body.localCount + body.operands);
}

/** Enters the frame and opens the block that every return leaves. `typeIndex` is the function's type. */
export function writeEntry(out: Writer, layout: Layout, body: Body, typeIndex: number): void {
  indexed(out, OP.globalGet, layout.stack);
  constant(out, OP.i32Const, frameBytes(body));
  out.byte(OP.i32Sub);
  indexed(out, OP.globalSet, layout.stack);
  indexed(out, OP.globalGet, layout.stack);
  constant(out, OP.i32Const, 0);
  out.byte(OP.i32LtS);
  trapIf(out);
  out.byte(OP.block);
  const { results } = body.type;
  if (results.length === 0) out.byte(NO_RESULT);
  else if (results.length === 1) out.byte(VALUE_TYPES[results[0]!]);
  else out.signed(layout.blockTypes.get(typeIndex)!);
}

/** Closes the block and leaves the frame. */
export function writeExit(out: Writer, layout: Layout, body: Body): void {
  out.byte(OP.end);
  indexed(out, OP.globalGet, layout.stack);
  constant(out, OP.i32Const, frameBytes(body));
  out.byte(OP.i32Add);
  indexed(out, OP.globalSet, layout.stack);
  out.byte(OP.end);
}

/** A return from nesting `depth`: a branch to the block around the body. */
export function writeReturn(out: Writer, depth: number): void {
  indexed(out, OP.br, depth);
}
