// The instructions that make a NaN canonical. Measured against others: see `RATIONALE.md`.
import { indexed, OP } from "../code.ts";
import { NAN_CLASS } from "../module/index.ts";
import type { Writer } from "../writer.ts";
import { PIN } from "./roles.ts";

/** The prefix of vector instructions, and those used here. */
const VECTOR_PREFIX = 0xfd;
const V128_CONST = 0x0c;
const V128_BITSELECT = 0x52;
const F32X4_EQ = 0x41;
const F64X2_EQ = 0x47;

const F32_NAN = [0x00, 0x00, 0xc0, 0x7f];
const F64_NAN = [0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xf8, 0x7f];

/**
 * Makes the float on top of the stack canonical in `shape` (`NAN_CLASS`), or pins it (`PIN`); `scratch` is a local of
 * its type.
 */
export function writeCanonical(out: Writer, shape: number, scratch: number): void {
  indexed(out, OP.localTee, scratch);
  if (shape === PIN.f32 || shape === PIN.f64) return;
  writeNan(out, shape);
  indexed(out, OP.localGet, scratch);
  indexed(out, OP.localGet, scratch);
  if (shape === NAN_CLASS.f32) out.byte(OP.f32Eq, OP.select);
  else if (shape === NAN_CLASS.f64) out.byte(OP.f64Eq, OP.select);
  else {
    out.byte(VECTOR_PREFIX, shape === NAN_CLASS.f32x4 ? F32X4_EQ : F64X2_EQ);
    out.byte(VECTOR_PREFIX, V128_BITSELECT);
  }
}

function writeNan(out: Writer, shape: number): void {
  if (shape === NAN_CLASS.f32) out.byte(OP.f32Const, ...F32_NAN);
  else if (shape === NAN_CLASS.f64) out.byte(OP.f64Const, ...F64_NAN);
  else {
    out.byte(VECTOR_PREFIX, V128_CONST);
    if (shape === NAN_CLASS.f32x4) out.byte(...F32_NAN, ...F32_NAN, ...F32_NAN, ...F32_NAN);
    else out.byte(...F64_NAN, ...F64_NAN);
  }
}
