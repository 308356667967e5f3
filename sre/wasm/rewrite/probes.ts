// What a profiler of runs hears: where functions are entered and left, and where exceptions land, each with the fuel that
// is there then. The calls go through a table of their own, which the host fills: imported functions would renumber the
// guest's. Written only where it is asked for; such a module gives no answers, and no profile knows of it.
import { constant, indexed, OP } from "./code.ts";
import type { Layout } from "./layout.ts";
import { VALUE_TYPES } from "./module/index.ts";
import type { Writer } from "./writer.ts";

const { i32, i64 } = VALUE_TYPES;

/** The elements of the table that a module exports as `INTERNAL_EXPORTS.probes`. */
export const PROBES = {
  /** `(function: i32, fuel: i64) -> i32`: a function, by its number in the source, was entered; how many are open now. */
  enter: 0,
  /** `(fuel: i64)`: the innermost open function ends. */
  leave: 1,
  /** `(open: i32, fuel: i64)`: control is in the function that was entered as the so-manieth; those within it are over. */
  land: 2,
} as const;

type Get = typeof OP.localGet | typeof OP.globalGet;

/** Writes the calls of the probes; nothing in a module without them. */
export class Probes {
  /** Whether there are any. */
  readonly on: boolean;
  private readonly out: Writer;
  private readonly layout: Layout;

  constructor(out: Writer, layout: Layout) {
    this.on = layout.probes >= 0;
    this.out = out;
    this.layout = layout;
  }

  /** Function `index` begins, the fuel in a local; how many are open goes to local `open`, unless that is -1. */
  enter(index: number, fuel: number, open: number): void {
    if (!this.on) return;
    constant(this.out, OP.i32Const, index);
    indexed(this.out, OP.localGet, fuel);
    this.call(PROBES.enter, [i32, i64], [i32]);
    if (open < 0) this.out.op(OP.drop);
    else indexed(this.out, OP.localSet, open);
  }

  /** The function ends, the fuel in a local or global. */
  leave(get: Get, fuel: number): void {
    if (!this.on) return;
    indexed(this.out, get, fuel);
    this.call(PROBES.leave, [i64], []);
  }

  /** An exception may have landed in the function that put into local `open` how many were open. */
  land(open: number): void {
    if (!this.on) return;
    indexed(this.out, OP.localGet, open);
    indexed(this.out, OP.globalGet, this.layout.fuel);
    this.call(PROBES.land, [i32, i64], []);
  }

  private call(element: number, params: readonly number[], results: readonly number[]): void {
    const { out, layout } = this;
    constant(out, OP.i32Const, element);
    indexed(out, OP.callIndirect, layout.types.index(params, results));
    out.u32(layout.probes);
  }
}

/** The table's type: functions, exactly as many as there are probes. */
export function writeProbeTable(out: Writer): void {
  const size = Object.keys(PROBES).length;
  out.byte(VALUE_TYPES.funcref, 1, size, size);
}
