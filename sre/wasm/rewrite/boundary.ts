// The boundary pass: every mention of an imported function names a thunk instead, so that the host can end the
// guest by a flag and never has to throw through its frames (SPEC rule H2).
import { indexed, OP, trapIf } from "./code.ts";
import { type Layout, redirect } from "./layout.ts";
import type { Module } from "./types.ts";
import type { Writer } from "./writer.ts";

/** Replaces a call of, or a reference to, import `index`. */
export function writeRedirected(out: Writer, module: Module, layout: Layout, opcode: number, index: number): void {
  indexed(out, opcode, redirect(module, layout, index));
}

/** The body of the thunk of import `index`: calls it, then stops the guest if the host has ended it. */
export function writeThunk(out: Writer, layout: Layout, index: number, params: number): void {
  out.u32(0);
  for (let param = 0; param < params; param++) indexed(out, OP.localGet, param);
  indexed(out, OP.call, index);
  indexed(out, OP.globalGet, layout.end);
  trapIf(out);
  out.byte(OP.end);
}
