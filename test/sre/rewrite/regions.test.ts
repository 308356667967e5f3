// Fuel by regions, counted by hand (SPEC rules F1 to F4, F9, F10). Costs: add 1, local.set and tee 1, br 1,
// return 1, if and br_if 4, call 5, br_table 6, call_indirect 16.
import { describe, expect, test } from "vitest";
import { call, costs } from "../support/meter.ts";

/** A module of one exported function `f`. */
const one = (signature: string, body: string) => `(module (func (export "f") ${signature} ${body}))`;
/** An expression of cost n without an operand left: n additions. */
const work = (n: number) => `(drop ${"(i32.add (i32.const 1) ".repeat(n)}(i32.const 0)${")".repeat(n)})`;

describe("entries and loops (F3)", () => {
  test("an entry costs 1, and 1 for each whole 8 parameters and locals", () => {
    costs(one("", ""), "f", [], 1);
    costs(one("(local i32 i64 f32 f64 i32 i32 i32)", ""), "f", [], 1);
    costs(one("(param i32) (local i32 i64 f32 f64 i32 i32 i32)", ""), "f", [7], 2);
    costs(one("(local i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)", ""), "f", [], 3);
  });

  test("a loop costs 1 each time that control comes to its header", () => {
    const loop = one("(param i32)", "(loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))");
    costs(loop, "f", [1], 1 + 7);
    costs(loop, "f", [3], 1 + 3 * 7);
  });

  test("an endless loop stops at its header (F11)", () => {
    expect(call(one("", "(loop (br 0))"), "f", [], { fuel: 1000n })).toMatchObject({ end: "out-of-fuel", used: 1001n });
  });
});

describe("arms and branches (F2)", () => {
  test("then and else cost by themselves, what follows belongs to the region before", () => {
    const arms = one("(param i32)", `(if (local.get 0) (then ${work(3)}) (else ${work(7)})) ${work(2)}`);
    costs(arms, "f", [1], 1 + 4 + 3 + 2);
    costs(arms, "f", [0], 1 + 4 + 7 + 2);
  });

  test("code after br_if costs only when control comes there", () => {
    const skip = one("(param i32)", `(block (br_if 0 (local.get 0)) ${work(9)}) ${work(1)}`);
    costs(skip, "f", [0], 1 + 4 + 9 + 1);
    costs(skip, "f", [1], 1 + 4 + 1);
  });

  test("what follows a block that a br leaves for an outer label costs by itself", () => {
    const early = one("(param i32)", `(block $a (block $b (br_if $a (local.get 0))) ${work(9)}) ${work(1)}`);
    costs(early, "f", [0], 1 + 4 + 9 + 1);
    costs(early, "f", [1], 1 + 4 + 1);
  });

  test("so it does after one that br_table, return or a branch to an outer loop leaves", () => {
    const table = `(block $a (block $b (block $c (br_table $c $a $b (local.get 0))) ${work(4)}) ${work(8)}) ${work(1)}`;
    costs(one("(param i32)", table), "f", [0], 1 + 6 + 4 + 8 + 1);
    costs(one("(param i32)", table), "f", [1], 1 + 6 + 1);
    costs(one("(param i32)", table), "f", [2], 1 + 6 + 8 + 1);
    const leave = one("(param i32)", `(if (local.get 0) (then (return))) ${work(6)}`);
    costs(leave, "f", [1], 1 + 4 + 1);
    costs(leave, "f", [0], 1 + 4 + 6);
    const again = `(loop $l (block (br_if $l (i32.eqz (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) ) ${work(5)})`;
    // Twice round the header: 1, sub 1, tee 1, eqz 1, br_if 4.
    costs(one("(param i32)", again), "f", [1], 1 + 8 + 8 + 5);
  });

  test("a block that is left only by its own end or label belongs to the region around it", () => {
    const own = one("(param i32)", `(block (block (br_if 0 (local.get 0)) ${work(2)}) ${work(3)}) ${work(4)}`);
    costs(own, "f", [0], 1 + 4 + 2 + 3 + 4);
    costs(own, "f", [1], 1 + 4 + 3 + 4);
  });

  test("dead code costs nothing (F4), also where blocks begin in it", () => {
    const dead = `(block (br 0) ${work(9)} (if (i32.const 1) (then ${work(9)}) (else (unreachable)))) ${work(1)}`;
    costs(one("", dead), "f", [], 1 + 1 + 1);
    costs(one("(result i32)", `(return (i32.const 5)) ${work(3)} (i32.const 6)`), "f", [], 2);
    costs(one("", "(block (loop (br 1) (br 0) (br_table 0 1 0 (i32.const 0))))"), "f", [], 1 + 1 + 1);
  });
});

