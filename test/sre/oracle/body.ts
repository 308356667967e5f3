// One function body: its instructions, and which of them are reachable, which region each adds its price to and how
// many operands there are at most, by the letter of the SPEC's rules. It walks the operand types of reachable code.
import { COST } from "../../../sre/wasm/rewrite/cost.ts";
import { Cursor } from "./bytes.ts";
import { FC, FD, instruction, type Letters } from "./instructions.ts";
import { type FunctionType, letter, type Module } from "./module.ts";

/** An instruction with what the oracle needs of its immediates. */
export interface Step {
  readonly opcode: number;
  readonly start: number;
  readonly end: number;
  /** The first index: function, type, label, local, memory, table, segment. */
  readonly index: number;
  readonly second: number;
  readonly labels: readonly number[];
  readonly block: FunctionType | null;
  readonly catches: readonly { readonly tag: number | null; readonly label: number; readonly ref: boolean }[];
  readonly type: string;
}

/** A stretch that is charged whole when control reaches its start. */
export interface Region {
  readonly kind: "entry" | "loop" | "then" | "else" | "after br_if" | "after end" | "after call";
  cost: number;
  /** Direct calls in it, for the flat ones' prices. */
  readonly calls: number[];
  readonly tails: number[];
  /** All calls in it, tail calls, too; null for indirect ones. */
  readonly made: (number | null)[];
  /** Direct calls, and null for indirect ones, in it and in the blocks that lie in it: they keep it from being cold. */
  readonly within: Set<number | null>;
  /** Whether it has a reachable `unreachable`. */
  stops: boolean;
}

/** What is known of a body. `regions` says at which steps a region starts, right after the step. */
export interface Analysis {
  readonly steps: readonly Step[];
  readonly live: readonly boolean[];
  readonly all: readonly Region[];
  readonly regions: ReadonlyMap<number, Region>;
  /** Labels of catch clauses: the step that opened the block; -1 for the function. */
  readonly landings: ReadonlySet<number>;
  /** Steps by which control comes to such a label otherwise: the fuel is noted before them. */
  readonly arrivals: ReadonlySet<number>;
  readonly slots: number;
}

const NONE: FunctionType = { params: "", results: "" };

/** Reads the steps of a body. */
export function readSteps(module: Module, from: number, to: number): Step[] {
  const cursor = new Cursor(module.bytes, from);
  const steps: Step[] = [];
  while (cursor.at < to) steps.push(readStep(cursor, module));
  return steps;
}

function readStep(cursor: Cursor, module: Module): Step {
  const start = cursor.at;
  const first = cursor.byte();
  const opcode = first === 0xfc ? FC + cursor.u32() : first === 0xfd ? FD + cursor.u32() : first;
  const step = { opcode, start, end: 0, index: 0, second: 0, labels: [] as number[], type: "" };
  let block: FunctionType | null = null;
  let catches: Step["catches"] = [];
  switch (instruction(opcode).immediates) {
    case "memory":
    case "memory lane":
      if (cursor.u32() & 64) step.index = cursor.u32();
      cursor.skipNumber();
      if (instruction(opcode).immediates === "memory lane") cursor.at += 1;
      break;
    case "lane":
      cursor.at += 1;
      break;
    case "16 bytes":
      cursor.at += 16;
      break;
    case "8 bytes":
      cursor.at += 8;
      break;
    case "4 bytes":
      cursor.at += 4;
      break;
    case "i32":
    case "i64":
      cursor.skipNumber();
      break;
    case "index":
      step.index = cursor.u32();
      break;
    case "control":
      if ((opcode >= 0x02 && opcode <= 0x04) || opcode === 0x1f) block = blockType(cursor, module);
      if (opcode === 0x1f) catches = readCatches(cursor);
      readControl(cursor, opcode, step);
  }
  return { ...step, end: cursor.at, block, catches };
}

function readControl(
  cursor: Cursor,
  opcode: number,
  step: { index: number; second: number; labels: number[]; type: string },
) {
  const [one, two] = [
    [0x08, 0x0c, 0x0d, 0x10, 0x12, FC + 9, FC + 11, FC + 13, FC + 15, FC + 16, FC + 17],
    [0x11, 0x13],
  ];
  two.push(FC + 8, FC + 10, FC + 12, FC + 14);
  if (one.includes(opcode) || two.includes(opcode)) step.index = cursor.u32();
  if (two.includes(opcode)) step.second = cursor.u32();
  if (opcode === 0x0e) for (let count = cursor.u32() + 1; count > 0; count--) step.labels.push(cursor.u32());
  if (opcode === 0x0d || opcode === 0x0c) step.labels.push(step.index);
  if (opcode === 0xd0) step.type = letter(cursor.byte());
  if (opcode === 0x1c) {
    cursor.u32();
    step.type = letter(cursor.byte());
  }
}

function blockType(cursor: Cursor, module: Module): FunctionType {
  const code = cursor.s33();
  if (code >= 0) return module.types[code]!;
  return code === -64 ? NONE : { params: "", results: letter(code & 127) };
}

