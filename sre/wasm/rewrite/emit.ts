// Writes one body after another: the source's bytes, with what the passes decided put between them. Dead code is
// dropped, because the hidden result would no longer type-check in it. At one place the order is the one that
// `pipeline.ts` states.

import { chargeLength } from "./bulk.ts";
import { TRAIT } from "./callgraph.ts";
import { FUNCTION_LABEL, findLandings, type Landings } from "./catches.ts";
import { ENTRY } from "./checks.ts";
import { constant, indexed, less, NO_RESULT, OP, trapIfEither, trapIfNegative } from "./code.ts";
import { redirect, redirectGlobal, typeBytes } from "./layout.ts";
import { type LocalPlan, SCRATCH, writeLocals } from "./locals.ts";
import { type Body, MARK } from "./module/index.ts";
import { writeCanonical } from "./nan/index.ts";
import { Numbers } from "./numbers.ts";
import type { Plan } from "./plan.ts";
import { Probes } from "./probes.ts";
import type { Writer } from "./writer.ts";

/** A place behind every other. */
const NOWHERE = 0x7fff_ffff;

const NO_LANDINGS: Landings = { marks: new Set(), branches: new Set(), opener: new Map() };

/** Writes the bodies of own functions, in their order: the NaN points are read along. */
export class Emitter {
  private readonly plan: Plan;
  private readonly source: Uint8Array;
  private readonly out: Writer;
  private readonly probes: Probes;
  /** Whether some memory or table has 64-bit addresses. */
  private readonly wide: boolean;
  /** Source bytes up to here are written or dropped. */
  private at = 0;
  /** The next NaN point, and its place in the source. */
  private point = -1;
  private place = NOWHERE;
  private locals!: LocalPlan;
  private landings = NO_LANDINGS;
  /** Whether the body has a try_table: only then there are any. */
  private tries = false;
  /** Whether the body's check points may leave the check to others. */
  private leaves = false;
  /** Bytes of stack metric that the body takes from what it hands on. */
  private taken = 0;
  /** Bytes that must be there: these, and more for what is called below and checks nothing. */
  private need = 0;
  /** Whether the body checks that they are. */
  private checked = false;
  /** Whether it checks only where it calls; the metric in its local is then what it got. */
  private late = false;

  constructor(plan: Plan, out: Writer) {
    this.plan = plan;
    this.source = plan.source;
    this.out = out;
    this.probes = new Probes(out, plan.layout);
    this.nextPoint();
    const { memories, tables } = plan.module;
    this.wide = memories.some(({ wide }) => wide) || tables.some(({ wide }) => wide);
  }

  /** Writes body `index`; the bytes written. */
  body(index: number): number {
    const { plan, out } = this;
    const { source, module, tape, flat, graph } = plan;
    const body = tape.bodies[index]!;
    const isFlat = flat[index]! >= 0;
    const traits = graph.traits[index]!;
    const params = module.types[body.type]!.params.length;
    const scratch = plan.nan.scratch[index]! | (isFlat ? 0 : this.scratchOf(traits));
    const start = out.open();
    this.locals = writeLocals(out, source, body, params, isFlat ? 0 : plan.layout.hidden, scratch);
    this.at = body.codeStart;
    this.taken = plan.layout.hidden === 2 ? plan.stack.taken[index]! : 0;
    this.need = plan.stack.pre[index]!;
    this.checked = plan.stack.checked[index] === 1;
    this.late = plan.checks.entries[index] === ENTRY.late;
    if (isFlat) this.flatCode(body);
    else {
      this.tries = (traits & TRAIT.tries) !== 0;
      this.landings = this.tries ? findLandings(source, tape, body) : NO_LANDINGS;
      this.leaves = !this.tries && ((traits & TRAIT.loop) !== 0 || plan.checks.entries[index] === ENTRY.looks);
      const entered = this.leaves && plan.checks.analyse(body);
      const wrapped = (traits & TRAIT.exits) !== 0 || this.landings.marks.has(FUNCTION_LABEL);
      this.entry(index, body, entered);
      if (wrapped) this.openWrap(body);
      this.meteredCode(body);
      this.exit(body, wrapped);
    }
    return out.close(start);
  }

  /** Scratch locals for operands that must step aside. */
  private scratchOf(traits: number): number {
    const open = this.probes.on && (traits & TRAIT.tries) !== 0 ? SCRATCH.open : 0;
    if ((traits & (TRAIT.indirect | TRAIT.bulk)) === 0) return open;
    return open | (this.wide ? SCRATCH.i32 | SCRATCH.i64 : SCRATCH.i32);
  }

  /** Copies source bytes up to `end`, with the NaN points that lie on the way. */
  private copyTo(end: number): void {
    if (this.place <= end) this.writePoints(end);
    this.out.copy(this.source, this.at, end);
    this.at = end;
  }

