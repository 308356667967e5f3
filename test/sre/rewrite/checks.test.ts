// Check points that leave their look at the counter to the ones behind them, and those that must not (SPEC rule F11: the
// answer is the same, so all that shows is the bytes).
import { describe, expect, test } from "vitest";
import { call as callMetered, rewritten } from "../support/meter.ts";

const FUNCTIONS = `(import "e" "h" (func $h)) (memory 1) (table 1 funcref) (type $t (func))
  (func $checks (call $far)) (func $far (loop (br_if 0 (i32.const 0))) (call $far))
  (func $late (param i32) (if (local.get 0) (then (call $far))))
  (func $leaf (loop (br_if 0 (i32.load (i32.const 0))))) (func $flat)
  (global $g (mut i32) (i32.const 0))`;

/** Looks at the counter in a function beside those of a module with no such function: `i64.const 0 i64.lt_s if`. */
function looks(body: string): number {
  const count = (source: string) => Buffer.from(rewritten(source)).toString("hex").split("42005304").length;
  return count(`(module ${FUNCTIONS} (func $f (param i32) ${body}))`) - count(`(module ${FUNCTIONS})`);
}
const loop = (body: string) => looks(`(loop $l ${body})`);

describe("a loop's header leaves its look out", () => {
  test.each([
    ["a function that looks itself is called on all ways", "(call $checks)"],
    [
      "it is called in both arms",
      "(if (local.get 0) (then (call $checks)) (else (local.set 0 (i32.const 1)) (call $checks)))",
    ],
    ["it is called behind both arms", "(if (local.get 0) (then (local.set 0 (i32.const 1)))) (call $checks)"],
    [
      "branches lead to the call, too",
      "(block (br_if 0 (local.get 0)) (br 0)) (call $checks) (br_if $l (local.get 0))",
    ],
    ["the other way ends by unreachable", "(if (local.get 0) (then (unreachable))) (call $checks)"],
    ["a tail call comes", "(return_call $checks)"],
  ])("%s", (_, body) => {
    expect(loop(body)).toBe(0);
  });

  test("a bulk operation looks before it acts", () => {
    expect(loop("(memory.fill (i32.const 0) (i32.const 0) (i32.const 0))")).toBe(1);
  });

  test("a loop comes first", () => {
    expect(loop("(loop (br_if 0 (i32.load (i32.const 0)))) (br_if $l (local.get 0))")).toBe(1);
    expect(
      loop("(loop (loop (br_if 0 (i32.load (i32.const 0))) (br_if 1 (local.get 0))) (br_if $l (local.get 0)))"),
    ).toBe(1);
  });
});

describe("a loop's header looks", () => {
  test.each([
    ["something may trap before the call", "(drop (i32.load (i32.const 0))) (call $checks)"],
    ["so it may by its operands", "(if (i32.div_u (i32.const 1) (local.get 0)) (then (nop))) (call $checks)"],
    ["a global is written", "(global.set $g (i32.const 1)) (call $checks)"],
    ["one arm has no call", "(if (local.get 0) (then (call $checks)))"],
    ["the host is called first", "(call $h) (call $checks)"],
    ["one arm of two has no call", "(if (local.get 0) (then (local.set 0 (i32.const 1))) (else (call $checks)))"],
    ["a way goes round", "(br_if $l (local.get 0)) (call $checks)"],
    ["a way leaves the function", "(if (local.get 0) (then (return))) (call $checks)"],
    ["a way leaves by the function's label", "(br_if 1 (local.get 0)) (call $checks)"],
    ["a table of branches comes first", "(block (br_table 0 0 (local.get 0))) (call $checks)"],
    ["a table is called through first", "(call_indirect (type $t) (i32.const 0)) (call $checks)"],
    ["the function called does not look at its entry", "(call $leaf)"],
    ["it looks only where it calls (F14)", "(call $late (local.get 0))"],
    ["a flat function is called, which may trap", "(call $flat) (call $checks)"],
    ["the memory grows, which may be refused", "(drop (memory.grow (i32.const 0))) (call $checks)"],
    ["nothing comes", ""],
  ])("%s", (_, body) => {
    expect(loop(`${body} (br_if $l (local.get 0))`) - loop("(call $checks)")).toBeGreaterThan(0);
  });

  test("going round leads to no other look, whatever comes behind the loop", () => {
    expect(looks("(loop $l (br_if $l (local.get 0)) (call $checks)) (call $checks)")).toBe(1);
  });

  test("each of two loops that lead to one another", () => {
    expect(loop("(loop $m (br_if $l (local.get 0)) (br_if $m (local.get 0)))")).toBe(1);
    expect(loop("(loop (br $l))")).toBe(1);
  });
});

describe("a function's entry", () => {
  test("leaves it out where a look comes first, but not where it takes from the stack", () => {
    expect(looks("(call $checks)")).toBe(0);
    expect(looks("(if (local.get 0) (then (call $checks))) (if (local.get 0) (then (call $checks)))")).toBe(1);
    expect(looks("(call $f (i32.const 0))")).toBe(1);
  });
});

test("a late function looks where it calls (F14)", () => {
  const arms = (first: string, second: string) => looks(`(if (local.get 0) (then ${first}) (else ${second}))`);
  expect(arms("(call $checks)", "")).toBe(1);
  expect(arms("(call $checks) (call $far)", "")).toBe(1);
  // Both a region that calls and a cold one with a call of the host.
  expect(arms("(call $h) (unreachable)", "(call $checks)")).toBe(2);
});

test("whether a function is late shows where its frame is looked for (F14)", () => {
  const endOf = (call: string, locals: number, arg: number) => {
    const body = `(local ${"i64 ".repeat(locals)}) (if (local.get 0) (then (${call} $f (i32.const 0))))`;
    return callMetered(`(module (func $f (export "f") (param i32) ${body}))`, "f", [arg], { stack: 0 }).end;
  };
  for (const call of ["call", "return_call"]) {
    expect(endOf(call, 400, 0)).toBe("ok");
    expect(endOf(call, 400, 1)).toBe("stack");
    // A frame above 4,096 bytes is looked for at the entry.
    expect(endOf(call, 600, 0)).toBe("stack");
  }
});

test("a guest that has run out makes no host call behind a look that was left out", () => {
  const source = `(module (import "e" "h" (func $h (param i32)))
    (func $checks (param i32) (call $h (local.get 0)))
    (func (export "f") (param i32) (loop $l (call $checks (local.get 0))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))`;
  const run = (fuel: bigint) => {
    const seen: number[] = [];
    const { end } = callMetered(source, "f", [5], { fuel, imports: { e: { h: (n: number) => seen.push(n) } } });
    return { end, seen };
  };
  // f: entry 1; each turn: header 1, call 5, sub 1, tee 1, br_if 4; $checks: entry 1, call of the host 50.
  const turn = 12n + 51n;
  expect(run(1n + 2n * turn)).toEqual({ end: "out-of-fuel", seen: [5, 4] });
  expect(run(2n * turn)).toEqual({ end: "out-of-fuel", seen: [5] });
  expect(run(1n + 5n * turn)).toEqual({ end: "ok", seen: [5, 4, 3, 2, 1] });
});
