// The fuel pass: finds the regions of each body, the stretches that run whole or not at all, and what each costs
// (SPEC rules F2 to F5, F9). It decides amounts and places; `emit.ts` writes them.
import type { CallGraph } from "./callgraph.ts";
import { CHECK_LIMIT, COLD_LIMIT, COST, ENTRY_COST, LOOP_COST } from "./cost.ts";
import { type Body, MARK, type Tape } from "./module/index.ts";

/** Own cost by kind of mark; what a call of a flat function costs besides is known only with the flat pass. */
const OWN = new Int32Array(256);
OWN[MARK.if] = COST.branch;
OWN[MARK.br] = COST.simple;
OWN[MARK.brIf] = COST.branch;
OWN[MARK.brTable] = COST.branchTable;
OWN[MARK.return] = COST.simple;
OWN[MARK.call] = COST.call;
OWN[MARK.callImport] = COST.callHost;
OWN[MARK.callIndirect] = COST.callIndirect;
OWN[MARK.returnCall] = COST.call;
OWN[MARK.returnCallImport] = COST.callHost;
OWN[MARK.returnCallIndirect] = COST.callIndirect;
OWN[MARK.bulkBytes] = COST.bulk;
OWN[MARK.bulkElements] = COST.bulk;
OWN[MARK.memoryGrow] = COST.grow;
OWN[MARK.tableGrow] = COST.grow;
OWN[MARK.refImport] = COST.reference;
OWN[MARK.localSet] = COST.simple;
OWN[MARK.localTee] = COST.simple;
OWN[MARK.globalGet] = COST.simple;
OWN[MARK.globalSet] = COST.simple;
OWN[MARK.throw] = COST.throw;
OWN[MARK.throwRef] = COST.throw;

/**
 * What a region holds: an `unreachable`; a call that keeps it from being cold, also in the blocks that lie in it; a call
 * of anything that isn't flat.
 */
const HOLDS = { unreachable: 1, call: 2, leaves: 4 } as const;
/** What says whether a region is cold. */
const WARMTH = HOLDS.unreachable | HOLDS.call;

/** The price of entering a function: its locals are zeroed or moved (SPEC rule F3). */
export function entryCost(body: Body): number {
  return ENTRY_COST + (body.locals >>> 3);
}

/** The regions of all bodies. */
export class Regions {
  /**
   * Fuel that is charged right after mark m, where a region starts there, else 0. The entry region's stands at the
   * body's last mark, after which no region can start.
   */
  readonly charge: Int32Array;
  /** What the regions of body b besides the entry cost together, as far as that is asked for: one above `CHECK_LIMIT`. */
  readonly beyond: Int32Array;
  /** 1 for each body that calls what isn't flat, but only behind its entry region, in one region besides cold ones. */
  readonly behind: Uint8Array;
  private readonly holds: Uint8Array;
  private readonly tape: Tape;
  private readonly imports: number;
  private readonly throwing: boolean;
  /** Open blocks: the region that code in them belongs to now, and the outermost block that they are left for. */
  private region = new Int32Array(256);
  private low = new Int32Array(256);
  /** And whether a call is in them that keeps the region around from being cold. */
  private calls = new Uint8Array(256);
  /** Where the regions of the body besides its entry start, and how many they are. */
  private starts = new Int32Array(256);
  private count = 0;

  /** `imports`: imported functions. `throwing`: whether the module has tags, so that calls may end by a throw. */
  constructor(tape: Tape, imports: number, throwing: boolean) {
    this.tape = tape;
    this.imports = imports;
    this.throwing = throwing;
    this.charge = new Int32Array(tape.length);
    this.holds = new Uint8Array(tape.length);
    this.beyond = new Int32Array(tape.bodies.length);
    this.behind = new Uint8Array(tape.bodies.length);
  }