function readCatches(cursor: Cursor): Step["catches"] {
  return Array.from({ length: cursor.u32() }, () => {
    const kind = cursor.byte();
    const tag = kind < 2 ? cursor.u32() : null;
    return { tag, ref: (kind & 1) === 1, label: cursor.u32() };
  });
}

interface Frame {
  readonly step: number;
  readonly opcode: number;
  readonly type: FunctionType;
  readonly height: number;
  readonly live: boolean;
  readonly region: Region;
  leftEarly: boolean;
}

/** The price of an instruction where it stands. */
export function costOf(module: Module, { opcode, index }: Step): number {
  const host = (opcode === 0x10 || opcode === 0x12) && index < module.imports.length;
  return host ? COST.callHost : instruction(opcode).cost;
}

/** Slots of operands: a v128 takes two. */
export const slotsOf = (types: Letters): number => types.length + (types.match(/v/g)?.length ?? 0);

/**
 * Walks a body. `locals` are the types of parameters and locals; `throws` says whether a direct call, or an indirect
 * one (null), may throw.
 */
export function analyse(
  module: Module,
  index: number,
  steps: readonly Step[],
  throws: (callee: number | null) => boolean,
): Analysis {
  return new Walk(module, index, steps, throws).run();
}

class Walk {
  private readonly module: Module;
  private readonly steps: readonly Step[];
  private readonly locals: Letters;
  private readonly throws: (callee: number | null) => boolean;
  private readonly frames: Frame[] = [];
  private readonly all: Region[] = [];
  private readonly regions = new Map<number, Region>();
  private readonly landings = new Set<number>();
  private readonly alive: boolean[] = [];
  /** Reachable steps that lead to a label, with the step that opened its block. */
  private readonly ways: [at: number, opener: number][] = [];
  private stack: string[] = [];
  private most = 0;
  private live = true;
  private region: Region;
  private at = 0;

  constructor(module: Module, index: number, steps: readonly Step[], throws: (callee: number | null) => boolean) {
    this.module = module;
    this.steps = steps;
    this.throws = throws;
    this.locals = module.code[index]!.locals;
    const { results } = module.types[module.functions[module.imports.length + index]!]!;
    this.region = {
      kind: "entry",
      cost: 1 + Math.floor(this.locals.length / 8),
      calls: [],
      tails: [],
      made: [],
      within: new Set(),
      stops: false,
    };
    this.all.push(this.region);
    this.frames.push(this.frame(-1, 0x02, { params: "", results }));
  }

  run(): Analysis {
    for (this.at = 0; this.at < this.steps.length; this.at++) {
      const step = this.steps[this.at]!;
      const before = this.live;
      if (before) this.region.cost += costOf(this.module, step);
      this.step(step);
      // An else or end is reached by other ways than the code before it.
      this.alive.push(step.opcode === 0x05 || step.opcode === 0x0b ? this.live : before);
      if (this.live) this.most = Math.max(this.most, slotsOf(this.stack.join("")));
    }
    const { steps, alive, all, regions, landings, most } = this;
    const arrivals = new Set<number>();
    for (const [at, opener] of this.ways) if (landings.has(opener)) arrivals.add(at);
    return { steps, live: alive, all, regions, landings, arrivals, slots: slotsOf(this.locals) + most };
  }

  private frame(step: number, opcode: number, type: FunctionType): Frame {
    const height = this.stack.length - type.params.length;
    return { step, opcode, type, height, live: this.live, region: this.region, leftEarly: false };
  }

  private begin(kind: Region["kind"], cost = 0): void {
    this.region = { kind, cost, calls: [], tails: [], made: [], within: new Set(), stops: false };
    this.all.push(this.region);
    this.regions.set(this.at, this.region);
  }

  private pop(types: Letters): void {
    if (!this.live) return;
    const taken = this.stack.splice(this.stack.length - types.length).join("");
    if (taken !== types) throw new Error(`the oracle expected ${types} and found ${taken} at step ${this.at}`);
  }

  private push(types: Letters): void {
    if (this.live) this.stack.push(...types);
  }

  /** A reachable way out to a label `depth` blocks out: the blocks between are left early. */
  private leave(depth: number): void {
    for (let level = 0; level < Math.min(depth, this.frames.length); level++) {
      this.frames[this.frames.length - 1 - level]!.leftEarly = true;
    }
  }

  private outOfFunction(): void {
    this.leave(this.frames.length - 1);
  }

  private way(frame: Frame): void {
    if (this.live) this.ways.push([this.at, frame.step]);
  }

  private branch({ labels }: Step): void {
    if (!this.live) return;
    for (const label of labels) {
      this.leave(label);
      this.way(this.frames[this.frames.length - 1 - label]!);
    }
  }

  private die(): void {
    this.live = false;
  }

  private addressOf = (memory: number): string => (this.module.memories[memory]?.wide ? "l" : "i");
  private tableAddress = (table: number): string => (this.module.tables[table]!.limits.wide ? "l" : "i");

