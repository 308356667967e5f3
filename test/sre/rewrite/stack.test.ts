// The stack metric: who checks, what is taken (SPEC rules S1 to S7). A frame is 64 + 8 for each slot.
import { describe, expect, test } from "vitest";
import { call } from "../support/meter.ts";

/** The least stack with which a call ends well. */
function least(source: string, name: string, args: readonly unknown[] = [], imports: WebAssembly.Imports = {}): number {
  let low = 0;
  let high = 2 ** 22;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (call(source, name, args, { stack: middle, imports }).end === "ok") high = middle;
    else low = middle + 1;
  }
  expect(call(source, name, args, { stack: low - 1, imports }).end).toBe("stack");
  return low;
}

test("without a cycle the host's call takes the worst chain at once (S6)", () => {
  const chain = `(module (func $leaf (param i64 i64) (local v128) (drop (i64.add (local.get 0) (local.get 1))))
    (func $wide (param i32) (result i32) (i32.add (i32.add (local.get 0) (i32.const 1)) (i32.const 2)))
    (func (export "f") (call $leaf (i64.const 1) (i64.const 2)) (drop (call $wide (i32.const 1)))))`;
  // f: two operands. leaf: 2 parameters, a v128, two operands; wide: one parameter, two operands.
  expect(least(chain, "f")).toBe(64 + 16 + 64 + 8 * 6);
});

test("unreachable code and its operands take nothing (S2)", () => {
  expect(least(`(module (func (export "f") (return) (i32.const 1) (i32.const 2) (drop) (drop)))`, "f")).toBe(64);
});

// The deepest level of each recursion here is of a late function that calls nothing: it takes nothing and looks at nothing.
describe("functions on a cycle check at their entries, or where they call (S5, S6, F14)", () => {
  const recursion = (extra: string) => `(module (func $leaf ${extra})
    (func $f (export "f") (param i32) (call $leaf)
      (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1)))))))`;

  test("each level takes its frame, and what it calls unchecked must have room besides", () => {
    const own = 64 + 8 * 3;
    expect(least(recursion(""), "f", [1])).toBe(own + 64);
    expect(least(recursion(""), "f", [9])).toBe(9 * own + 64);
    expect(least(recursion("(local i64 i64)"), "f", [9])).toBe(9 * own + 80);
    expect(call(recursion(""), "f", [0], { stack: 0 }).end).toBe("ok");
  });

  test("a function that is not late checks in each level", () => {
    const own = 64 + 8 * 3;
    const levels = (...calls: string[]) => least(recursion("").replace("(call $f (i32", calls.join("")), "f", [9]);
    expect(levels("(call $f (i32")).toBe(9 * own + 64);
    expect(levels("(loop) (call $f (i32")).toBe(10 * own + 64);
    // Two regions that call, none of them cold.
    expect(levels("(if (i32.eqz (local.get 0)) (then (call $f (i32.const 0)))) (call $f (i32")).toBe(10 * own + 64);
    // One of them ends by unreachable.
    const cold = "(if (i32.eqz (local.get 0)) (then (call $h (i32.const 0)) (unreachable))) (call $f (i32";
    const host = recursion("").replace("(module", `(module (import "e" "h" (func $h (param i32)))`);
    expect(least(host.replace("(call $f (i32", cold), "f", [9], { e: { h: () => {} } })).toBe(9 * own + 64);
    // What it calls unchecked needs much room: 4,096 bytes with its own frame, and 8 more.
    const operands = (slots: number) => "(i32.const 0)".repeat(slots) + "(drop)".repeat(slots);
    const most = (4096 - own - 64) / 8;
    expect(least(recursion(operands(most)), "f", [9])).toBe(8 * own + 4096);
    expect(least(recursion(operands(most + 1)), "f", [9])).toBe(9 * own + 4104);
  });

  test("what lies between two cycles takes its frame, too", () => {
    const source = `(module
      (func $f (export "f") (param i32)
        (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1)))) (else (call $between))))
      (func $between (local i64 i64 i64) (call $g (i32.const 4)))
      (func $g (param i32) (if (local.get 0) (then (call $g (i32.sub (local.get 0) (i32.const 1)))))))`;
    const own = 64 + 8 * 3;
    expect(least(source, "f", [9])).toBe(10 * own + (64 + 8 * 4) + 4 * own);
  });

  test("mutual recursion", () => {
    const source = `(module (func $a (export "f") (param i32) (if (local.get 0) (then (call $b (local.get 0)))))
      (func $b (param i32) (local i64) (call $a (i32.sub (local.get 0) (i32.const 1)))))`;
    expect(least(source, "f", [4])).toBe(4 * (64 + 16) + 4 * (64 + 8 * 4));
  });

  test("recursion through a table, and what an indirect call may reach", () => {
    const source = (big: string) => `(module (type $t (func (param i32))) (table 2 funcref) (elem (i32.const 0) $f $big)
      (func $f (export "f") (param i32)
        (if (local.get 0) (then (call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))))
      (func $big (param i32) ${big}))`;
    const frame = 64 + 8 * 3;
    // $big is no part of the cycle, yet any indirect call may be one of it.
    expect(least(source("(local i64 i64 i64 i64)"), "f", [3])).toBe(3 * frame + 64 + 8 * 5);
  });

  test("a call of the host may come back through any export", () => {
    const source = `(module (import "e" "h" (func $h (param i32))) (func (export "f") (param i32) (call $h (local.get 0))))`;
    const imports = { e: { h: () => {} } };
    expect(least(source, "f", [1], imports)).toBe(64 + 16);
  });
});