  private writePoints(end: number): void {
    const { shape } = this.plan.nan;
    const { f32, f64, v128 } = this.locals;
    while (this.place <= end) {
      this.out.copy(this.source, this.at, this.place);
      this.at = this.place;
      const kind = shape[this.point]!;
      writeCanonical(this.out, kind, [-1, f32, f64, v128, v128, f32, f64][kind]!);
      this.nextPoint();
    }
  }

  private nextPoint(): void {
    const { offset, length } = this.plan.nan;
    this.place = ++this.point < length ? offset[this.point]! : NOWHERE;
  }

  /** Drops source bytes up to `end`. */
  private dropTo(end: number): void {
    while (this.place <= end) this.nextPoint();
    this.at = end;
  }

  /** A flat function's code: no counter, only mentions of imports and dead code change. */
  private flatCode(body: Body): void {
    const { tape, module, layout } = this.plan;
    const { kind, offset, end, value } = tape;
    let dead = false;
    for (let mark = body.marks; mark < body.marksEnd; mark++) {
      if (dead) this.dropTo(offset[mark]!);
      dead = false;
      const what = kind[mark]!;
      if (what === MARK.refImport) {
        this.copyTo(offset[mark]!);
        indexed(this.out, OP.refFunc, redirect(module, layout, value[mark]!));
        this.at = end[mark]!;
      } else if (what === MARK.globalGet || what === MARK.globalSet) this.global(mark, what);
      else if (what === MARK.br || what === MARK.brTable || what === MARK.return || what === MARK.unreachable) {
        this.copyTo(end[mark]!);
        dead = true;
      }
    }
    this.copyTo(body.codeEnd + 1);
  }

  private meteredCode(body: Body): void {
    const { kind, offset } = this.plan.tape;
    let dead = false;
    for (let mark = body.marks; mark < body.marksEnd; mark++) {
      if (dead) this.dropTo(offset[mark]!);
      dead = this.mark(mark, kind[mark]!);
    }
  }

  /** Writes what mark `mark` asks for; whether the code behind it is dead. */
  private mark(mark: number, what: number): boolean {
    const { out, plan, locals } = this;
    const { tape, flat, module, layout } = plan;
    const value = tape.value[mark]!;
    switch (what) {
      case MARK.localGet:
      case MARK.localSet:
      case MARK.localTee:
        if (value >= locals.moves) return false;
        this.replace(mark);
        indexed(
          out,
          what === MARK.localGet ? OP.localGet : what === MARK.localSet ? OP.localSet : OP.localTee,
          locals.moved + value,
        );
        return false;
      case MARK.call:
        if (flat[value - module.imports.length]! < 0) this.call(mark, value);
        return false;
      case MARK.callImport:
        this.call(mark, layout.thunks + value);
        return false;
      case MARK.callIndirect:
        this.callIndirect(mark, OP.callIndirect);
        indexed(out, OP.localSet, locals.fuel);
        this.charge(mark);
        return false;
      case MARK.block:
      case MARK.tryTable:
        return false;
      case MARK.loop:
        this.loop(mark);
        return false;
      case MARK.if:
        if (this.tries && this.landings.marks.has(mark)) this.store(mark);
        this.charge(mark);
        return false;
      case MARK.else:
      case MARK.end:
        if (this.tries) this.joint(mark, what, value);
        this.charge(mark);
        return false;
      case MARK.brIf:
        if (this.tries && this.landings.branches.has(mark)) this.store(mark);
        this.charge(mark);
        return false;
      case MARK.br:
        if ((value & 1) === 1) this.leave(mark);
        else {
          if (this.tries && this.landings.branches.has(mark)) this.store(mark);
          this.copyTo(tape.end[mark]!);
        }
        return true;
      case MARK.brTable:
        if (this.tries && this.landings.branches.has(mark)) this.store(mark);
        this.copyTo(tape.end[mark]!);
        return true;
      case MARK.return:
        this.leave(mark);
        return true;
      case MARK.unreachable:
      case MARK.throw:
      case MARK.throwRef:
        this.store(mark);
        this.copyTo(tape.end[mark]!);
        return true;
      case MARK.returnCall:
      case MARK.returnCallImport:
      case MARK.returnCallIndirect:
        this.tailCall(mark, what, value);
        return true;
      case MARK.bulkBytes:
      case MARK.bulkElements:
        this.bulk(mark, what, value === 1);
        return false;
      case MARK.memoryGrow:
      case MARK.tableGrow:
        this.replace(mark);
        indexed(out, OP.localGet, locals.fuel);
        indexed(out, OP.call, what === MARK.memoryGrow ? layout.growMemory[value]! : layout.growTable[value]!);
        indexed(out, OP.localSet, locals.fuel);
        return false;
      case MARK.refImport:
        this.replace(mark);
        indexed(out, OP.refFunc, layout.thunks + value);
        return false;
      case MARK.globalGet:
      case MARK.globalSet:
        this.global(mark, what);
        return false;
      default:
        return false;
    }
  }

