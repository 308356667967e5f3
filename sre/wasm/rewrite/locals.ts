// A body's locals after rewriting. The hidden parameters take the numbers that follow the guest's own parameters; only
// the one or two declared locals that had those numbers move, to the end, so that all other accesses stay as they are.
import type { Body } from "./module/index.ts";
import { VALUE_TYPES } from "./module/index.ts";
import { Numbers } from "./numbers.ts";
import type { Writer } from "./writer.ts";

/** Scratch locals that a body may need; bits. */
export const SCRATCH = { f32: 1, f64: 2, v128: 4, i32: 8, i64: 16, open: 32 } as const;

/** Where things lie. */
export interface LocalPlan {
  /** The hidden parameters; meaningless in a flat function. */
  readonly fuel: number;
  readonly depth: number;
  /** Where declared local 0 or 1 has moved, if it has. */
  readonly moved: number;
  /** Declared locals that moved: the first so many. */
  readonly moves: number;
  /** Scratch locals by type, -1 where not asked for. */
  readonly f32: number;
  readonly f64: number;
  readonly v128: number;
  readonly i32: number;
  readonly i64: number;
  /** An i32 besides: how many functions were open when this one was entered, for the probes. */
  readonly open: number;
}

/**
 * Writes a body's local declarations and says where things lie. `hidden`: hidden parameters, 0 in a flat function;
 * `scratch`: bits of `SCRATCH`.
 */
export function writeLocals(
  out: Writer,
  source: Uint8Array,
  body: Body,
  params: number,
  hidden: number,
  scratch: number,
): LocalPlan {
  const declared = body.locals - params;
  const moves = Math.min(hidden, declared);
  const moved = Math.max(body.locals, params + hidden);
  let next = moved + moves;
  const f32 = (scratch & SCRATCH.f32) === 0 ? -1 : next++;
  const f64 = (scratch & SCRATCH.f64) === 0 ? -1 : next++;
  const v128 = (scratch & SCRATCH.v128) === 0 ? -1 : next++;
  const i32 = (scratch & SCRATCH.i32) === 0 ? -1 : next++;
  const i64 = (scratch & SCRATCH.i64) === 0 ? -1 : next++;
  const open = (scratch & SCRATCH.open) === 0 ? -1 : next++;
  writeRest(out, source, body, moves, next - moved);
  if (moves > 0) declare(out, body.first);
  if (moves > 1) declare(out, body.second);
  if (f32 >= 0) declare(out, VALUE_TYPES.f32);
  if (f64 >= 0) declare(out, VALUE_TYPES.f64);
  if (v128 >= 0) declare(out, VALUE_TYPES.v128);
  if (i32 >= 0) declare(out, VALUE_TYPES.i32);
  if (i64 >= 0) declare(out, VALUE_TYPES.i64);
  if (open >= 0) declare(out, VALUE_TYPES.i32);
  return { fuel: params, depth: params + 1, moved, moves, f32, f64, v128, i32, i64, open };
}

/** Declares one local. */
function declare(out: Writer, type: number): void {
  out.op(1);
  out.op(type);
}

/** Writes the declarations without their first `drop` locals, with a count that has room for `more` groups. */
function writeRest(out: Writer, source: Uint8Array, body: Body, drop: number, more: number): void {
  const numbers = new Numbers(source, body.localsStart);
  let { groups } = body;
  let left = 0;
  let type = 0;
  for (let rest = drop; rest > 0 && left === 0; ) {
    const count = numbers.u32();
    type = source[numbers.at++]!;
    if (count > rest) left = count - rest;
    else {
      rest -= count;
      groups--;
    }
  }
  out.u32(groups + more);
  if (left > 0) {
    out.u32(left);
    out.op(type);
  }
  out.copy(source, numbers.at, body.codeStart);
}
