// Writes one body anew so that it counts itself: each instruction as it was, with what the rules say around it.
import { ELEMENT_COST, LOOP_COST, PAGE_COST } from "../../../sre/wasm/rewrite/cost.ts";
import { REWRITE_LIMITS } from "../../../sre/wasm/rewrite/limits.ts";
import { costOf, type Region, type Step } from "./body.ts";
import { putAll, putU } from "./bytes.ts";
import { Code, type Counter, WHY } from "./code.ts";
import { charge, type Known } from "./graph.ts";
import { FC, FD, instruction } from "./instructions.ts";
import { type Module, TYPE_BYTES } from "./module.ts";

/** What a body must know of the module around it. */
export interface Context {
  readonly module: Module;
  readonly known: readonly Known[];
  readonly target: (index: number) => number;
  readonly global: (counter: Counter) => number;
}

const SCRATCH = "iiilfdvce";
const LOCAL = { before: 0, mine: 1, i: 2, l: 3, f: 4, d: 5, v: 6, c: 7, e: 8 } as const;

/** Writes body `index`. */
export class BodyWriter {
  private readonly context: Context;
  private readonly index: number;
  private readonly own: Known;
  private readonly body: number[] = [];
  private readonly code: Code;
  private readonly base: number;
  private readonly memoryType = (memory: number) => (this.context.module.memories[memory]!.wide ? "l" : "i");
  private readonly tableType = (table: number) => (this.context.module.tables[table]!.limits.wide ? "l" : "i");

  constructor(context: Context, index: number) {
    this.context = context;
    this.index = index;
    this.own = context.known[index]!;
    this.code = new Code(this.body, context.global);
    this.base = context.module.code[index]!.locals.length;
  }

  run(): number[] {
    const { declared, locals } = this.context.module.code[this.index]!;
    const all = declared + SCRATCH;
    putU(this.body, all.length);
    for (const type of all) this.body.push(1, TYPE_BYTES[type]!);
    this.entry(locals.length);
    const { steps, live } = this.own.analysis;
    steps.forEach((step, at) => {
      if (live[at]) this.step(step, at);
      else this.copy(step);
    });
    return this.body;
  }

  private local(name: keyof typeof LOCAL): number {
    return this.base + LOCAL[name];
  }

  private entry(locals: number): void {
    const { code, own } = this;
    code.add("naive", 1 + Math.floor(locals / 8));
    if (own.flat !== null) return;
    code.add("used", this.price(own.analysis.all[0]!));
    code.get("stack");
    code.indexed(0x22, this.local("before"));
    code.constant("i", own.takes);
    code.op(0x6b); // i32.sub
    code.indexed(0x22, this.local("mine"));
    code.set("stack");
    if (own.checks) code.check();
    if (!own.late) this.checkStack();
  }

  private checkStack(): void {
    const { code, own } = this;
    if (!own.onCycle) return;
    code.indexed(0x20, this.local("before"));
    code.constant("i", own.needs);
    code.op(0x48); // i32.lt_s
    code.stopIf(WHY.stack);
  }

  /** Whether a call is of something that isn't flat. */
  private readonly far = (callee: number | null): boolean => {
    const own = callee === null ? -1 : callee - this.context.module.imports.length;
    return own < 0 || this.context.known[own]!.flat === null;
  };

  private price(region: Region): number {
    const imports = this.context.module.imports.length;
    return charge(region, imports, (callee) => (callee < imports ? null : this.context.known[callee - imports]!.flat));
  }

  /** After a call and where a catch lands: the metric is this frame's again. */
  private restore(local: "before" | "mine"): void {
    if (this.own.flat !== null) return;
    this.code.indexed(0x20, this.local(local));
    this.code.set("stack");
  }

  private copy({ opcode, start, end, index }: Step): void {
    const redirected = opcode === 0x10 || opcode === 0x12 || opcode === 0xd2;
    if (redirected) this.code.indexed(opcode, this.context.target(index));
    else putAll(this.body, this.context.module.bytes.subarray(start, end));
  }