  /** Copies up to a mark and leaves its instruction out. */
  private replace(mark: number): void {
    this.copyTo(this.plan.tape.offset[mark]!);
    this.at = this.plan.tape.end[mark]!;
  }

  /** An access to a global that has moved up. */
  private global(mark: number, what: number): void {
    this.replace(mark);
    const { tape, layout } = this.plan;
    indexed(this.out, what === MARK.globalGet ? OP.globalGet : OP.globalSet, redirectGlobal(layout, tape.value[mark]!));
  }

  /** Stores the fuel to the global before a mark's instruction. */
  private store(mark: number): void {
    this.copyTo(this.plan.tape.offset[mark]!);
    this.sync();
  }

  private sync(): void {
    indexed(this.out, OP.localGet, this.locals.fuel);
    indexed(this.out, OP.globalSet, this.plan.layout.fuel);
  }

  /** Charges the region that starts after a mark, if one does and costs anything. */
  private charge(mark: number): void {
    const cost = this.plan.regions.charge[mark]!;
    const looks = this.late && this.plan.regions.leaves(mark);
    if (cost === 0 && !looks) return;
    this.copyTo(this.plan.tape.end[mark]!);
    this.take(cost);
    if (!looks) indexed(this.out, OP.localSet, this.locals.fuel);
    else {
      this.settle();
      if (this.checked) this.stopLate();
      else trapIfNegative(this.out);
    }
  }

  /** Pushes the fuel less `cost`. */
  private take(cost: number): void {
    indexed(this.out, OP.localGet, this.locals.fuel);
    less(this.out, cost);
  }

  /** Takes the i64 on the stack for the fuel left, stores it, and leaves it on the stack for a check. */
  private settle(): void {
    indexed(this.out, OP.localTee, this.locals.fuel);
    indexed(this.out, OP.globalSet, this.plan.layout.fuel);
    indexed(this.out, OP.localGet, this.locals.fuel);
  }

  /** Entry: charge, frame, store, check (SPEC rule F13), unless that is `leftOut`; of a late function the charge. */
  private entry(index: number, body: Body, leftOut: boolean): void {
    const { out, locals, plan } = this;
    this.probes.enter(plan.module.imports.length + index, locals.fuel, locals.open);
    this.take(plan.regions.charge[body.marksEnd - 1]!);
    if (this.late) {
      indexed(out, OP.localSet, locals.fuel);
      return;
    }
    if (!this.checked) {
      if (leftOut || plan.checks.entries[index] === ENTRY.none) indexed(out, OP.localSet, locals.fuel);
      else {
        this.settle();
        trapIfNegative(out);
      }
      if (this.taken === 0) return;
      this.takeFrame();
      indexed(out, OP.localSet, locals.depth);
      return;
    }
    this.settle();
    this.takeFrame();
    indexed(out, OP.localTee, locals.depth);
    trapIfEither(out, locals.depth, this.need - this.taken, plan.layout.stack);
  }

  /** Where a late function calls: the check of both counters, of which the fuel is on the stack. */
  private stopLate(): void {
    indexed(this.out, OP.localGet, this.locals.depth);
    trapIfEither(this.out, this.locals.depth, this.need, this.plan.layout.stack);
  }

  /** Pushes the stack metric less the frame. */
  private takeFrame(): void {
    indexed(this.out, OP.localGet, this.locals.depth);
    less(this.out, this.taken);
  }

  /** Opens a block in the place of the function's label, so that branches to it can be given the hidden result. */
  private openWrap(body: Body): void {
    const { out, plan } = this;
    const { results } = typeBytes(plan.module.types[body.type]!);
    out.op(OP.block);
    if (results.length === 0) out.op(NO_RESULT);
    else if (results.length === 1) out.op(results[0]!);
    else out.signed(plan.layout.types.index([], results));
  }

  private exit(body: Body, wrapped: boolean): void {
    const { out, locals, plan } = this;
    const live = plan.tape.value[body.marksEnd - 1] === 1;
    const caught = this.landings.marks.has(FUNCTION_LABEL);
    this.copyTo(body.codeEnd);
    if (caught && live) this.sync();
    if (wrapped) out.op(OP.end);
    if (caught) {
      this.probes.land(locals.open);
      this.probes.leave(OP.globalGet, plan.layout.fuel);
      indexed(out, OP.globalGet, plan.layout.fuel);
    } else if (wrapped || live) this.end();
    out.op(OP.end);
  }