describe("branches to the function's own label", () => {
  const both = (jump: string) =>
    `(module (func (export "f") (param i32) (result i32 i64) (local i32 f64) (local.set 1 (i32.const 40))
      (block (result i32 i64) ${jump}) (i64.const 1) (i64.add) ))`;

  test("br, br_if and br_table carry several values and the counter", () => {
    const jump = (last: string) => both(`(local.get 1) (i64.const 7) ${last}`);
    expect(call(jump("(br 1)"), "f", [1]).value).toEqual([40, 7n]);
    expect(call(jump("(br_if 1 (local.get 0))"), "f", [1]).value).toEqual([40, 7n]);
    expect(call(jump("(br_if 1 (local.get 0))"), "f", [0]).value).toEqual([40, 8n]);
    expect(call(jump("(br_table 0 1 (local.get 0))"), "f", [1]).value).toEqual([40, 7n]);
    expect(call(jump("(br_table 0 1 (local.get 0))"), "f", [0]).value).toEqual([40, 8n]);
    costs(jump("(br_if 1 (local.get 0))"), "f", [1], 1 + 1 + 4);
    costs(jump("(br_if 1 (local.get 0))"), "f", [0], 1 + 1 + 4 + 1);
  });

  test("declared locals that make room for the counters keep their types and values", () => {
    const body = `(local.set 1 (i64.const 5)) (local.set 2 (f32.const 2)) (local.set 3 (i32.const 3))
      (local.set 4 (f64.const 4)) (drop (local.tee 1 (i64.add (local.get 1) (i64.const 1))))
      (i32.add (i32.add (i32.wrap_i64 (local.get 1)) (i32.trunc_f32_s (local.get 2)))
        (i32.add (local.get 3) (i32.trunc_f64_s (local.get 4))))`;
    const locals = one("(param i32) (result i32) (local i64) (local f32) (local i32 f64)", body);
    expect(call(locals, "f", [1]).value).toBe(15);
  });
});

describe("cold regions (F9)", () => {
  test("a region that ends in unreachable costs nothing", () => {
    const guard = `(if (local.get 0) (then ${work(9)} (unreachable))) ${work(2)}`;
    costs(one("(param i32)", guard), "f", [0], 1 + 4 + 2);
    expect(call(one("(param i32)", guard), "f", [1])).toMatchObject({ end: "trap", used: 1n + 4n + 2n });
  });

  test("unless it calls: else a recursion would work for nothing", () => {
    const source = `(module (func $f (export "f") (param i32)
      (if (local.get 0) (then ${work(50)} (call $f (i32.sub (local.get 0) (i32.const 1))) (unreachable)))))`;
    // Two levels of 1 + if 4 and the arm of 50 + sub 1 + call 5; the third has no arm to run.
    expect(call(source, "f", [2])).toMatchObject({ end: "trap", used: BigInt(2 * (5 + 56) + 5) });
  });

  test("nor if a block that lies in it calls", () => {
    const source = `(module (func $f (export "f") (param i32)
      (if (local.get 0) (then ${work(50)} (if (i32.const 1) (then (call $f (i32.sub (local.get 0) (i32.const 1))))) (unreachable)))))`;
    // Two levels of 1 + if 4, the arm of 50 + if 4, and within it sub 1 + call 5.
    expect(call(source, "f", [2])).toMatchObject({ end: "trap", used: BigInt(2 * (5 + 54 + 6) + 5) });
  });

  test("nor if it would cost more than 100", () => {
    const arm = (cost: number) => one("(param i32)", `(if (local.get 0) (then ${work(cost)} (unreachable)))`);
    expect(call(arm(100), "f", [1])).toMatchObject({ end: "trap", used: 5n });
    expect(call(arm(101), "f", [1])).toMatchObject({ end: "trap", used: 5n + 101n });
  });

  test("entries and loop headers are never cold", () => {
    const spin = one("(param i32)", "(loop (br_if 0 (local.get 0)) (unreachable))");
    expect(call(spin, "f", [1], { fuel: 300n }).end).toBe("out-of-fuel");
    expect(call(spin, "f", [0])).toMatchObject({ end: "trap", used: 1n + 5n });
    expect(call(one("", `(call $p)) (func $p ${work(60)} (unreachable)`), "f", []).used).toBe(1n + 5n + 61n);
  });
});

