// The oracle: a module written anew so that it counts itself, as plainly as can be. Fuel counts up in a global; a
// second global counts every single instruction; the stack metric is a global that callers restore; every float
// result is made canonical on the spot. It shares only the price list with what it is held against.
import { ELEMENT_COST, LOOP_COST, PAGE_COST } from "../../../sre/wasm/rewrite/cost.ts";
import { REWRITE_LIMITS } from "../../../sre/wasm/rewrite/limits.ts";
import { costOf, type Region, type Step } from "./body.ts";
import { putAll, putName, putS, putSized, putU } from "./bytes.ts";
import { charge, type Known, know, referencesIn } from "./graph.ts";
import { FC, FD, instruction, type Letters } from "./instructions.ts";
import { type FunctionType, type Module, readModule, TYPE_BYTES } from "./module.ts";

/** Why an instrumented guest stopped itself, in its global `why`; 0 is a trap of its own or none. */
export const WHY = { fuel: 1, stack: 2, host: 3, growth: 4 } as const;

/**
 * The exported globals, in order. i64: fuel used, as of the last sync point, by the naive count, and the limit.
 * `throws` counts exceptions. `loose` is set by a NaN or by a growth that was refused: then a module as it was drawn may do something else.
 */
const GLOBALS = [
  ["used", "l"],
  ["synced", "l"],
  ["naive", "l"],
  ["limit", "l"],
  ["stack", "i"],
  ["why", "i"],
  ["end", "i"],
  ["loose", "i"],
  ["pages", "i"],
  ["throws", "l"],
] as const;
type Counter = (typeof GLOBALS)[number][0];

/** The instrumented module, and what the oracle found. */
export interface Instrumented {
  readonly bytes: Uint8Array;
  readonly module: Module;
  readonly known: readonly Known[];
}

/** Floats and vectors as integers: what crosses to the host. */
export const crossing = (types: Letters): Letters =>
  types.replaceAll("f", "i").replaceAll("d", "l").replaceAll("v", "ll");

/** Writes a valid module anew so that it counts itself. Guest exports are called `.NAME`, the globals by their names. */
export function instrument(bytes: Uint8Array): Instrumented {
  const module = readModule(bytes);
  const known = know(module);
  return { bytes: new Assembler(module, known).run(), module, known };
}

class Assembler {
  private readonly module: Module;
  private readonly known: readonly Known[];
  private readonly types: FunctionType[];
  private readonly added: { type: number; body: number[] }[] = [];
  private readonly imports: number;

  constructor(module: Module, known: readonly Known[]) {
    this.module = module;
    this.known = known;
    this.types = [...module.types];
    this.imports = module.imports.length;
  }

  private typeIndex(params: Letters, results: Letters): number {
    const found = this.types.findIndex((type) => type.params === params && type.results === results);
    return found >= 0 ? found : this.types.push({ params, results }) - 1;
  }

  private global(counter: Counter): number {
    return this.module.globals.length + GLOBALS.findIndex(([name]) => name === counter);
  }

  /** Imports are only ever called through their wrapper, which is the first of the added functions. */
  private target(index: number): number {
    return index < this.imports ? this.module.functions.length + index : index;
  }

  run(): Uint8Array {
    const { module } = this;
    const importTypes = module.imports.map(({ type }) => {
      const { params, results } = this.types[type]!;
      return this.typeIndex(crossing(params), crossing(results));
    });
    module.imports.forEach(({ type }, index) => {
      this.added.push({ type, body: this.importWrapper(index, this.types[type]!) });
    });
    const entries = this.exportWrappers();
    const bodies = module.code.map((_, index) => new BodyWriter(this.context(), index).run());
    const out: number[] = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
    const section = (id: number, items: readonly ArrayLike<number>[], count = items.length) => {
      if (count === 0) return;
      const inner: number[] = [];
      putU(inner, count);
      for (const item of items) putAll(inner, item);
      out.push(id);
      putSized(out, inner);
    };
    section(1, this.types.map(encodeType));
    section(
      2,
      module.imports.map(({ module: from, name }, index) => encodeImport(from, name, importTypes[index]!)),
    );
    const own = [...module.functions.slice(this.imports), ...this.added.map(({ type }) => type)];
    section(3, own.map(encodeU));
    section(
      4,
      module.tables.map(({ raw }) => raw),
    );
    section(
      5,
      module.memories.map(({ wide, min, max }) => encodeLimits(wide, min, max)),
    );
    section(
      13,
      module.tags.map((type) => [0, ...encodeU(type)]),
    );
    section(6, [
      ...module.globals.map((global) => this.encodeGlobal(global)),
      ...GLOBALS.map(([, type]) => zero(type)),
    ]);
    section(7, entries);
    section(9, [...module.segments.map((segment) => this.encodeSegment(segment)), this.declared()]);
    if (module.dataCount !== null) out.push(12, encodeU(module.dataCount).length, ...encodeU(module.dataCount));
    section(10, [...bodies, ...this.added.map(({ body }) => body)].map(sized));
    if (module.data !== null) {
      out.push(11);
      putSized(out, module.data);
    }
    return Uint8Array.from(out);
  }