test("the metric is whole again for the next call of the host", () => {
  const source = `(module (func $f (export "f") (param i32) (if (local.get 0) (then (call $f (i32.const 0))))))`;
  const { exports } = call(source, "f", [1], { stack: 1000 });
  expect((exports[".stack"] as WebAssembly.Global<number>).value).toBe(1000);
});

test("past the metric nothing of the frame runs (S3, F13), and fuel is charged to there", () => {
  const source = `(module (global $g (export "g") (mut i32) (i32.const 0))
    (func $f (export "f") (global.set $g (i32.add (global.get $g) (i32.const 1))) (call $f)))`;
  const ended = call(source, "f", [], { stack: 800 });
  const frames = Math.floor(800 / (64 + 16));
  expect(ended.end).toBe("stack");
  expect((ended.exports["g"] as WebAssembly.Global<number>).value).toBe(frames);
  // Entry 1, global.get 1, add 1, global.set 1, call 5; the one that finds no room has paid its entry too.
  expect(ended.used).toBe(BigInt((frames + 1) * 9));
});

test("tail recursion goes on forever, also between checked functions and through tables (S7)", () => {
  const source = `(module (type $t (func (param i32) (result i32))) (table 1 funcref) (elem (i32.const 0) $c)
    (func $a (export "f") (param i32) (result i32)
      (if (i32.eqz (local.get 0)) (then (return (i32.const 5)))) (return_call $b (local.get 0)))
    (func $b (param i32) (result i32) (local i64 i64 i64) (return_call_indirect (type $t) (local.get 0) (i32.const 0)))
    (func $c (param i32) (result i32) (return_call $a (i32.sub (local.get 0) (i32.const 1)))))`;
  expect(call(source, "f", [200_000], { stack: 1000 })).toMatchObject({ end: "ok", value: 5 });
});

test("a chain of many functions needs no stack of the host's", () => {
  const count = 20_000;
  const chain = Array.from({ length: count }, (_, at) => `(func $f${at} (call $f${at + 1}))`).join("\n");
  const source = `(module ${chain} (func $f${count}) (func (export "f") (call $f0)))`;
  expect(call(source, "f", [], { stack: 64 * (count + 1) }).end).toBe("stack");
});
