// The boundary pass: what stands between guest and host. Floats and vectors cross as integers, because a NaN's bits
// may change on their way through JavaScript; the counters move between registers and globals; the host ends the
// guest by a flag and never throws through its frames (SPEC rules H2, H5, H6).
import { constant, indexed, NO_RESULT, OP, SIMD, trapIf } from "./code.ts";
import { LINK_FRAME_BYTES, LINK_SLOT_BYTES } from "./cost.ts";
import type { Layout } from "./layout.ts";
import { type FunctionType, VALUE_TYPES } from "./module/index.ts";
import { Probes } from "./probes.ts";
import type { Writer } from "./writer.ts";

const { i32, i64, f32, f64, v128 } = VALUE_TYPES;

/** How a value type crosses: one or two integer types. */
function crossing(type: number): readonly number[] {
  if (type === f32) return [i32];
  if (type === f64) return [i64];
  if (type === v128) return [i64, i64];
  return [type];
}

/** The signature that the host sees, as bytes of value types. */
export function hostType(type: FunctionType): { readonly params: number[]; readonly results: number[] } {
  const list = (names: FunctionType["params"]) => names.flatMap((name) => crossing(VALUE_TYPES[name]));
  return { params: list(type.params), results: list(type.results) };
}

/** Bytes of stack metric that a call from one linked module into another takes besides the callee's (SPEC rule K6). */
export function crossingFrame(type: FunctionType): number {
  const { params, results } = hostType(type);
  return LINK_FRAME_BYTES + LINK_SLOT_BYTES * (params.length + results.length);
}

/** Pushes local `local`, a value of the guest's, as the host sees it; a v128 as its low and its high half. */
function lower(out: Writer, type: number, local: number): void {
  indexed(out, OP.localGet, local);
  if (type === f32) out.op(OP.i32ReinterpretF32);
  else if (type === f64) out.op(OP.i64ReinterpretF64);
  else if (type === v128) {
    out.byte(OP.simd, SIMD.i64x2ExtractLane, 0);
    indexed(out, OP.localGet, local);
    out.byte(OP.simd, SIMD.i64x2ExtractLane, 1);
  }
}

/** Pushes what the host gave in local `local` (and the next, for a v128) as the guest sees it; locals taken. */
function lift(out: Writer, type: number, local: number): number {
  indexed(out, OP.localGet, local);
  if (type === f32) out.op(OP.f32ReinterpretI32);
  else if (type === f64) out.op(OP.f64ReinterpretI64);
  else if (type === v128) {
    out.byte(OP.simd, SIMD.i64x2Splat);
    indexed(out, OP.localGet, local + 1);
    out.byte(OP.simd, SIMD.i64x2ReplaceLane, 1);
    return 2;
  }
  return 1;
}

const bytesOf = (names: FunctionType["params"]): number[] => names.map((name) => VALUE_TYPES[name]);
const changes = (types: readonly number[]) => types.some((type) => crossing(type)[0] !== type);

/** Declares locals one by one. */
function declare(out: Writer, types: readonly number[]): void {
  out.u32(types.length);
  for (const type of types) out.byte(1, type);
}

/** Takes values off the stack into locals from `first` on. */
function keep(out: Writer, types: readonly number[], first: number): void {
  for (let at = types.length - 1; at >= 0; at--) indexed(out, OP.localSet, first + at);
}

/** The body of the thunk of import `index`, which has hidden parameters as a guest's function. */
export function writeThunk(out: Writer, layout: Layout, index: number, type: FunctionType): void {
  const params = bytesOf(type.params);
  const results = bytesOf(type.results);
  const given = changes(results) ? results.flatMap(crossing) : [];
  const fuel = params.length;
  const kept = fuel + layout.hidden;
  const probes = new Probes(out, layout);
  declare(out, given);
  probes.enter(index, fuel, -1);
  indexed(out, OP.localGet, fuel);
  indexed(out, OP.globalSet, layout.fuel);
  if (layout.hidden === 2) {
    indexed(out, OP.localGet, fuel + 1);
    out.op(OP.i32WrapI64);
    indexed(out, OP.globalSet, layout.stack);
  }
  params.forEach((param, at) => {
    lower(out, param, at);
  });
  indexed(out, OP.call, index);
  indexed(out, OP.globalGet, layout.end);
  trapIf(out);
  if (given.length > 0) {
    keep(out, given, kept);
    let at = kept;
    for (const result of results) at += lift(out, result, at);
  }
  probes.leave(OP.globalGet, layout.fuel);
  indexed(out, OP.globalGet, layout.fuel);
  out.op(OP.end);
}

/** What a door opens to. */
export interface Behind {
  /** The function as the guest numbers it after rewriting, hidden parameters and all. */
  readonly target: number;
  readonly type: FunctionType;
  /** Bytes of stack metric that must be there for it. */
  readonly needs: number;
  /** Of those, bytes that the door itself takes. */
  readonly takes: number;
}

/** The body of a function that the host calls in place of a guest's. */
export function writeDoor(out: Writer, layout: Layout, { target, type, needs, takes }: Behind): void {
  const params = bytesOf(type.params);
  const results = bytesOf(type.results);
  const saved = params.flatMap(crossing).length;
  const given = changes(results) ? results : [];
  declare(out, [i32, ...given]);
  if (needs > 0) {
    indexed(out, OP.globalGet, layout.stack);
    constant(out, OP.i32Const, needs);
    out.byte(OP.i32Sub, OP.i32Const, 0, OP.i32LtS, OP.if, NO_RESULT);
    constant(out, OP.i32Const, -1);
    indexed(out, OP.globalSet, layout.stack);
    out.byte(OP.unreachable, OP.end);
  }
  let at = 0;
  for (const param of params) at += lift(out, param, at);
  indexed(out, OP.globalGet, layout.fuel);
  if (layout.hidden === 2) {
    indexed(out, OP.globalGet, layout.stack);
    indexed(out, OP.localTee, saved);
    if (takes > 0) {
      constant(out, OP.i32Const, takes);
      out.op(OP.i32Sub);
    }
    out.op(OP.i64ExtendI32S);
  }
  indexed(out, OP.call, target);
  indexed(out, OP.globalSet, layout.fuel);
  if (layout.hidden === 2) {
    // Host calls within have lowered it; the next call from the host starts from the top again.
    indexed(out, OP.localGet, saved);
    indexed(out, OP.globalSet, layout.stack);
  }
  if (given.length > 0) {
    keep(out, given, saved + 1);
    given.forEach((result, index) => {
      lower(out, result, saved + 1 + index);
    });
  }
  out.op(OP.end);
}
