// Where canonical NaNs are placed, in small functions: after which instruction and in which shape. A placement that is
// right but moves changes every rewritten module, so these are exact.
import { describe, expect, test } from "vitest";
import { SCRATCH } from "../../../sre/wasm/rewrite/locals.ts";
import { NAMES, readModule } from "../../../sre/wasm/rewrite/module/index.ts";
import { Cursor } from "../../../sre/wasm/rewrite/nan/cursor.ts";
import { nanPoints, type Placing } from "../../../sre/wasm/rewrite/nan/index.ts";
import { rewritten, trace } from "../support/nan-module.ts";
import { wat } from "../support/wat.ts";

const SHAPES = ["", "f32", "f64", "f32x4", "f64x2", "pin f32", "pin f64"];

/** The points of a function with this code, as "after which instruction: shape". */
function points(code: string, placing: Placing = "observed"): string[] {
  const bytes = wat(`(module (memory 1) (global $g (mut f64) (f64.const 0))
    (func $give (result f64) (f64.const 1)) (func $take (param f64)) (func (export "f") ${code}))`);
  const { module, tape } = readModule(bytes, new Set());
  const found = nanPoints(bytes, module, tape, placing);
  const names = new Map<number, string>();
  const cursor = new Cursor(bytes);
  for (const body of tape.bodies) {
    for (cursor.at = body.codeStart; cursor.at <= body.codeEnd; ) {
      const opcode = cursor.opcode();
      cursor.skip(opcode);
      names.set(cursor.at, NAMES[opcode]!);
    }
  }
  return [...found.offset].map((offset, at) => `${names.get(offset)}: ${SHAPES[found.shape[at]!]}`);
}

const F64 = "(param $p f64) (local $x f64) (local $y f64)";
const STORE = (value: string): string => `(f64.store (i32.const 0) ${value})`;

