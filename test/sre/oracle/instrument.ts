// The oracle: a module written anew so that it counts itself, as plainly as can be. Fuel counts up in a global; a
// second global counts every single instruction; the stack metric is a global that callers restore; every float
// result is made canonical on the spot. It shares only the price list with what it is held against.
import { BodyWriter } from "./body-writer.ts";
import { putAll, putName, putSized, putU } from "./bytes.ts";
import { Code, type Counter, GLOBALS, WHY } from "./code.ts";
import { type Known, know, referencesIn } from "./graph.ts";
import type { Letters } from "./instructions.ts";
import { type FunctionType, type Module, readModule, TYPE_BYTES } from "./module.ts";

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
      code.constant("i", own.needs);
      code.op(0x48); // i32.lt_s
      code.stopIf(WHY.stack);
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
