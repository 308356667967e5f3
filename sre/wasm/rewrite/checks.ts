// Which check points look at the counter themselves. A loop's header, or a function's entry, may leave it to the check
// points behind it when every way from there comes to one before anything could tell the difference: nothing on the way
// traps, writes a global, calls the host, leaves the function or goes round a loop. The guest then stops a few
// instructions later, in the same state; what is stored for a trap (SPEC rules F7, F12) nobody can have seen.
//
// And where a function looks first: at its entry, or only where it calls, if it calls in one place behind its entry
// region (SPEC rule F14): many small functions call only in a rare case.
import { type CallGraph, TRAIT } from "./callgraph.ts";
import { LATE_BYTES } from "./cost.ts";
import { callsOut, type FlatCosts, type Regions } from "./fuel.ts";
import { type Body, MARK, type Module, type Tape } from "./module/index.ts";

/** Where a function's first check point is: nowhere, at its entry, at the start of each region that calls. */
export const ENTRY = { none: 0, looks: 1, late: 2 } as const;

/** Says of one body at a time where a check can be left out. */
export class Checks {
  /** `ENTRY` by own function (SPEC rules F11, F14). */
  readonly entries: Uint8Array;
  private readonly tape: Tape;
  private readonly imports: number;
  /** The body's first mark, and by mark from there, for a loop: 1 to leave out. */
  private first = 0;
  private notes = new Uint8Array(256);
  /** By depth: whether a check point comes first on the ways from the label of the block, from its else; 2 without else. */
  private labels = new Uint8Array(256);
  private elses = new Uint8Array(256);

  /** `flat` and `regions` must be complete; `pre` is the stack plan's. */
  constructor(module: Module, tape: Tape, graph: CallGraph, flat: FlatCosts, regions: Regions, pre: Int32Array) {
    this.tape = tape;
    this.imports = module.imports.length;
    this.entries = new Uint8Array(graph.functions);
    for (let index = 0; index < graph.functions; index++) {
      if (flat[index]! >= 0) continue;
      if (regions.isLong(index)) this.entries[index] = ENTRY.looks;
      else if (callsOut(graph, flat, index)) {
        const straight = (graph.traits[index]! & (TRAIT.loop | TRAIT.tries)) === 0 && module.tags.length === 0;
        const late = straight && regions.behind[index] === 1 && pre[index]! <= LATE_BYTES;
        this.entries[index] = late ? ENTRY.late : ENTRY.looks;
      }
    }
  }

  /** Looks over a body without try_table; whether its entry can leave its check to others. */
  analyse(body: Body): boolean {
    this.first = body.marks;
    const marks = body.marksEnd - body.marks;
    if (this.notes.length < marks) this.notes = new Uint8Array(marks * 2);
    return this.goBack(body);
  }

  /** Whether the loop at a mark of that body can. */
  leavesOut(mark: number): boolean {
    return this.notes[mark - this.first] === 1;
  }

  /** From the end to the start: `ahead` is 1 where a check point comes first on all ways that lead on from there. */
  private goBack({ marks, marksEnd }: Body): boolean {
    const { kind, value, tells } = this.tape;
    const { notes } = this;
    let { labels, elses } = this;
    let depth = 0;
    let ahead = 0;
    labels[0] = 0;
    for (let mark = marksEnd - 1; mark >= marks; mark--) {
      switch (kind[mark]!) {
        case MARK.end:
          // Going round a loop leads back to a check point that may itself be left out.
          if (++depth === labels.length) ({ labels, elses } = this.deeper());
          labels[depth] = (value[mark]! & 2) !== 0 ? 0 : ahead;
          elses[depth] = 2;
          break;
        case MARK.else:
          elses[depth] = ahead;
          ahead = labels[depth]!;
          break;
        case MARK.if:
          ahead &= elses[depth] === 2 ? labels[depth]! : elses[depth]!;
          depth--;
          break;
        case MARK.block:
          depth--;
          break;
        case MARK.loop:
          notes[mark - marks] = ahead;
          ahead = 1;
          depth--;
          break;
        case MARK.br:
          ahead = labels[depth - (value[mark]! >>> 1)]!;
          break;
        case MARK.brIf:
          ahead &= labels[depth - (value[mark]! >>> 1)]!;
          break;
        case MARK.call:
        case MARK.returnCall:
          ahead = this.entries[value[mark]! - this.imports] === ENTRY.looks ? 1 : 0;
          break;
        // A counter below zero counts before the trap (SPEC rule E3).
        case MARK.unreachable:
        case MARK.bulkBytes:
        case MARK.bulkElements:
          ahead = 1;
          break;
        case MARK.refImport:
        case MARK.localGet:
        case MARK.localSet:
        case MARK.localTee:
        case MARK.globalGet:
          break;
        default:
          ahead = 0;
      }
      ahead &= tells[mark]! ^ 1;
    }
    return ahead === 1;
  }

  private deeper() {
    const labels = new Uint8Array(this.labels.length * 2);
    const elses = new Uint8Array(labels.length);
    labels.set(this.labels);
    elses.set(this.elses);
    this.labels = labels;
    this.elses = elses;
    return { labels, elses };
  }
}
