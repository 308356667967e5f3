// Modules that are as large, deep or wide as the caps let them be, or a little more: the rewriter takes them or refuses
// them by name. It must not run out of stack, for nothing in it recurses on what a guest chose (SPEC rule M4).
import { describe, expect, test } from "vitest";
import { REWRITE_LIMITS, rewrite } from "../../sre/wasm/rewrite/index.ts";
import { readModule } from "../../sre/wasm/rewrite/module/index.ts";
import { putU } from "./oracle/bytes.ts";

const u = (value: number): number[] => {
  const out: number[] = [];
  putU(out, value);
  return out;
};

function join(parts: readonly ArrayLike<number>[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

const times = (count: number, bytes: readonly number[]): Uint8Array => join(Array.from({ length: count }, () => bytes));
const sized = (bytes: ArrayLike<number>): Uint8Array => join([u(bytes.length), bytes]);
const list = (items: readonly ArrayLike<number>[]): Uint8Array => join([u(items.length), ...items]);
const section = (id: number, items: readonly ArrayLike<number>[]): Uint8Array => join([[id], sized(list(items))]);

/** A module of functions without parameters and results; `locals` are groups of locals of every function. */
function module(codes: readonly ArrayLike<number>[], locals: readonly number[] = [0]): Uint8Array {
  const types = section(1, [[0x60, 0, 0]]);
  const declared = section(
    3,
    codes.map(() => [0]),
  );
  const bodies = codes.map((code) => sized(join([locals, code, [0x0b]])));
  return join([[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0], types, declared, section(10, bodies)]);
}

const nested = (depth: number, open: readonly number[], close: readonly number[], middle: ArrayLike<number> = []) =>
  module([join([times(depth, open), middle, times(depth, close)])]);
const chain = (count: number, next: (index: number) => number | null) =>
  module(
    Array.from({ length: count }, (_, index) => {
      const callee = next(index);
      return callee === null ? [] : [0x10, ...u(callee)];
    }),
  );

/** A module of one empty function whose passive element segments, `count` each, all name it. */
function filled(segments: number, count: number): Uint8Array {
  const whole = module([[]]);
  const code = whole.lastIndexOf(10);
  const segment = join([[1, 0], u(count), new Uint8Array(count)]);
  return join([whole.subarray(0, code), section(9, new Array(segments).fill(segment)), whole.subarray(code)]);
}
/** A module with a global that is a sum of so many ones. */
const sum = (terms: number): Uint8Array =>
  join([
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(6, [join([[0x7f, 0, 0x41, 0], times(terms, [0x41, 1, 0x6a]), [0x0b]])]),
  ]);

/** An instruction of one byte that is no place, to fill up sizes. */
const NOP = 0x01;
const options = { refuseImport: () => null, keepExport: () => true };

/** Asserts that a module is taken, and refused for `why` with one more. */
function atTheCap(make: (more: number) => Uint8Array, why: RegExp): void {
  const read = (more: number) => () => readModule(make(more), new Set());
  expect(read(0)).not.toThrow();
  expect(read(1)).toThrow(why);
}

describe("caps that are counted on the source are met to the unit (M4, M10)", () => {
  const { bodySize, moduleSize, places, states, statesPerByte } = REWRITE_LIMITS;

  test("the size of a body", () => {
    // 192, the group of locals, the end and its 31; then nops.
    const size = (nops: number) => 192 + 1 + nops + 1 + 31;
    const nops = bodySize - size(0);
    atTheCap((more) => module([new Uint8Array(nops + more).fill(NOP)]), /size of up to 7000001 bytes.*at most 7000000/);
  });

  test("the size of a module", () => {
    // A function of 500 parameters that is exported many times, and a custom section of some bytes.
    const wide = 500;
    const type = join([[0x60], u(wide), new Uint8Array(wide).fill(0x7f), [0]]);
    const entries = (count: number) =>
      Array.from({ length: count }, (_, at) => [5, ...new TextEncoder().encode(String(10_000 + at)), 0, 0]);
    const whole = (exports: number, padding: number) =>
      join([
        [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
        ...[section(1, [type]), section(3, [[0]]), section(7, entries(exports)), section(10, [[2, 0, 0x0b]])],
        ...[[0], sized(join([[0], new Uint8Array(padding)]))],
      ]);
    const most = Math.floor(moduleSize / (128 + 32 * wide)) - 20;
    const padding = 100_000 + moduleSize - readModule(whole(most, 100_000), new Set()).size;
    atTheCap((more) => whole(most, padding + more), /size of up to 134217729 bytes once metered; at most 134217728/);
  });

  test("places", () => {
    const body = (count: number) => join([times(count / 2, [0x20, 0, 0x21, 0])]);
    const full = body(1_000_000 - 2);
    // Each of the bodies has its end, too.
    const bodies = new Array(places / 1_000_000).fill(join([full, [0x20, 0, 0x1a]]));
    atTheCap((more) => module([...bodies, ...(more > 0 ? [[]] : [])], [1, 1, 0x7f]), /more than 8000000 places/);
  });

  test("states", () => {
    const wide = 10_000;
    const make = (branches: number) => module([times(branches, [0x41, 0, 0x0d, 0])], [1, ...u(wide), 0x7f]);
    const allowed = (bytes: number) => states + statesPerByte * bytes;
    let branches = 900;
    while ((branches + 2) * (wide + 1) <= allowed(make(branches + 1).length)) branches++;
    atTheCap((more) => make(branches + more), /too many branches and calls over too many locals/);
  });
});

const DEEP = 19_990;
const MANY = 150_000;
const floats = (): Uint8Array => {
  const each = Array.from({ length: 2_000 }, (_, at) => {
    const [one, two] = [u(at), u((at + 1) % 2_000)];
    return [0x20, ...one, 0x20, ...two, 0x92, 0x21, ...one, 0x41, 0, 0x04, 0x40, 0x0b];
  });
  return module([join(each)], [1, ...u(2_000), 0x7d]);
};
const everyLabel = () => join(Array.from({ length: DEEP }, (_, depth) => [0x41, 1, 0x0d, ...u(depth)]));

test.each<[what: string, make: () => Uint8Array]>([
  ["blocks in blocks, branches from the middle to all", () => nested(DEEP, [0x02, 0x40], [0x0b], everyLabel())],
  ["loops in loops", () => nested(DEEP, [0x03, 0x40], [0x0b])],
  ["ifs in ifs", () => nested(DEEP, [0x41, 1, 0x04, 0x40], [0x05, 0x0b])],
  ["try_tables in try_tables", () => nested(DEEP, [0x1f, 0x40, 1, 2, 0], [0x0b])],
  ["functions that call in a chain", () => chain(MANY, (index) => (index + 1 < MANY ? index + 1 : null))],
  ["functions that call in a ring", () => chain(MANY, (index) => (index + 1) % MANY)],
  ["elements", () => filled(3, 300_000)],
  ["sums in globals", () => sum(400_000)],
  ["constants", () => module([times(500_000, [0x41, 0, 0x1a])])],
  ["blocks in a row", () => module([times(200_000, [0x02, 0x40, 0x0b])])],
  ["blocks in dead code", () => module([join([[0x00], times(500_000, [0x02, 0x40, 0x0b])])])],
  ["float sums", () => module([join([[0x43, 0, 0, 0, 0], times(200_000, [0x43, 0, 0, 0, 0, 0x92]), [0x1a]])])],
  ["joins over many float locals", floats],
])("%s are taken", (_, make) => {
  const bytes = make();
  const result = rewrite(bytes, options);
  expect(result.kind).toBe("rewritten");
  if (result.kind === "rewritten") expect(WebAssembly.validate(result.module.bytes)).toBe(true);
});

test.each<[what: string, make: () => Uint8Array, why: RegExp]>([
  ["blocks", () => nested(30_000, [0x02, 0x40], [0x0b]), /nest/],
  ["operands", () => module([join([times(200_000, [0x41, 0]), times(200_000, [0x1a])])]), /operands/],
  ["catches", () => module([join([[0x1f, 0x40], u(50_000), times(50_000, [2, 0]), [0x0b]])]), /catch clauses/],
  ["functions", () => chain(250_000, () => null), /functions/],
  ["targets", () => module([join([[0x41, 0, 0x0e], u(20_000), times(20_001, [0])])]), /branch targets/],
  ["elements", () => filled(3, 400_000), /elements and instructions/],
  ["constants", () => sum(600_000), /elements and instructions/],
  ["branches", () => module([times(1_000_000, [0x41, 0, 0x0d, 0])]), /size of up to 27000225 bytes once metered/],
])("too many %s are refused by name", (_, make, why) => {
  const result = rewrite(make(), options);
  expect(result).toMatchObject({ kind: "refused", refusal: { code: "limit", message: expect.stringMatching(why) } });
});
