// A body's locals after rewriting. The hidden parameters take the numbers that follow the guest's own parameters; only
// the one or two declared locals that had those numbers move, to the end, so that all other accesses stay as they are.
import type { Body } from "./module/index.ts";
import { VALUE_TYPES } from "./module/index.ts";
import type { Writer } from "./writer.ts";

/** Scratch locals that a body may need; bits. The first three are the bits of `NanPoints.scratch`. */
export const SCRATCH = { f32: 1, f64: 2, v128: 4, i32: 8, i64: 16 } as const;

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
  const take = (bit: number) => ((scratch & bit) === 0 ? -1 : next++);
  const plan = {
    ...{ fuel: params, depth: params + 1, moved, moves },
    ...{ f32: take(SCRATCH.f32), f64: take(SCRATCH.f64), v128: take(SCRATCH.v128) },
    ...{ i32: take(SCRATCH.i32), i64: take(SCRATCH.i64) },
  };
  const rest = withoutFirst(source, body, moves);
  out.u32(rest.groups + (next - moved));
  if (rest.left > 0) {
    out.u32(rest.left);
    out.op(rest.type);
  }
  out.copy(source, rest.start, body.codeStart);
  if (moves > 0) out.byte(1, body.first);
  if (moves > 1) out.byte(1, body.second);
  for (const name of ["f32", "f64", "v128", "i32", "i64"] as const) if (plan[name] >= 0) out.byte(1, VALUE_TYPES[name]);
  return plan;
}

/** The declarations without their first `drop` locals: what is left of a group begun, then whole groups' bytes. */
function withoutFirst(
  source: Uint8Array,
  body: Body,
  drop: number,
): { readonly groups: number; readonly left: number; readonly type: number; readonly start: number } {
  let { groups, localsStart: start } = body;
  for (let more = drop; more > 0; ) {
    let count = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = source[start++]!;
      count |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    const type = source[start++]!;
    if (count > more) return { groups, left: count - more, type, start };
    more -= count;
    groups--;
  }
  return { groups, left: 0, type: 0, start };
}
