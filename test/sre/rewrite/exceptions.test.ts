// Exceptions: the counter survives a throw, nobody can catch the host's end, regions end at calls (SPEC rules X1 to X4).
import { describe, expect, test } from "vitest";
import { call, costs, start } from "../support/meter.ts";
import { wat } from "../support/wat.ts";

const module = (fields: string, imports = "") => wat(`(module ${imports} (tag $e (param i32)) (tag $none) ${fields})`);
const work = (n: number) => `(drop ${"(i32.add (i32.const 1) ".repeat(n)}(i32.const 0)${")".repeat(n)})`;
const THROW = 1000;

/** A function that throws its argument if that isn't 0, after some work: 1 + if 4 + 3, or 1 + 4 + 1000. */
const thrower = `(func $t (param i32) (if (local.get 0) (then (throw $e (local.get 0)))) ${work(3)})`;

describe("a throw and its catch", () => {
  const source = module(`${thrower} (func (export "f") (param i32) (result i32)
    (block $h (result i32) (try_table (catch $e $h) (call $t (local.get 0)) ${work(5)}) ${work(7)} (i32.const -1)) ${work(11)})`);

  test("costs what ran: the call's rest and the block's rest only without the throw (X1)", () => {
    costs(source, "f", [0], 1 + 5 + (1 + 4 + 3) + 5 + 7 + 11);
    costs(source, "f", [4], 1 + 5 + (1 + 4 + THROW) + 11);
    expect(call(source, "f", [4]).value).toBe(4);
  });

  test("out of fuel is the same in the middle of it", () => {
    for (let fuel = 1; fuel < 1020; fuel += 13) {
      const ended = call(source, "f", [4], { fuel: BigInt(fuel) });
      expect(ended.end).toBe(fuel < 1 + 5 + 5 + THROW + 11 ? "out-of-fuel" : "ok");
    }
  });
});

describe("labels at which exceptions land, reached by every other way (X3)", () => {
  const way = (before: string, after = "") =>
    module(`${thrower} (func (export "f") (param i32) (local i64)
      (block $h ${before} (try_table (catch_all $h) (call $t (local.get 0))) ${after}) ${work(2)})`);

  test("by br, br_if, br_table and by its end", () => {
    costs(way("(br_if $h (i32.eqz (local.get 0)))"), "f", [0], 1 + 1 + 4 + 2);
    costs(way("(br_if $h (i32.eqz (local.get 0)))"), "f", [3], 1 + 5 + 5 + 5 + THROW + 2);
    costs(way("", "(br $h)"), "f", [0], 1 + 5 + 8 + 1 + 2);
    costs(way("", "(br_table $h $h (local.get 0))"), "f", [0], 1 + 5 + 8 + 6 + 2);
    costs(way(""), "f", [0], 1 + 5 + 8 + 2);
    costs(way(""), "f", [1], 1 + 5 + 5 + THROW + 2);
  });

  test("a loop's header", () => {
    const source = module(`${thrower} (func (export "f") (param i32) (local $n i32)
      (loop $l (if (i32.eq (local.get $n) (i32.const 3)) (then (return)))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (try_table (catch_all $l) (call $t (local.get 0))) (br $l)))`);
    // Each round: header 1, eq 1, if 4, add 1, set 1, call 5.
    costs(source, "f", [0], 1 + 3 * (13 + 8 + 1) + 6 + 1);
    costs(source, "f", [2], 1 + 3 * (13 + 5 + THROW) + 6 + 1);
  });

  test("an if without an else, and the function's own label", () => {
    const arm = module(`${thrower} (func (export "f") (param i32)
      (if $h (local.get 0) (then (try_table (catch_all $h) (call $t (local.get 0))))) ${work(2)})`);
    costs(arm, "f", [0], 1 + 4 + 2);
    costs(arm, "f", [1], 1 + 4 + 5 + 5 + THROW + 2);
    const own = module(`${thrower} (func (export "f") (param i32) (result i32)
      (try_table (catch $e 0) (call $t (local.get 0))) ${work(4)} (br_if 0 (i32.const 77) (local.get 0)))`);
    costs(own, "f", [0], 1 + 5 + 8 + 4 + 4);
    costs(own, "f", [6], 1 + 5 + 5 + THROW);
    expect([call(own, "f", [0]).value, call(own, "f", [6]).value]).toEqual([77, 6]);
  });

  test("a throw that passes through functions, and one thrown again", () => {
    const source = module(`${thrower} (func $mid (param i32) (call $t (local.get 0)) ${work(30)})
      (func (export "f") (param i32) (result i32) (local exnref)
        (block $again (result i32 exnref) (try_table (catch_ref $e $again) (call $mid (local.get 0))) (return (i32.const 0)))
        (local.set 1) (drop)
        (block $h (result i32) (try_table (catch $e $h) (throw_ref (local.get 1))) (unreachable)))`);
    costs(source, "f", [0], 1 + 5 + (1 + 5 + 8 + 30) + 1);
    costs(source, "f", [8], 1 + 5 + (1 + 5 + 5 + THROW) + 1 + THROW);
    expect(call(source, "f", [8]).value).toBe(8);
  });
});

describe("what can't be caught (X4)", () => {
  const all = (body: string, imports = "") =>
    module(
      `${thrower} (func $g (param i32) ${body})
      (func (export "f") (param i32) (result i32)
        (block $h (try_table (catch_all $h) (call $g (local.get 0)) (return (i32.const 1)))) (i32.const 2))`,
      imports,
    );

  test("a trap, the end of the fuel, the end of the stack", () => {
    expect(call(all("(unreachable)"), "f", [1]).end).toBe("trap");
    expect(call(all("(loop (br 0))"), "f", [1], { fuel: 500n }).end).toBe("out-of-fuel");
    expect(call(all("(call $g (local.get 0))"), "f", [1]).end).toBe("stack");
    expect(call(all("(call $t (local.get 0))"), "f", [1]).value).toBe(2);
  });

  test("the host's end of the guest", () => {
    const source = all("(call $i)", `(import "e" "h" (func $i))`);
    const exports: { current: Readonly<Record<string, unknown>> } = { current: {} };
    const h = () => {
      (exports.current[".end"] as WebAssembly.Global<number>).value = 1;
    };
    exports.current = start(source, { imports: { e: { h } } });
    expect(() => (exports.current["f"] as (n: number) => void)(5)).toThrow(WebAssembly.RuntimeError);
  });

  test("what nothing catches ends the run, with the fuel of the throw", () => {
    const source = module(`${thrower} (func (export "f") (param i32) (call $t (local.get 0)))`);
    expect(call(source, "f", [1])).toMatchObject({ end: "thrown", used: BigInt(1 + 5 + 5 + THROW) });
  });
});

describe("regions with tags (X1, X2)", () => {
  test("a call of a flat function ends no region, any other does", () => {
    const source = module(`(func $flat ${work(2)}) (func $own (loop))
      (func (export "f") (call $flat) ${work(5)} (unreachable)) (func (export "g") (call $own) ${work(5)} (unreachable))`);
    expect(call(source, "f").used).toBe(BigInt(1 + 5 + 3 + 5));
    // Behind the call a region begins that is cold.
    expect(call(source, "g").used).toBe(BigInt(1 + 5 + 1 + 1));
  });
});