  private context() {
    return {
      module: this.module,
      known: this.known,
      target: (index: number) => this.target(index),
      global: (counter: Counter) => this.global(counter),
    };
  }

  private exportWrappers(): number[][] {
    const entries: number[][] = [];
    const entry = (name: string, kind: number, index: number) => {
      const out: number[] = [];
      putName(out, name);
      out.push(kind);
      putU(out, index);
      entries.push(out);
    };
    for (const { name, kind, index } of this.module.exports) {
      entry(`.${name}`, kind, kind === 0 ? this.wrapped(index) : index);
    }
    if (this.module.start !== null) entry("start", 0, this.wrapped(this.module.start));
    if (this.module.memories.length > 0) entry("memory", 2, 0);
    for (const [name] of GLOBALS) entry(name, 3, this.global(name));
    return entries;
  }

  private wrapped(index: number): number {
    const { params, results } = this.types[this.module.functions[index]!]!;
    const type = this.typeIndex(crossing(params), crossing(results));
    this.added.push({ type, body: this.exportWrapper(index, params, results) });
    return this.module.functions.length + this.added.length - 1;
  }

  /** Takes the stack of an unchecked function, turns integers into what the guest wants, calls, turns back. */
  private exportWrapper(index: number, params: Letters, results: Letters): number[] {
    const body: number[] = [];
    putU(body, results.length + 1);
    for (const type of `${results}i`) body.push(1, TYPE_BYTES[type]!);
    const code = new Code(body, (counter) => this.global(counter));
    const before = crossing(params).length + results.length;
    code.get("stack");
    code.indexed(0x21, before);
    const own = this.known[index - this.imports];
    if (own !== undefined && !own.onCycle) {
      code.get("stack");
      code.constant("i", own.takes);
      code.op(0x48); // i32.lt_s
      code.stopIf(WHY.stack);
      code.get("stack");
      code.constant("i", own.takes);
      code.op(0x6b); // i32.sub
      code.set("stack");
    }
    let at = 0;
    for (const type of params) at = code.inward(type, at);
    code.indexed(0x10, this.target(index));
    const first = crossing(params).length;
    for (let result = results.length - 1; result >= 0; result--) code.indexed(0x21, first + result);
    code.indexed(0x20, before);
    code.set("stack");
    [...results].forEach((type, result) => {
      code.outward(type, first + result);
    });
    code.op(0x0b);
    return body;
  }

  /** Notes the fuel, turns floats into integers, calls the host, turns back, stops if the host ended the guest. */
  private importWrapper(index: number, { params, results }: FunctionType): number[] {
    const body: number[] = [];
    const back = crossing(results);
    putU(body, back.length);
    for (const type of back) body.push(1, TYPE_BYTES[type]!);
    const code = new Code(body, (counter) => this.global(counter));
    code.sync();
    [...params].forEach((type, param) => {
      code.outward(type, param);
    });
    code.indexed(0x10, index);
    for (let result = back.length - 1; result >= 0; result--) code.indexed(0x21, params.length + result);
    code.get("end");
    code.stopIf(WHY.host);
    let at = params.length;
    for (const type of results) at = code.inward(type, at);
    code.op(0x0b);
    return body;
  }

  private encodeGlobal({ type, mutable, init }: Module["globals"][number]): number[] {
    return [TYPE_BYTES[type]!, mutable ? 1 : 0, ...this.expression(init)];
  }

  /** A constant expression with imports' wrappers in place of imports; ours is at most one `ref.func`. */
  private expression(init: Uint8Array): ArrayLike<number> & Iterable<number> {
    const [target] = referencesIn(init);
    return target === undefined ? init : [0xd2, ...encodeU(this.target(target)), 0x0b];
  }

  private encodeSegment({ head, functions, expressions }: Module["segments"][number]): number[] {
    const out: number[] = [];
    putAll(out, head);
    putU(out, functions?.length ?? expressions.length);
    for (const target of functions ?? []) putU(out, this.target(target));
    for (const expression of expressions) putAll(out, this.expression(expression));
    return out;
  }

  /** Declares every function, for the exports that did are wrappers now. */
  private declared(): number[] {
    const out = [3, 0];
    putU(out, this.module.functions.length);
    this.module.functions.forEach((_, index) => {
      putU(out, this.target(index));
    });
    return out;
  }
}