describe("flat functions (F10)", () => {
  const flats = (callee: string, extra = "") => `(module ${extra} (func $g ${callee})
    (func (export "f") (param i32) (if (local.get 0) (then (call $g))) (call $g)))`;

  test("a chain of flat functions is paid for by its caller", () => {
    // g: entry 1 + add 3; h: entry 1 + call 5 + g 4 + call 5 + g 4.
    const chain = `(module (func $g ${work(3)}) (func $h (call $g) (call $g))
      (func (export "f") (param i32) (if (local.get 0) (then (call $h))) (call $h)))`;
    costs(chain, "f", [0], 1 + 4 + 5 + 19);
    costs(chain, "f", [1], 1 + 4 + 2 * (5 + 19));
  });

  test("flat or not, a normal return costs the same", () => {
    for (const n of [46, 47, 48, 60]) costs(flats(work(n)), "f", [1], 1 + 4 + 2 * (5 + 1 + n));
    costs(flats(`(loop ${work(3)})`), "f", [0], 1 + 4 + 5 + 1 + 1 + 3);
    costs(flats("(block (br_if 0 (i32.const 1)))"), "f", [0], 1 + 4 + 5 + 1 + 4);
    costs(flats(work(3), "(elem declare func $g)"), "f", [0], 1 + 4 + 5 + 4);
  });

  test("a cold guard leaves a function flat, an arm that costs does not, and both count right", () => {
    const guarded = (arm: string) => `(module (func $g (param i32) (result i32)
      (if (i32.eqz (local.get 0)) (then ${arm})) (i32.add (local.get 0) (i32.const 1)))
      (func (export "f") (param i32) (result i32) (call $g (call $g (local.get 0)))))`;
    costs(guarded("(unreachable)"), "f", [1], 1 + 2 * (5 + 1 + 1 + 4 + 1));
    costs(guarded(work(4)), "f", [1], 1 + 2 * (5 + 1 + 1 + 4 + 1));
    costs(guarded(work(4)), "f", [0], 1 + 2 * (5 + 1 + 1 + 4 + 1) + 4);
  });
});

describe("check points at entries (F11)", () => {
  test("a function of more than 500 looks at its counter even if it calls nothing", () => {
    const long = (
      cost: number,
    ) => `(module (memory (export "m") 1) (func $g (i32.store (i32.const 0) (i32.const 1)) ${work(60).repeat(8)} ${work(cost - 480)})
      (func (export "f") (call $g)))`;
    const stored = (cost: number) => {
      const { exports } = call(long(cost), "f", [], { fuel: 50n });
      return new Uint8Array((exports["m"] as WebAssembly.Memory).buffer)[0];
    };
    // Entry 1 and store 2 besides: up to 500 it runs on past the limit, and is out of fuel all the same.
    expect([stored(497), stored(498)]).toEqual([1, 0]);
    expect(call(long(497), "f", [], { fuel: 50n }).end).toBe("out-of-fuel");
  });
});

describe("late functions (F14)", () => {
  const source = (extra: string) => `(module (memory 1) (func $far (loop))
    (func $g (param i32) ${extra}
      (if (local.get 0) (then (drop (i32.load (i32.const 65536)))))
      (if (i32.eqz (local.get 0)) (then (call $far) (unreachable))))
    (func (export "f") (param i32) (call $g (local.get 0))))`;
  const used = (extra: string, value: number) => {
    const { end, used } = call(source(extra), "f", [value]);
    expect(end).toBe("trap");
    return used;
  };

  test("a trap before the regions that call does not report the entry", () => {
    // f: entry 1, call 5. g: entry 1, two ifs 8, eqz 1; the first arm: load 2; the loop at g's start: 1.
    expect(used("", 1)).toBe(6n);
    expect(used("(loop)", 1)).toBe(6n + 10n + 1n);
  });

  test("the start of a region that calls is a sync and check point", () => {
    // The call 5; far's entry 1 and loop 1.
    expect(used("", 0)).toBe(6n + 10n + 5n + 2n);
    expect(call(source(""), "f", [0], { fuel: 20n }).end).toBe("out-of-fuel");
  });
});

describe("tail calls", () => {
  test("own, indirect and flat ones cost what calls cost and keep the counter", () => {
    const source = `(module (type $t (func (param i32) (result i32))) (table 1 funcref) (elem (i32.const 0) $down)
      (func $flat (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
      (func $down (export "down") (param i32) (result i32)
        (if (result i32) (local.get 0)
          (then (return_call $down (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 7))))
      (func (export "indirect") (param i32) (result i32)
        (return_call_indirect (type $t) (local.get 0) (i32.const 0)))
      (func (export "flat") (param i32) (result i32) (return_call $flat (local.get 0))))`;
    costs(source, "down", [0], 1 + 4);
    costs(source, "down", [5], 5 + 5 * (1 + 5 + 5));
    costs(source, "indirect", [1], 1 + 16 + 5 + 11);
    costs(source, "flat", [1], 1 + 5 + 2);
    expect(call(source, "flat", [1]).value).toBe(2);
    expect(call(source, "down", [300_000])).toMatchObject({ end: "ok", value: 7 });
  });
});
