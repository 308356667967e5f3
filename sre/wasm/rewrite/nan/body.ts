// Walks one body with an abstract stack of where each float comes from, and hands what it sees to the graph: which
// values are made, which flow into which, whose bits are looked at. Unreachable code is passed over.
import { type Body, type FunctionType, HANDLER, HANDLERS, type Module, VALUE_TYPES } from "../module/index.ts";
import { constantTraits } from "./constants.ts";
import type { Cursor } from "./cursor.ts";
import { Frames } from "./frames.ts";
import { type Graph, NUMBER, PASS, RAW, SAME } from "./graph.ts";
import { Operands } from "./operands.ts";
import { GIVES, POPS, PUSHES, pinBefore, READS, ROLE, ROLES } from "./roles.ts";
import { States } from "./states.ts";
import { type Survey, UNTRACKED } from "./survey.ts";

/** Byte of the block type without parameters and results. */
const EMPTY = 0x40;
/** The trait of a shape. */
const traitOf = (shape: number): number => (shape === 0 ? 0 : 1 << shape);
const isFloat = (byte: number): boolean => byte <= VALUE_TYPES.f32 && byte >= VALUE_TYPES.v128;

export class BodyWalk {
  private readonly cursor: Cursor;
  private readonly module: Module;
  private readonly graph: Graph;
  private readonly operands: Operands;
  private readonly frames = new Frames();
  private readonly states: States;
  /** Index of the innermost frame; 0 is the function's. */
  private depth = 0;
  /** Loops around the cursor. */
  private loops = 0;
  private live = true;
  /** Blocks begun in unreachable code. */
  private buried = 0;
  /** Index of the innermost try_table's frame, 0 for none. */
  private attempt = 0;

  private readonly found: (point: number, shape: number) => void;

  /** `found` is told of points that don't depend on the rest of the body. */
  constructor(cursor: Cursor, module: Module, graph: Graph, found: (point: number, shape: number) => void) {
    this.found = found;
    this.cursor = cursor;
    this.module = module;
    this.graph = graph;
    this.operands = new Operands(graph);
    this.states = new States(graph);
  }

  /** Walks a body whose tracked locals the survey has found. Returns false if it has more values than are followed. */
  walk(body: Body, survey: Survey): boolean {
    const type = this.module.types[body.type]!;
    this.operands.height = 0;
    this.depth = 0;
    this.loops = 0;
    this.live = true;
    this.attempt = 0;
    this.frames.open(0, HANDLER.block, 0, 0, type.results.length, false);
    this.states.start(survey.tracked.length, survey.depth);
    for (const [slot, local] of survey.tracked.entries()) {
      this.states.set(slot, local < type.params.length ? SAME : NUMBER);
    }
    const { cursor } = this;
    cursor.at = body.codeStart;
    while (cursor.at < body.codeEnd) {
      const opcode = cursor.opcode();
      if (this.live) this.step(opcode, survey);
      else this.bury(opcode);
      if (this.graph.full) return false;
    }
    if (this.live) this.operands.look(type.results.length);
    return true;
  }

  /** Passes over unreachable code; it ends with the else or end of the block it lies in. */
  private bury(opcode: number): void {
    const handler = HANDLERS[opcode]!;
    this.cursor.skip(opcode);
    if (handler === HANDLER.end) {
      if (this.buried === 0) this.end();
      else this.buried--;
    } else if (handler === HANDLER.else) {
      if (this.buried === 0) this.else();
    } else if (
      handler === HANDLER.block ||
      handler === HANDLER.loop ||
      handler === HANDLER.if ||
      handler === HANDLER.tryTable
    ) {
      this.buried++;
    }
  }