  /** Finds the regions of one body. `flat` has the cost of own function f as far as it is known to be flat, else -1. */
  analyse(index: number, flat: Int32Array): void {
    const { charge, holds, imports, throwing } = this;
    const body = this.tape.bodies[index]!;
    const { kind, value, weight } = this.tape;
    const entry = body.marksEnd - 1;
    let { region, low, calls } = this;
    let depth = 0;
    // Looked at before, when less was known.
    if (charge[entry] !== 0) {
      charge.fill(0, body.marks, body.marksEnd);
      holds.fill(0, body.marks, body.marksEnd);
    }
    this.count = 0;
    region[0] = entry;
    low[0] = 0;
    calls[0] = 0;
    charge[entry] = entryCost(body);
    for (let mark = body.marks; mark < body.marksEnd; mark++) {
      const what = kind[mark]!;
      const current = region[depth]!;
      charge[current]! += weight[mark]! + OWN[what]!;
      switch (what) {
        case MARK.block:
        case MARK.tryTable:
        case MARK.loop:
        case MARK.if:
          if (++depth === region.length) ({ region, low, calls } = this.deeper());
          region[depth] = what === MARK.block || what === MARK.tryTable ? current : mark;
          low[depth] = depth;
          calls[depth] = 0;
          if (what === MARK.loop) charge[mark] = LOOP_COST;
          if (what === MARK.loop || what === MARK.if) this.start(mark);
          break;
        case MARK.else:
          region[depth] = mark;
          this.start(mark);
          break;
        case MARK.end: {
          // Left early: something inside leads past this block's own label, so what follows need not run.
          const outermost = low[depth]!;
          const called = calls[depth--]!;
          if (called !== 0) {
            calls[depth] = called;
            holds[region[depth]!]! |= called;
          }
          if (outermost < low[depth]!) low[depth] = outermost;
          if (outermost <= depth) {
            region[depth] = mark;
            this.start(mark);
          }
          break;
        }
        case MARK.br:
        case MARK.brIf:
        case MARK.brTable: {
          const label = depth - (value[mark]! >>> 1);
          if (label < low[depth]!) low[depth] = label;
          if (what === MARK.brIf) {
            region[depth] = mark;
            this.start(mark);
          }
          break;
        }
        case MARK.return:
        case MARK.throw:
        case MARK.throwRef:
          low[depth] = 0;
          break;
        case MARK.returnCall:
        case MARK.returnCallImport:
        case MARK.returnCallIndirect: {
          low[depth] = 0;
          const cost = what === MARK.returnCall ? flat[value[mark]! - imports]! : -1;
          if (cost >= 0) charge[current]! += cost;
          else holds[current]! |= HOLDS.leaves;
          break;
        }
        case MARK.call:
        case MARK.callImport:
        case MARK.callIndirect: {
          const cost = what === MARK.call ? flat[value[mark]! - imports]! : -1;
          if (cost >= 0) charge[current]! += cost;
          else {
            holds[current]! |= HOLDS.leaves;
            if (what !== MARK.callImport) {
              calls[depth] = HOLDS.call;
              holds[current]! |= HOLDS.call;
            }
            if (throwing) {
              low[depth] = 0;
              region[depth] = mark;
              this.start(mark);
            }
          }
          break;
        }
        case MARK.unreachable:
          holds[current]! |= HOLDS.unreachable;
          break;
        default:
      }
    }
    this.finish(index, body);
  }

  /** Whether the body does much between two looks at the counter: then its entry is a check point (SPEC rule F11). */
  isLong(index: number): boolean {
    return this.beyond[index]! + this.charge[this.tape.bodies[index]!.marksEnd - 1]! > CHECK_LIMIT;
  }

  /** Whether the region that starts after a mark calls what isn't flat. */
  leaves(mark: number): boolean {
    return (this.holds[mark]! & HOLDS.leaves) !== 0;
  }

  /**
   * Cold regions cost nothing; loop headers and the entry are never cold, lest work go round free (SPEC rule F9). Then
   * all prices are known.
   */
  private finish(index: number, body: Body): void {
    const { charge, holds } = this;
    const { kind } = this.tape;
    const entry = body.marksEnd - 1;
    let sum = 0;
    let held = 0;
    let warm = 0;
    for (let at = 0; at < this.count; at++) {
      const mark = this.starts[at]!;
      const here = holds[mark]!;
      held |= here;
      if ((here & WARMTH) === HOLDS.unreachable && kind[mark] !== MARK.loop && charge[mark]! <= COLD_LIMIT) {
        charge[mark] = 0;
      }
      sum += charge[mark]!;
      if ((here & HOLDS.leaves) !== 0 && charge[mark] !== 0) warm++;
    }
    this.beyond[index] = Math.min(sum, CHECK_LIMIT + 1);
    this.behind[index] = (held & ~holds[entry]! & HOLDS.leaves) !== 0 && warm <= 1 ? 1 : 0;
  }

  private start(mark: number): void {
    if (this.count === this.starts.length) {
      const larger = new Int32Array(this.count * 2);
      larger.set(this.starts);
      this.starts = larger;
    }
    this.starts[this.count++] = mark;
  }

  private deeper() {
    const calls = new Uint8Array(this.region.length * 2);
    const region = new Int32Array(this.region.length * 2);
    const low = new Int32Array(region.length);
    region.set(this.region);
    low.set(this.low);
    calls.set(this.calls);
    this.region = region;
    this.low = low;
    this.calls = calls;
    return { region, low, calls };
  }
}

/** What the graph's own functions may call without a counter: see `flat.ts`. */
export type FlatCosts = Int32Array;

/** Whether own function `index` makes a call of something that isn't flat: a check point stands at its entry. */
export function callsOut(graph: CallGraph, flat: FlatCosts, index: number): boolean {
  const { start, target, functions } = graph;
  for (let at = start[index]!; at < start[index + 1]!; at++) {
    const to = target[at]!;
    if (to >= functions || flat[to]! < 0) return true;
  }
  return false;
}