const CASES: readonly (readonly [what: string, code: string, points: readonly string[]])[] = [
  [
    "a chain of arithmetic ends in one point",
    `${F64} ${STORE("(f64.sqrt (f64.mul (local.get $p) (f64.add (local.get $p) (local.get $p))))")}`,
    ["f64.sqrt: f64"],
  ],
  [
    "comparisons and truncations look at no NaN",
    `${F64} (drop (i32.trunc_sat_f64_s (f64.add (local.get $p) (local.get $p)))) (if (f64.lt (f64.mul (local.get $p) (local.get $p)) (local.get $p)) (then))`,
    [],
  ],
  [
    "a sign is turned after the canonical NaN",
    `${F64} ${STORE("(f64.neg (f64.add (local.get $p) (local.get $p)))")}`,
    ["f64.add: f64"],
  ],
  [
    "a sign turned inside arithmetic is no question",
    `${F64} ${STORE("(f64.mul (f64.neg (f64.add (local.get $p) (local.get $p))) (local.get $p))")}`,
    ["f64.mul: f64"],
  ],
  [
    "a magnitude is canonical afterwards",
    `${F64} ${STORE("(f64.abs (f64.add (local.get $p) (local.get $p)))")}`,
    ["f64.abs: f64"],
  ],
  [
    "N6: the sign of a NaN counts in copysign, and its operand is pinned",
    `${F64} (drop (f64.copysign (local.get $p) (f64.add (local.get $p) (local.get $p))))`,
    ["f64.add: f64", "f64.add: pin f64"],
  ],
  [
    "a sum in a loop is made canonical behind it",
    `${F64} (loop $l (local.set $x (f64.add (local.get $x) (local.get $p))) (br_if $l (f64.lt (local.get $x) (f64.const 9)))) ${STORE("(local.get $x)")}`,
    ["local.get: f64"],
  ],
  [
    "a sum that begins with a parameter, at its operation",
    `${F64} (loop $l (local.set $p (f64.add (local.get $p) (f64.const 1))) (br_if $l (f64.lt (local.get $p) (f64.const 9)))) (if (f64.eq (local.get $p) (f64.const 1)) (then ${STORE("(local.get $p)")}))`,
    ["local.get: f64"],
  ],
  [
    "a parameter looked at and changed round a loop, where it is changed",
    `${F64} (loop $l ${STORE("(local.get $p)")} (local.set $p (f64.add (local.get $p) (f64.const 1))) (br_if $l (i32.const 0)))`,
    ["f64.add: f64"],
  ],
  [
    "a local that may hold a parameter, where it is written",
    `${F64} (if (f64.lt (local.get $p) (f64.const 0)) (then (local.set $p (f64.mul (local.get $p) (local.get $p))))) ${STORE("(local.get $p)")}`,
    ["f64.mul: f64"],
  ],
  [
    "such a local that nobody looks at, nowhere",
    `${F64} (if (f64.lt (local.get $p) (f64.const 0)) (then (local.set $p (f64.mul (local.get $p) (local.get $p))))) (drop (f64.gt (local.get $p) (f64.const 1)))`,
    [],
  ],
  [
    "a local looked at twice, where it is written",
    `${F64} (local.set $x (f64.add (local.get $p) (local.get $p))) ${STORE("(local.get $x)")} ${STORE("(local.get $x)")}`,
    ["f64.add: f64"],
  ],
  [
    "a select of two, once behind it",
    `${F64} ${STORE("(select (f64.add (local.get $p) (local.get $p)) (f64.const 1) (i32.const 0))")}`,
    ["select: f64"],
  ],
  [
    "N4: a select with a parameter, before it",
    `${F64} ${STORE("(select (f64.add (local.get $p) (local.get $p)) (local.get $p) (i32.const 0))")}`,
    ["f64.add: f64"],
  ],
  [
    "an if's result, behind its end",
    `${F64} ${STORE("(if (result f64) (i32.const 1) (then (f64.add (local.get $p) (local.get $p))) (else (f64.mul (local.get $p) (local.get $p))))")}`,
    ["end: f64"],
  ],
  [
    "an if without an else lets its parameter through: before they meet",
    `${F64} (local.get $p) (if (param f64) (result f64) (i32.const 1) (then (drop) (f64.add (local.get $p) (local.get $p)))) (local.set $x) (drop (f64.load (i32.const 0))) ${STORE("(local.get $x)")}`,
    ["f64.add: f64"],
  ],
  [
    "a block's parameter, before it",
    `${F64} (f64.add (local.get $p) (local.get $p)) (if (param f64) (i32.const 1) (then (drop)) (else (drop (i64.reinterpret_f64))))`,
    ["f64.add: f64"],
  ],
  [
    "a block's result by a branch",
    `${F64} ${STORE("(block $b (result f64) (f64.mul (br_if $b (f64.add (local.get $p) (local.get $p)) (i32.const 0)) (local.get $p)))")}`,
    ["end: f64"],
  ],
  [
    "a call's argument, a global",
    `${F64} (call $take (f64.add (local.get $p) (call $give))) (global.set $g (f64.mul (local.get $p) (local.get $p)))`,
    ["f64.add: f64", "f64.mul: f64"],
  ],
  ["a returned value", `(param f64) (result f64) (f64.add (local.get 0) (local.get 0))`, ["f64.add: f64"]],
  [
    "bits of an integer",
    `(param f64) (result i64) (i64.reinterpret_f64 (f64.add (local.get 0) (local.get 0)))`,
    ["f64.add: f64"],
  ],
  [
    "widths change in arithmetic",
    `(param f32) (f64.store (i32.const 0) (f64.promote_f32 (f32.mul (local.get 0) (local.get 0))))`,
    ["f64.promote_f32: f64"],
  ],
  ["converted integers are numbers", `(param i32) (f64.store (i32.const 0) (f64.convert_i32_s (local.get 0)))`, []],
  [
    "unreachable code has no points",
    `(param f64) (return) (f64.store (i32.const 0) (f64.add (local.get 0) (local.get 0)))`,
    [],
  ],
  [
    "lanes in their own shape",
    `(param v128) (v128.store (i32.const 0) (f32x4.add (f32x4.mul (local.get 0) (local.get 0)) (local.get 0)))`,
    ["f32x4.add: f32x4"],
  ],
  [
    "lanes read in another shape",
    `(param v128) (v128.store (i32.const 0) (f64x2.add (f32x4.mul (local.get 0) (local.get 0)) (local.get 0)))`,
    ["f32x4.mul: f32x4", "f64x2.add: f64x2"],
  ],
  [
    "one lane",
    `(param v128) (f32.store (i32.const 0) (f32x4.extract_lane 1 (f32x4.mul (local.get 0) (local.get 0))))`,
    ["f32x4.extract_lane: f32"],
  ],
  [
    "a scalar in all lanes",
    `(param f32) (param v128) (v128.store (i32.const 0) (f32x4.mul (f32x4.splat (f32.add (local.get 0) (local.get 0))) (local.get 1)))`,
    ["f32x4.mul: f32x4"],
  ],
  [
    "whole lanes shuffled",
    `(param v128) (v128.store (i32.const 0) (i8x16.shuffle 4 5 6 7 0 1 2 3 8 9 10 11 20 21 22 23 (f32x4.mul (local.get 0) (local.get 0)) (f32x4.sqrt (local.get 0))))`,
    ["i8x16.shuffle: f32x4"],
  ],
  [
    "bytes shuffled",
    `(param v128) (v128.store (i32.const 0) (i8x16.shuffle 3 2 1 0 0 0 0 0 0 0 0 0 0 0 0 0 (f32x4.mul (local.get 0) (local.get 0)) (local.get 0)))`,
    ["f32x4.mul: f32x4"],
  ],
  [
    "the lesser of lanes, with a parameter",
    `(param v128) (v128.store (i32.const 0) (f32x4.pmin (f32x4.mul (local.get 0) (local.get 0)) (local.get 0)))`,
    ["f32x4.mul: f32x4"],
  ],
  ["a mask", `(param v128) (result i32) (i32x4.bitmask (f32x4.mul (local.get 0) (local.get 0)))`, ["f32x4.mul: f32x4"]],
];