  private step(opcode: number, survey: Survey): void {
    const { cursor, operands } = this;
    switch (HANDLERS[opcode]) {
      case HANDLER.localGet: {
        const slot = survey.slots[cursor.u32()]!;
        if (slot === UNTRACKED) operands.push(SAME);
        else operands.pushLater(this.states.get(slot), cursor.at, this.loops);
        return;
      }
      case HANDLER.localSet:
      case HANDLER.localTee: {
        const slot = survey.slots[cursor.u32()]!;
        if (slot !== UNTRACKED) this.states.set(slot, operands.node(0));
        if (HANDLERS[opcode] === HANDLER.localSet) operands.height--;
        return;
      }
      case HANDLER.drop:
        operands.height--;
        return;
      case HANDLER.select:
      case HANDLER.selectTyped:
        cursor.skip(opcode);
        operands.height--;
        this.merge(2, PASS.whole, PASS.whole, 0);
        return;
      case HANDLER.block:
      case HANDLER.loop:
      case HANDLER.if:
      case HANDLER.tryTable:
        this.open(HANDLERS[opcode]!);
        return;
      case HANDLER.else:
        this.else();
        return;
      case HANDLER.end:
        this.end();
        return;
      case HANDLER.unreachable:
        this.stop();
        return;
      case HANDLER.br:
      case HANDLER.brIf:
      case HANDLER.brTable:
      case HANDLER.return:
        this.branch(HANDLERS[opcode]!);
        return;
      case HANDLER.call:
      case HANDLER.callIndirect:
      case HANDLER.returnCall:
      case HANDLER.returnCallIndirect:
        this.call(HANDLERS[opcode]!);
        return;
      case HANDLER.throw:
      case HANDLER.throwRef:
        this.throw(HANDLERS[opcode]!);
        return;
      default:
        cursor.skip(opcode);
        this.simple(opcode);
    }
  }

  /** An instruction with a fixed number of operands and at most one result. */
  private simple(opcode: number): void {
    const { operands, graph } = this;
    const pops = POPS[opcode]!;
    const reads = READS[opcode]!;
    const point = this.cursor.at;
    switch (ROLES[opcode]) {
      case ROLE.choose:
        operands.require(pops, reads);
        operands.height -= pops;
        operands.push(graph.node(point, traitOf(GIVES[opcode]!), this.loops));
        return;
      case ROLE.blind:
        operands.require(pops, reads);
        operands.height -= pops;
        operands.push(SAME);
        return;
      case ROLE.number:
        operands.look(pops);
        operands.height -= pops;
        operands.push(GIVES[opcode] === 4 ? graph.node(0, traitOf(4), this.loops) : NUMBER);
        return;
      case ROLE.sign:
        this.merge(1, wholeAs(reads), 0, RAW);
        return;
      case ROLE.magnitude:
        this.merge(1, wholeAs(reads), 0, 0);
        return;
      case ROLE.copysign:
        this.found(point - 1, pinBefore(opcode));
        operands.look(1);
        operands.height--;
        this.merge(1, PASS.whole, 0, RAW);
        return;
      case ROLE.pick:
        this.merge(2, wholeAs(reads), wholeAs(reads), 0);
        return;
      case ROLE.splat:
        this.merge(1, reads === 3 ? PASS.intoF32x4 : PASS.intoF64x2, 0, reads === 4 ? traitOf(4) : 0);
        return;
      case ROLE.extract:
        this.merge(1, reads === 3 ? PASS.outOfF32x4 : PASS.outOfF64x2, 0, 0);
        return;
      case ROLE.replace:
        this.merge(2, wholeAs(reads), reads === 3 ? PASS.intoF32x4 : PASS.intoF64x2, reads === 4 ? traitOf(4) : 0);
        return;
      case ROLE.shuffle:
        this.shuffle(point);
        return;
      case ROLE.constant: {
        const traits = constantTraits(this.cursor.bytes, point, opcode);
        operands.push(traits === RAW ? SAME : traits === 0 ? NUMBER : graph.node(0, traits, this.loops));
        return;
      }
      default:
        operands.look(pops);
        operands.height -= pops;
        if (PUSHES[opcode] !== 0) operands.push(SAME);
    }
  }

