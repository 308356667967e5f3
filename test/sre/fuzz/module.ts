// A random module from a seed: the plan's sections around random bodies. The same seed gives the same bytes.
import { random } from "../../support/state-tree.ts";
import { putAll, putName, putS, putSized, putU } from "../oracle/bytes.ts";
import type { Letters } from "../oracle/instructions.ts";
import { TYPE_BYTES } from "../oracle/module.ts";
import { drawBody } from "./body.ts";
import { slotsOfTable } from "./calls.ts";
import { floatBits, integer } from "./operations.ts";
import { chance, drawPlan, type Options, type Plan, type PlannedTable, pick } from "./plan.ts";
import type { Entry, Subject } from "./twins.ts";

/** Names that the rewriter's own might be taken for. */
const NAMES = ["fuel", "stack", "end", "pages", "start", ".fuel", "$fuel", "memory", "", "_"];

/** Draws the module of a seed. */
export function drawModule(seed: number, options: Options): Subject {
  const plan = drawPlan(random(seed), options);
  return new Assembly(plan).run();
}

class Assembly {
  private readonly plan: Plan;
  private readonly types: string[] = [];

  constructor(plan: Plan) {
    this.plan = plan;
  }

  private type(params: Letters, results: Letters): number {
    const key = `${params}>${results}`;
    const found = this.types.indexOf(key);
    return found >= 0 ? found : this.types.push(key) - 1;
  }

  run(): Subject {
    const { plan } = this;
    const functionTypes = plan.functions.map(({ params, results }) => this.type(params, results));
    const importTypes = plan.imports.map(({ params, results }) => this.type(params, results));
    const tagTypes = plan.tags.map((params) => this.type(params, ""));
    const bodies = plan.functions.map((_, index) =>
      drawBody(plan, index, (params, results) => this.type(params, results)),
    );
    const out: number[] = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
    const section = (id: number, items: readonly ArrayLike<number>[]) => {
      if (items.length === 0 && chance(plan.next, 90)) return;
      const inner: number[] = [];
      putU(inner, items.length);
      for (const item of items) putAll(inner, item);
      out.push(id);
      putSized(out, inner);
    };
    const exported = this.exports();
    section(1, this.types.map(encodeType));
    section(2, this.imports(importTypes));
    section(3, functionTypes.map(encodeU));
    const own = <T extends { readonly imported: boolean }>(all: readonly T[]) =>
      all.filter(({ imported }) => !imported);
    section(4, own(plan.tables).map(encodeTable));
    section(
      5,
      own(plan.memories).map(({ min, max, wide }) => limits(min, max, wide)),
    );
    if (plan.exceptions)
      section(
        13,
        tagTypes.map((type) => [0, ...encodeU(type)]),
      );
    section(
      6,
      plan.globals.map((global, index) => this.global(global, index)),
    );
    section(7, exported.items);
    const start = plan.functions.findIndex(({ params, results }) => params === "" && results === "");
    if (plan.start && start >= 0) {
      out.push(8);
      putSized(out, encodeU(plan.imports.length + start));
    }
    section(9, this.segments());
    if (plan.dataSizes.length > 0) {
      out.push(12);
      putSized(out, encodeU(plan.dataSizes.length));
    }
    section(10, bodies.map(sized));
    section(
      11,
      plan.dataSizes.map((size) => this.data(size)),
    );
    const imports = plan.imports.map((one) => ({ module: "host", ...one }));
    const given = {
      memory: plan.memories.find(({ imported }) => imported),
      table: plan.tables.find(({ imported }) => imported),
    };
    return {
      given: { memory: given.memory ?? null, table: given.table ?? null },
      bytes: Uint8Array.from(out),
      imports,
      ...exported.drawn,
    };
  }

  private imports(types: readonly number[]): number[][] {
    const { tables, memories } = this.plan;
    const functions = this.plan.imports.map(({ name }, index) => [
      ...named("host"),
      ...named(name),
      0,
      ...encodeU(types[index]!),
    ]);
    const table = tables
      .filter(({ imported }) => imported)
      .map((one) => [...named("host"), ...named("table"), 1, ...encodeTable(one)]);
    const memory = memories
      .filter(({ imported }) => imported)
      .map(({ min, max, wide }) => [...named("host"), ...named("memory"), 2, ...limits(min, max, wide)]);
    return [...functions, ...table, ...memory];
  }