const encodeU = (value: number): number[] => {
  const out: number[] = [];
  putU(out, value);
  return out;
};
const sized = (body: ArrayLike<number>): number[] => {
  const out: number[] = [];
  putSized(out, body);
  return out;
};
const typeBytes = (types: Letters): number[] => [
  ...encodeU(types.length),
  ...[...types].map((type) => TYPE_BYTES[type]!),
];
const encodeType = ({ params, results }: FunctionType): number[] => [0x60, ...typeBytes(params), ...typeBytes(results)];
const zero = (type: string): number[] => [TYPE_BYTES[type]!, 1, type === "l" ? 0x42 : 0x41, 0, 0x0b];

function encodeLimits(wide: boolean, min: bigint, max: bigint | null): number[] {
  const out = [(wide ? 4 : 0) | (max === null ? 0 : 1)];
  putU(out, min);
  if (max !== null) putU(out, max);
  return out;
}

function encodeImport(from: string, name: string, type: number): number[] {
  const out: number[] = [];
  putName(out, from);
  putName(out, name);
  out.push(0);
  putU(out, type);
  return out;
}

/** Writes the short sequences that instrumenting needs. */
class Code {
  readonly out: number[];
  private readonly global: (counter: Counter) => number;

  constructor(out: number[], global: (counter: Counter) => number) {
    this.out = out;
    this.global = global;
  }

  op(...bytes: number[]): void {
    this.out.push(...bytes);
  }

  indexed(opcode: number, index: number): void {
    this.out.push(opcode);
    putU(this.out, index);
  }

  constant(type: "i" | "l", value: number | bigint): void {
    this.out.push(type === "i" ? 0x41 : 0x42);
    putS(this.out, value);
  }

  get(counter: Counter): void {
    this.indexed(0x23, this.global(counter));
  }

  set(counter: Counter): void {
    this.indexed(0x24, this.global(counter));
  }

  add(counter: "used" | "naive" | "throws", amount: number): void {
    if (amount === 0) return;
    this.get(counter);
    this.constant("l", amount);
    this.op(0x7c);
    this.set(counter);
  }

  sync(): void {
    this.get("used");
    this.set("synced");
  }

  stopIf(why: number): void {
    this.op(0x04, 0x40);
    this.constant("i", why);
    this.set("why");
    this.op(0x00, 0x0b);
  }

  /** A check point: the fuel is noted, and the guest stops if it has used too much. */
  check(): void {
    this.sync();
    this.get("used");
    this.get("limit");
    this.op(0x55); // i64.gt_s
    this.stopIf(WHY.fuel);
  }

  /** Puts local `at`, or two of them, on the stack as a guest's value; gives the next local. */
  inward(type: string, at: number): number {
    this.indexed(0x20, at);
    if (type === "f") this.op(0xbe);
    if (type === "d") this.op(0xbf);
    if (type !== "v") return at + 1;
    this.op(0xfd, 0x12); // i64x2.splat
    this.indexed(0x20, at + 1);
    this.op(0xfd, 0x1e, 1); // i64x2.replace_lane
    return at + 2;
  }

  /** Puts a local of the guest's on the stack as integers. */
  outward(type: string, local: number): void {
    this.indexed(0x20, local);
    if (type === "f") this.op(0xbc);
    if (type === "d") this.op(0xbd);
    if (type !== "v") return;
    this.op(0xfd, 0x1d, 0);
    this.indexed(0x20, local);
    this.op(0xfd, 0x1d, 1);
  }
}

interface Context {
  readonly module: Module;
  readonly known: readonly Known[];
  readonly target: (index: number) => number;
  readonly global: (counter: Counter) => number;
}

const SCRATCH = "iiilfdvce";
const LOCAL = { before: 0, mine: 1, i: 2, l: 3, f: 4, d: 5, v: 6, c: 7, e: 8 } as const;

class BodyWriter {
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
    if (own.onCycle) {
      code.constant("i", own.takes);
      code.op(0x6b); // i32.sub
    }
    code.indexed(0x22, this.local("mine"));
    code.set("stack");
    if (own.checks) code.check();
    if (!own.onCycle) return;
    code.get("stack");
    code.constant("i", 0);
    code.op(0x48); // i32.lt_s
    code.stopIf(WHY.stack);
  }

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
      if (type === "i") code.op(0xad); // i64.extend_i32_u
      if (bytes) {
        code.constant("l", 3);
        code.op(0x88); // i64.shr_u
      }
      code.op(0x7c);
      code.set(counter);
    }
    code.check();
    code.indexed(0x20, local);
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