  /** The top `count` operands, one or two, flow into one result, which also has the traits `more`. */
  private merge(count: 1 | 2, first: number, second: number, more: number): void {
    const { operands, graph } = this;
    const a = operands.node(count - 1);
    const b = count === 1 ? NUMBER : operands.node(0);
    operands.height -= count;
    if (a > NUMBER || b > NUMBER) {
      const result = graph.node(this.cursor.at, more, this.loops);
      graph.flow(a, result, first);
      graph.flow(b, result, second);
      operands.push(result);
    } else if (a === SAME || b === SAME || (more & RAW) !== 0) operands.push(SAME);
    else operands.push(more === 0 ? NUMBER : graph.node(0, more, this.loops));
  }

  private shuffle(point: number): void {
    const width = movedWidth(this.cursor.bytes, point - 16);
    if (width === 8) this.merge(2, PASS.whole, PASS.whole, 0);
    else if (width === 4) this.merge(2, PASS.f32x4, PASS.f32x4, 0);
    else {
      this.operands.look(2);
      this.operands.height -= 2;
      this.operands.push(SAME);
    }
  }

  private open(kind: number): void {
    const { cursor, operands, states } = this;
    if (kind === HANDLER.if) operands.height--;
    let params = 0;
    let results = 0;
    let float = false;
    const byte = cursor.bytes[cursor.at]!;
    if (byte === EMPTY) cursor.at++;
    else if ((byte & 0xc0) === 0x40) {
      cursor.at++;
      results = 1;
      float = isFloat(byte);
    } else {
      const type = this.module.types[cursor.u32()]!;
      params = type.params.length;
      results = type.results.length;
      float = results === 1 && isFloat(VALUE_TYPES[type.results[0]!]);
    }
    operands.fix(params);
    const depth = ++this.depth;
    this.frames.open(depth, kind, operands.height - params, params, results, float);
    if (kind === HANDLER.loop) states.openLoop(depth, ++this.loops);
    else if (kind === HANDLER.if) states.openIf(depth);
    else states.openBlock(depth);
    if (kind === HANDLER.tryTable) this.openTry(depth);
  }

  private openTry(depth: number): void {
    const { cursor, frames } = this;
    frames.outerTry[depth] = this.attempt;
    frames.clauses[depth] = cursor.at;
    this.attempt = depth;
    for (let left = cursor.u32(); left > 0; left--) {
      const target = depth - 1 - cursor.clause();
      if (target > 0 && frames.kind[target] !== HANDLER.loop) this.arrive(target, SAME);
    }
  }

  /** Something here may throw: control may pass to every catch clause around it. */
  private mayThrow(): void {
    const { cursor, frames } = this;
    const back = cursor.at;
    for (let depth = this.attempt; depth > 0; depth = frames.outerTry[depth]!) {
      cursor.at = frames.clauses[depth]!;
      for (let left = cursor.u32(); left > 0; left--) {
        const target = depth - 1 - cursor.clause();
        if (target > 0) this.states.branch(target);
      }
    }
    cursor.at = back;
  }

  /** A value comes to the label of a block with one float as its result. */
  private arrive(depth: number, node: number): void {
    const { frames, graph } = this;
    frames.branched[depth] = 1;
    if (frames.float[depth] === 0) return;
    if (frames.label[depth] === 0) frames.label[depth] = graph.node(0, 0, this.loops);
    graph.flow(node, frames.label[depth]!, PASS.whole);
  }

  /** Control and the operands on top pass to a label. */
  private pass(depth: number): void {
    const { frames, operands } = this;
    const loop = frames.kind[depth] === HANDLER.loop;
    if (depth > 0) this.states.branch(depth);
    if (depth > 0 && !loop && frames.float[depth] !== 0) this.arrive(depth, operands.node(0));
    else {
      operands.look(loop ? frames.params[depth]! : frames.results[depth]!);
      frames.branched[depth] = 1;
    }
  }

