// Modules that are as large, deep or wide as the caps let them be, or a little more: the rewriter takes them or refuses
// them by name. It must not run out of stack, for nothing in it recurses on what a guest chose (SPEC rule M4).
import { expect, test } from "vitest";
import { rewrite } from "../../sre/wasm/rewrite/index.ts";
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
  ["blocks in a row", () => module([times(500_000, [0x02, 0x40, 0x0b])])],
  ["blocks in dead code", () => module([join([[0x00], times(500_000, [0x02, 0x40, 0x0b])])])],
  ["float sums", () => module([join([[0x43, 0, 0, 0, 0], times(200_000, [0x43, 0, 0, 0, 0, 0x92]), [0x1a]])])],
  ["joins over many float locals", floats],
])("%s are taken", (_, make) => {
  const bytes = make();
  const result = rewrite(bytes, { refuseImport: () => null, keepExport: () => true });
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
  ["branches", () => module([times(1_000_000, [0x41, 0, 0x0d, 0])]), /bytes after rewriting|branches/],
])("too many %s are refused by name", (_, make, why) => {
  const result = rewrite(make(), { refuseImport: () => null, keepExport: () => true });
  expect(result).toMatchObject({ kind: "refused", refusal: { code: "limit", message: expect.stringMatching(why) } });
});