  private step(step: Step, at: number): void {
    const { code, own } = this;
    const { opcode } = step;
    const inFlat = own.flat !== null;
    code.add("naive", costOf(this.context.module, step));
    const arrives = own.analysis.arrivals.has(at) && !(opcode === 0x0c && this.leaves(step, at));
    if (!inFlat && (arrives || opcode === 0x00 || opcode === 0x08 || opcode === 0x0a)) code.sync();
    if (opcode === 0x08 || opcode === 0x0a) code.add("throws", 1);
    if (opcode === 0x12 || opcode === 0x13) this.restore("before");
    if (opcode === 0x40) {
      this.grow(step, this.memoryType(step.index), PAGE_COST);
      return;
    }
    if (opcode === FC + 15) {
      this.grow(step, this.tableType(step.index), ELEMENT_COST);
      return;
    }
    if (opcode >= FC + 8 && opcode < FD) this.bulk(step);
    this.copy(step);
    this.canonical(instruction(opcode).nan);
    if (opcode === 0x03) code.add("naive", LOOP_COST);
    const region = own.analysis.regions.get(at);
    if (region !== undefined && !inFlat) code.add("used", this.price(region));
    if (own.late && region?.made.some(this.far)) {
      code.check();
      this.checkStack();
    }
    if (opcode === 0x10 || opcode === 0x11) this.restore("mine");
    if (opcode === 0x03 && own.analysis.landings.has(at)) this.restore("mine");
    if (opcode === 0x0b && own.analysis.landings.has(this.openerOf(at))) this.restore("mine");
    if (opcode === 0x03) code.check();
  }

  /** Whether a `br` goes to the function's label: that is a return. */
  private leaves({ index }: Step, at: number): boolean {
    let depth = 0;
    for (let step = 0; step < at; step++) {
      const { opcode } = this.own.analysis.steps[step]!;
      if ((opcode >= 0x02 && opcode <= 0x04) || opcode === 0x1f) depth++;
      if (opcode === 0x0b) depth--;
    }
    return index === depth;
  }

  private openers: number[] | null = null;

  /** The step that opened the block that the step `at` ends; -1 for the function. */
  private openerOf(at: number): number {
    if (this.openers === null) {
      const open = [-1];
      this.openers = this.own.analysis.steps.map(({ opcode }, index) => {
        if ((opcode >= 0x02 && opcode <= 0x04) || opcode === 0x1f) open.push(index);
        return opcode === 0x0b ? open.pop()! : -2;
      });
    }
    const opener = this.openers[at]!;
    const loop = opener >= 0 && this.own.analysis.steps[opener]!.opcode === 0x03;
    return loop || opener === -1 ? -2 : opener;
  }

  private bulk({ opcode, index, second }: Step): void {
    const { code } = this;
    let type = "i";
    if (opcode === FC + 11) type = this.memoryType(index);
    else if (opcode === FC + 17) type = this.tableType(index);
    else if (opcode === FC + 10) type = this.memoryType(index) === "l" && this.memoryType(second) === "l" ? "l" : "i";
    else if (opcode === FC + 14) type = this.tableType(index) === "l" && this.tableType(second) === "l" ? "l" : "i";
    else if (opcode !== FC + 8 && opcode !== FC + 12) return;
    const bytes = opcode === FC + 8 || opcode === FC + 10 || opcode === FC + 11;
    const local = this.local(type as "i" | "l");
    code.indexed(0x21, local);
    for (const counter of ["naive", "used"] as const) {
      code.get(counter);
      code.indexed(0x20, local);
      if (type === "i")
        code.op(0xad); // i64.extend_i32_u
      else if (!bytes) this.atMost(local, 2 ** 52);
      if (bytes) {
        code.constant("l", 3);
        code.op(0x88); // i64.shr_u
      } else {
        code.constant("l", ELEMENT_COST);
        code.op(0x7e); // i64.mul
      }
      code.op(0x7c);
      code.set(counter);
    }
    code.check();
    code.indexed(0x20, local);
  }