  private loop(mark: number): void {
    const { out, plan } = this;
    const caught = this.tries && this.landings.marks.has(mark);
    if (caught) this.store(mark);
    this.copyTo(plan.tape.end[mark]!);
    if (caught) this.reload();
    this.take(plan.regions.charge[mark]!);
    if (this.leaves && plan.checks.leavesOut(mark)) {
      indexed(out, OP.localSet, this.locals.fuel);
      return;
    }
    this.settle();
    trapIfNegative(out);
  }

  /** An else or end, of which `value` is that of the mark: at a landing, the fuel goes through the global. */
  private joint(mark: number, what: number, value: number): void {
    const opener = this.landings.opener.get(mark);
    const caught = opener !== undefined && this.landings.marks.has(opener) && this.plan.tape.kind[opener] !== MARK.loop;
    if (caught && (value & 1) === 1) this.store(mark);
    if (caught && what === MARK.end) {
      this.copyTo(this.plan.tape.end[mark]!);
      this.reload();
    }
  }

  private reload(): void {
    indexed(this.out, OP.globalGet, this.plan.layout.fuel);
    indexed(this.out, OP.localSet, this.locals.fuel);
    this.probes.land(this.locals.open);
  }

  /** Pushes the fuel that the function gives back. */
  private end(): void {
    this.probes.leave(OP.localGet, this.locals.fuel);
    indexed(this.out, OP.localGet, this.locals.fuel);
  }

  /** Leaves the function with its results and the fuel. */
  private leave(mark: number): void {
    this.replace(mark);
    this.end();
    this.out.op(OP.return);
  }

  /** Pushes the hidden parameters. */
  private pushHidden(): void {
    indexed(this.out, OP.localGet, this.locals.fuel);
    if (this.plan.layout.hidden === 1) return;
    if (this.late) this.takeFrame();
    else indexed(this.out, OP.localGet, this.locals.depth);
  }

  /** Calls a function with hidden parameters in place of the mark's. */
  private call(mark: number, target: number): void {
    this.replace(mark);
    this.pushHidden();
    indexed(this.out, OP.call, target);
    indexed(this.out, OP.localSet, this.locals.fuel);
    this.charge(mark);
  }

  /** An indirect call: the element's index steps aside for the hidden parameters. */
  private callIndirect(mark: number, opcode: number, push = () => this.pushHidden()): void {
    const { out, plan, locals } = this;
    const { source, tape } = plan;
    this.replace(mark);
    // The table's number follows the type's; both are re-read, the type's only to be passed over.
    const numbers = new Numbers(source, tape.offset[mark]! + 1);
    numbers.skipNumber();
    const table = numbers.u32();
    const aside = plan.module.tables[table]!.wide ? locals.i64 : locals.i32;
    indexed(out, OP.localSet, aside);
    push();
    indexed(out, OP.localGet, aside);
    indexed(out, opcode, plan.layout.hiddenTypes + tape.value[mark]!);
    out.u32(table);
  }

  /** Tail calls: the callee gets the stack metric as this function got it, so that they can go on forever. */
  private tailCall(mark: number, what: number, value: number): void {
    const { out, plan, locals } = this;
    const isFlat = what === MARK.returnCall && plan.flat[value - plan.module.imports.length]! >= 0;
    if (isFlat || what === MARK.returnCallImport) {
      this.replace(mark);
      if (!isFlat) this.pushHidden();
      indexed(out, OP.call, redirect(plan.module, plan.layout, value));
      if (!isFlat && this.probes.on) indexed(out, OP.localSet, locals.fuel);
      if (isFlat || this.probes.on) this.end();
      out.op(OP.return);
      return;
    }
    const push = () => {
      this.end();
      if (plan.layout.hidden === 2) indexed(out, OP.localGet, locals.depth);
      if (this.taken > 0 && !this.late) {
        constant(out, OP.i64Const, this.taken);
        out.op(OP.i64Add);
      }
    };
    if (what === MARK.returnCallIndirect) {
      this.callIndirect(mark, OP.returnCallIndirect, push);
      return;
    }
    this.replace(mark);
    push();
    indexed(out, OP.returnCall, value);
  }

  /** A bulk operation: its length, on top of the stack, is charged and checked before it acts. */
  private bulk(mark: number, what: number, wide: boolean): void {
    const { out, locals, plan } = this;
    const aside = wide ? locals.i64 : locals.i32;
    this.copyTo(plan.tape.offset[mark]!);
    indexed(out, OP.localSet, aside);
    chargeLength(out, locals.fuel, aside, wide, what === MARK.bulkBytes);
    this.settle();
    trapIfNegative(out);
    indexed(out, OP.localGet, aside);
  }
}