  private branch(handler: number): void {
    const { cursor, operands } = this;
    if (handler === HANDLER.brIf || handler === HANDLER.brTable) operands.height--;
    if (handler === HANDLER.return) this.pass(0);
    else {
      let labels = handler === HANDLER.brTable ? cursor.u32() + 1 : 1;
      for (; labels > 0; labels--) this.pass(this.depth - cursor.u32());
    }
    if (handler !== HANDLER.brIf) this.stop();
  }

  private stop(): void {
    this.live = false;
    this.buried = 0;
  }

  private call(handler: number): void {
    const { cursor, module } = this;
    let type: FunctionType;
    if (handler === HANDLER.call || handler === HANDLER.returnCall) {
      type = module.types[module.functions[cursor.u32()]!]!;
    } else {
      type = module.types[cursor.u32()]!;
      cursor.skipNumber();
      this.operands.height--;
    }
    this.operands.look(type.params.length);
    this.operands.height -= type.params.length;
    if (handler === HANDLER.returnCall || handler === HANDLER.returnCallIndirect) {
      this.stop();
      return;
    }
    this.mayThrow();
    this.operands.pushSame(type.results.length);
  }

  private throw(handler: number): void {
    const { cursor, module, operands } = this;
    if (handler === HANDLER.throw) operands.look(module.types[module.tags[cursor.u32()]!]!.params.length);
    this.mayThrow();
    this.stop();
  }

  private else(): void {
    const { depth, frames, operands } = this;
    if (this.live) this.pass(depth);
    this.states.else(depth);
    frames.kind[depth] = HANDLER.else;
    operands.height = frames.height[depth]!;
    operands.pushSame(frames.params[depth]!);
    this.live = true;
  }

  private end(): void {
    const { depth, frames, operands, states, live } = this;
    const kind = frames.kind[depth]!;
    const results = frames.results[depth]!;
    if (kind === HANDLER.if) {
      // Without an else the parameters, which are the reference's, are the results.
      this.arrive(depth, SAME);
      states.close(depth, live, true);
    } else if (kind === HANDLER.loop) this.loops--;
    else states.close(depth, live, false);
    if (kind === HANDLER.tryTable) this.attempt = frames.outerTry[depth]!;
    this.depth--;
    if (live && frames.branched[depth] !== 0 && kind !== HANDLER.loop) {
      if (frames.float[depth] !== 0) this.arrive(depth, operands.node(0));
      else operands.look(results);
    }
    if (!live || (frames.branched[depth] !== 0 && kind !== HANDLER.loop)) {
      operands.height = frames.height[depth]!;
      const label = frames.label[depth]!;
      if (label !== 0) {
        this.graph.settle(label, this.cursor.at, this.loops);
        operands.push(label);
      } else operands.pushSame(results);
    }
    this.live = true;
    this.buried = 0;
  }
}

/** How a whole value of a shape passes: a scalar of one type is never taken for another. */
function wholeAs(shape: number): number {
  if (shape === 3) return PASS.f32x4;
  return shape === 4 ? PASS.f64x2 : PASS.whole;
}

/** Whether the sixteen lanes at `start` move whole groups of 8 or 4 bytes; 1 if neither. */
function movedWidth(bytes: Uint8Array, start: number): 8 | 4 | 1 {
  let width: 8 | 4 = 8;
  for (let lane = 0; lane < 16; lane += 4) {
    const first = bytes[start + lane]!;
    if ((first & 3) !== 0) return 1;
    for (let at = 1; at < 4; at++) if (bytes[start + lane + at] !== first + at) return 1;
    if ((lane & 4) === 0 ? (first & 7) !== 0 : first !== bytes[start + lane - 4]! + 4) width = 4;
  }
  return width;
}