  /** Puts `most` in the place of the i64 on the stack, which is that of the local, if that is more. */
  private atMost(local: number, most: number): void {
    const { code } = this;
    code.constant("l", most);
    code.indexed(0x20, local);
    code.constant("l", most);
    code.op(0x58, 0x1b); // i64.le_u, select
  }

  private grow(step: Step, type: string, each: number): void {
    const { code } = this;
    const local = this.local(type as "i" | "l");
    const wide = type === "l";
    const table = step.opcode !== 0x40;
    code.sync();
    code.indexed(0x21, local);
    const value = table ? this.local(this.context.module.tables[step.index]!.type as "c" | "e") : -1;
    if (table) code.indexed(0x21, value);
    this.tooMuch(step, local, wide, table);
    code.op(0x04, TYPE_BYTES[type]!); // if
    code.constant("i", 1);
    code.set("loose");
    code.constant(wide ? "l" : "i", -1);
    code.op(0x05);
    for (const counter of ["naive", "used"] as const) {
      code.get(counter);
      code.indexed(0x20, local);
      if (!wide) code.op(0xad);
      code.constant("l", each);
      code.op(0x7e, 0x7c);
      code.set(counter);
    }
    code.check();
    if (table) code.indexed(0x20, value);
    code.indexed(0x20, local);
    this.copy(step);
    code.indexed(0x22, local);
    code.constant(wide ? "l" : "i", -1);
    code.op(wide ? 0x51 : 0x46);
    code.stopIf(WHY.growth);
    code.indexed(0x20, local);
    code.op(0x0b);
  }

  /** Whether the number wanted, in `local`, is more than all memories, or tables, together or this one may have. */
  private tooMuch(step: Step, local: number, wide: boolean, table: boolean): void {
    const { code } = this;
    const { memories, tables } = this.context.module;
    const all = table ? tables.map(({ limits }) => limits) : memories;
    const wanted = () => {
      code.indexed(0x20, local);
      if (!wide) code.op(0xad);
    };
    const size = (index: number) => {
      if (table) code.op(0xfc, 16);
      else code.op(0x3f);
      putU(this.body, index);
      if (!all[index]!.wide) code.op(0xad);
    };
    wanted();
    if (table) code.constant("l", REWRITE_LIMITS.tableElements);
    else {
      code.get("pages");
      code.op(0xad);
    }
    all.forEach((_, index) => {
      size(index);
      code.op(0x7d);
    });
    code.op(0x56); // i64.gt_u
    const { max } = all[step.index]!;
    if (max === null) return;
    wanted();
    code.constant("l", max);
    size(step.index);
    code.op(0x7d, 0x56, 0x72); // i64.sub, i64.gt_u, i32.or
  }

  private canonical(kind: "" | "f" | "d" | "F" | "D"): void {
    if (kind === "") return;
    const { code } = this;
    const type = kind === "f" || kind === "d" ? kind : "v";
    const local = this.local(type);
    const f32 = [0, 0, 0xc0, 0x7f];
    const f64 = [0, 0, 0, 0, 0, 0, 0xf8, 0x7f];
    code.indexed(0x22, local);
    code.indexed(0x20, local);
    if (kind === "f") code.op(0x5c); // f32.ne
    if (kind === "d") code.op(0x62); // f64.ne
    if (kind === "F") code.op(0xfd, 0x42, 0xfd, 0x53); // f32x4.ne, v128.any_true
    if (kind === "D") code.op(0xfd, 0x48, 0xfd, 0x53);
    code.op(0x04, 0x40);
    code.constant("i", 1);
    code.set("loose");
    if (kind === "f") code.op(0x43, ...f32);
    if (kind === "d") code.op(0x44, ...f64);
    if (type === "v") {
      code.op(0xfd, 0x0c, ...(kind === "F" ? [...f32, ...f32, ...f32, ...f32] : [...f64, ...f64]));
      code.indexed(0x20, local);
      code.indexed(0x20, local);
      code.indexed(0x20, local);
      code.op(0xfd, kind === "F" ? 0x42 : 0x48, 0xfd, 0x52); // the lanes that are NaN, v128.bitselect
    }
    code.indexed(0x21, local);
    code.op(0x0b);
    code.indexed(0x20, local);
  }
}