  private exports() {
    const { plan } = this;
    const items: number[][] = [];
    const used = new Set<string>();
    const add = (wanted: string, kind: number, index: number): string => {
      const odd = pick(plan.next, NAMES);
      const name = chance(plan.next, 8) && !used.has(odd) ? odd : wanted;
      used.add(name);
      items.push([...named(name), kind, ...encodeU(index)]);
      return name;
    };
    const entries: Entry[] = [];
    plan.functions.forEach(({ exported, params, results }, index) => {
      if (exported) entries.push({ name: add(`f${index}`, 0, plan.imports.length + index), params, results });
    });
    const globals: string[] = [];
    plan.globals.forEach(({ type, mutable }, index) => {
      if (mutable && "il".includes(type) && chance(plan.next, 80)) globals.push(add(`g${index}`, 3, index));
    });
    const memories = plan.memories.map((_, index) => add(`m${index}`, 2, index));
    return { items, drawn: { entries, globals, memories } };
  }

  private global({ type, mutable }: Plan["globals"][number], index: number): number[] {
    const { next, imports, functions } = this.plan;
    const out = [TYPE_BYTES[type]!, mutable ? 1 : 0];
    const whole = (opcode: number, value: bigint) => {
      out.push(opcode);
      putS(out, value);
    };
    if (index === 0) whole(0x41, 12n);
    else if (type === "i" || type === "l") {
      whole(type === "i" ? 0x41 : 0x42, integer(next, type === "i" ? 32 : 64));
      if (chance(next, 20)) {
        whole(type === "i" ? 0x41 : 0x42, integer(next, type === "i" ? 32 : 64));
        out.push(pick(next, type === "i" ? [0x6a, 0x6b, 0x6c] : [0x7c, 0x7d, 0x7e]));
      }
    } else if (type === "f" || type === "d") {
      const bits = floatBits(next, type === "f" ? 32 : 64);
      out.push(type === "f" ? 0x43 : 0x44);
      for (let at = 0; at < (type === "f" ? 4 : 8); at++) out.push(Number((bits >> BigInt(8 * at)) & 255n));
    } else if (type === "v") out.push(0xfd, 0x0c, ...Array.from({ length: 16 }, () => next(256)));
    else if (type === "c" && chance(next, 50)) out.push(0xd2, ...encodeU(next(imports.length + functions.length)));
    else out.push(0xd0, TYPE_BYTES[type]!);
    return [...out, 0x0b];
  }

  /** Table 0's contents, a passive segment, and the declaration of everything that `ref.func` may name. */
  private segments(): number[][] {
    const { plan } = this;
    const slots = slotsOfTable(plan).map(({ index }) => index);
    const all = plan.functions.flatMap(({ inTable }, index) => (inTable ? [plan.imports.length + index] : []));
    const declared = [...all, ...plan.imports.map((_, index) => index)];
    const list = (indices: readonly number[]) => [...encodeU(indices.length), ...indices.flatMap(encodeU)];
    const asExpressions = (indices: readonly number[]) => [
      ...encodeU(indices.length + 1),
      ...indices.flatMap((index) => [0xd2, ...encodeU(index), 0x0b]),
      ...[0xd0, 0x70, 0x0b],
    ];
    const offset = plan.tables[0]!.wide ? 0x42 : 0x41;
    const active = chance(plan.next, 70)
      ? [0, offset, 0, 0x0b, ...list(slots)]
      : [6, 0, offset, 0, 0x0b, 0x70, ...encodeU(slots.length), ...slots.flatMap((at) => [0xd2, ...encodeU(at), 0x0b])];
    const passive = chance(plan.next, 60) ? [1, 0, ...list(slots)] : [5, 0x70, ...asExpressions(slots)];
    return [active, passive, [3, 0, ...list(declared)]];
  }

  private data(size: number): number[] {
    const { next, memories } = this.plan;
    const bytes = Array.from({ length: size }, () => next(256));
    if (chance(next, 40)) return [1, ...encodeU(size), ...bytes];
    const at = [memories[0]!.wide ? 0x42 : 0x41];
    putS(at, next(1000));
    return [0, ...at, 0x0b, ...encodeU(size), ...bytes];
  }
}

const encodeU = (value: number): number[] => {
  const out: number[] = [];
  putU(out, value);
  return out;
};
const sized = (bytes: readonly number[]): number[] => {
  const out: number[] = [];
  putSized(out, bytes);
  return out;
};
const named = (name: string): number[] => {
  const out: number[] = [];
  putName(out, name);
  return out;
};
const encodeTable = ({ type, min, max, wide }: PlannedTable): number[] => [
  TYPE_BYTES[type]!,
  ...limits(min, max, wide),
];
const limits = (min: number, max: number | null, wide: boolean): number[] => [
  (wide ? 4 : 0) | (max === null ? 0 : 1),
  ...encodeU(min),
  ...(max === null ? [] : encodeU(Math.max(min, max))),
];

function encodeType(key: string): number[] {
  const [params, results] = key.split(">") as [string, string];
  const part = (letters: string) => [letters.length, ...[...letters].map((type) => TYPE_BYTES[type]!)];
  return [0x60, ...part(params), ...part(results)];
}