  private step(step: Step): void {
    const { opcode } = step;
    const row = instruction(opcode);
    switch (opcode) {
      case 0x00:
        if (this.live) this.region.stops = true;
        this.die();
        return;
      case 0x02:
      case 0x03:
      case 0x04:
      case 0x1f:
        this.open(step);
        return;
      case 0x05:
        this.otherwise();
        return;
      case 0x0b:
        this.close();
        return;
      case 0x0c:
      case 0x0e:
        this.branch(step);
        this.die();
        return;
      case 0x0d:
        if (!this.live) return;
        this.pop("i");
        this.branch(step);
        this.begin("after br_if");
        return;
      case 0x08:
      case 0x0a:
      case 0x0f:
      case 0x12:
      case 0x13:
        if (this.live) this.outOfFunction();
        if (this.live && opcode === 0x12) this.region.tails.push(step.index);
        if (this.live && opcode === 0x12) this.region.made.push(step.index);
        if (this.live && opcode === 0x13) this.region.made.push(null);
        this.die();
        return;
      case 0x10:
        this.call(this.module.functions[step.index]!, step.index);
        return;
      case 0x11:
        this.pop(this.tableAddress(step.second));
        this.call(step.index, null);
        return;
      case 0x1a:
        if (this.live) this.stack.pop();
        return;
      case 0x1b:
      case 0x1c:
        this.pop("i");
        if (this.live) this.stack.pop();
        return;
      case 0x20:
        this.push(this.locals[step.index]!);
        return;
      case 0x21:
        this.pop(this.locals[step.index]!);
        return;
      case 0x22:
        return;
      case 0x23:
        this.push(this.module.globals[step.index]!.type);
        return;
      case 0x24:
        this.pop(this.module.globals[step.index]!.type);
        return;
      case 0xd0:
        this.push(step.type);
        return;
      case 0xd1:
        if (this.live) this.stack.pop();
        this.push("i");
        return;
      default:
        if (opcode === 0x25 || opcode === 0x26 || (opcode >= FC + 8 && opcode < FD)) {
          this.bulk(step);
          return;
        }
        this.pop(row.pops.replaceAll("a", this.addressOf(step.index)));
        this.push(row.pushes.replaceAll("a", this.addressOf(step.index)));
    }
  }

  private bulk({ opcode, index, second }: Step): void {
    if (opcode === FC + 8) {
      this.pop(`${this.addressOf(second)}ii`);
      return;
    }
    if (opcode === FC + 10) {
      const [to, from] = [this.addressOf(index), this.addressOf(second)];
      this.pop(to + from + (to === "l" && from === "l" ? "l" : "i"));
      return;
    }
    if (opcode === FC + 11) {
      this.pop(`${this.addressOf(index)}i${this.addressOf(index)}`);
      return;
    }
    if (opcode === FC + 9 || opcode === FC + 13) return;
    if (opcode === FC + 12) {
      this.pop(`${this.tableAddress(second)}ii`);
      return;
    }
    if (opcode === FC + 14) {
      const [to, from] = [this.tableAddress(index), this.tableAddress(second)];
      this.pop(to + from + (to === "l" && from === "l" ? "l" : "i"));
      return;
    }
    const { type } = this.module.tables[index]!;
    const address = this.tableAddress(index);
    if (opcode === 0x25) {
      this.pop(address);
      this.push(type);
    } else if (opcode === 0x26) this.pop(address + type);
    else if (opcode === FC + 15) {
      this.pop(type + address);
      this.push(address);
    } else if (opcode === FC + 16) this.push(address);
    else this.pop(address + type + address);
  }

  private call(type: number, callee: number | null): void {
    if (!this.live) return;
    const { params, results } = this.module.types[type]!;
    this.pop(params);
    this.push(results);
    if (callee !== null) this.region.calls.push(callee);
    this.region.made.push(callee);
    for (const region of [this.region, ...this.frames.map((frame) => frame.region)]) region.within.add(callee);
    if (this.module.tags.length === 0 || !this.throws(callee)) return;
    this.outOfFunction();
    this.begin("after call");
  }

  private open(step: Step): void {
    const { opcode, block } = step;
    if (opcode === 0x04) this.pop("i");
    if (this.live && opcode === 0x1f) {
      for (const { label } of step.catches) this.landings.add(this.frames[this.frames.length - 1 - label]!.step);
    }
    this.frames.push(this.frame(this.at, opcode, block!));
    if (!this.live) return;
    if (opcode === 0x03 || opcode === 0x04) this.way(this.frames.at(-1)!);
    if (opcode === 0x03) this.begin("loop", 1);
    if (opcode === 0x04) this.begin("then");
  }

  private otherwise(): void {
    const frame = this.frames.at(-1)!;
    this.way(frame);
    this.live = frame.live;
    if (!this.live) return;
    this.stack.length = frame.height;
    this.push(frame.type.params);
    this.begin("else");
  }

  private close(): void {
    const frame = this.frames.pop()!;
    if (frame.opcode !== 0x03) this.way(frame);
    this.live = frame.live;
    if (!this.live || this.frames.length === 0) return;
    this.stack.length = frame.height;
    this.push(frame.type.results);
    this.region = frame.region;
    if (frame.leftEarly) this.begin("after end");
  }
}