describe("N3: placement", () => {
  for (const [what, code, expected] of CASES) test(what, () => expect(points(code)).toEqual(expected));

  test("after every operation, when asked", () => {
    const code = `${F64} ${STORE("(f64.mul (local.get $p) (f64.add (local.get $p) (local.get $p)))")}`;
    expect(points(code, "every")).toEqual(["f64.add: f64", "f64.mul: f64"]);
  });

  test("a function whose locals would be too much work is done after every operation (N5)", () => {
    const count = 500;
    const locals = `(param $p f64) (local ${"f64 ".repeat(count)})`;
    const sets = Array.from(
      { length: count },
      (_, at) => `(local.set ${at + 1} (f64.mul (local.get $p) (local.get $p)))`,
    );
    const blocks = "(if (i32.const 0) (then))".repeat(8000);
    expect(points(`${locals} ${sets.join("")} ${blocks}`)).toHaveLength(count);
    expect(points(`${locals} ${sets.join("")}`)).toHaveLength(0);
  });

  test("scratch locals are asked for by type", () => {
    const bytes =
      wat(`(module (memory 1) (func) (func (param f32 v128) (f32.store (i32.const 0) (f32.sqrt (local.get 0)))
      (v128.store (i32.const 0) (f64x2.sqrt (local.get 1)))))`);
    const { module, tape } = readModule(bytes, new Set());
    expect([...nanPoints(bytes, module, tape).scratch]).toEqual([0, SCRATCH.f32 | SCRATCH.v128]);
  });
});

describe("N1: NaNs that engines and processors disagree on", () => {
  const LOCALS = ["f32", "f64"] as const;
  const run = (code: readonly number[], data: readonly number[] = []): Uint8Array => {
    const module = { types: [{ params: [], results: [] }], functions: [{ type: 0, locals: LOCALS, code }], data };
    return trace(rewritten(module, "observed", true), "f0").memory.slice(256, 264);
  };
  const zero = [0x44, 0, 0, 0, 0, 0, 0, 0, 0];
  const one = [0x44, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f];
  const at = [0x41, 0x80, 2];

  test("copysign(1, 0/0) is 1 everywhere; raw it is -1 on x64 and 1 on arm64", () => {
    const result = run([...at, ...one, ...zero, ...zero, 0xa3, 0xa6, 0x39, 0, 0]);
    expect([...result]).toEqual([0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
  });

  test("max of two NaNs with payloads is the canonical one; raw, three engines give three", () => {
    const payloads = [1, 0, 0, 0, 0, 0, 0xf8, 0xff, 2, 0, 0, 0, 0, 0, 0xf8, 0x7f];
    const result = run([...at, 0x41, 0, 0x2b, 0, 0, 0x41, 8, 0x2b, 0, 0, 0xa5, 0x39, 0, 0], payloads);
    expect([...result]).toEqual([0, 0, 0, 0, 0, 0, 0xf8, 0x7f]);
  });

  test("a NaN with a payload loses it in demote, and keeps it in a copy", () => {
    const payload = [5, 0, 0, 0x60, 0, 0, 0xf8, 0xff];
    expect([...run([...at, 0x41, 0, 0x2b, 0, 0, 0xb6, 0x38, 0, 0], payload)].slice(0, 4)).toEqual([0, 0, 0xc0, 0x7f]);
    expect([...run([...at, 0x41, 0, 0x2b, 0, 0, 0x22, 1, 0x39, 0, 0], payload)]).toEqual(payload);
  });
});
