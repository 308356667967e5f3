// Modules that are parts of one program (SPEC rules K1 to K8).
import { describe, expect, test } from "vitest";
import { LINK_MODULE, rewrite } from "../../../sre/wasm/rewrite/index.ts";
import { callLinked, link, type Part, rewrittenLinked } from "../support/linked.ts";
import { call } from "../support/meter.ts";
import { wat } from "../support/wat.ts";

/** A loop of n rounds in a module of its own, and one that calls it. */
const LOOP: Part = [
  "b",
  `(module (func (export "spin") (param i32) (result i32)
    (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (i32.const 7)))`,
];
const CALLER: Part = [
  "a",
  `(module (import "b" "spin" (func $spin (param i32) (result i32)))
    (func (export "f") (param i32) (result i32) (i32.add (call $spin (local.get 0)) (i32.const 1))))`,
];

/** Fuel of a function in a module of its own. */
const alone = (source: string, name: string, args: readonly unknown[]) => call(source, name, args).used;

describe("fuel is one counter for all (K1, K4)", () => {
  test("a call into another module costs what a call of the host does, and what runs there as if it were alone", () => {
    const spin = alone(LOOP[1] as string, "spin", [9]);
    const ended = callLinked([LOOP, CALLER], "a.f", [9]);
    // Entry 1, call 50, add 1.
    expect([ended.end, ended.value, ended.used]).toEqual(["ok", 8, 52n + spin]);
  });

  test("runs out to the unit, on either side", () => {
    const { used } = callLinked([LOOP, CALLER], "a.f", [9]);
    expect(callLinked([LOOP, CALLER], "a.f", [9], { fuel: used }).end).toBe("ok");
    expect(callLinked([LOOP, CALLER], "a.f", [9], { fuel: used - 1n }).end).toBe("out-of-fuel");
    expect(callLinked([LOOP, CALLER], "a.f", [9], { fuel: 60n }).end).toBe("out-of-fuel");
    expect(callLinked([LOOP, CALLER], "a.f", [9], { fuel: 0n }).end).toBe("out-of-fuel");
  });

  test("a trap in the other module reports what was charged up to its last sync point", () => {
    const trap: Part = ["b", `(module (func (export "spin") (param i32) (result i32) (unreachable)))`];
    expect(callLinked([trap, CALLER], "a.f", [9])).toMatchObject({ end: "trap", used: 53n });
  });

  test("the end flag, once set, stops every module on the way back (K1)", () => {
    const through: Part = [
      "b",
      `(module (import "e" "stop" (func $stop)) (func (export "spin") (param i32) (result i32) (call $stop) (i32.const 7)))`,
    ];
    const held: { flag: WebAssembly.Global<number> | null } = { flag: null };
    const stop = () => {
      held.flag!.value = 1;
    };
    const program = link([through, CALLER], { imports: { e: { stop } } });
    held.flag = program.counters.end as WebAssembly.Global<number>;
    expect(() => (program.exports["a"]!["f"] as (n: number) => number)(1)).toThrow(WebAssembly.RuntimeError);
  });
});

describe("tables are shared, and what they hold has one shape (K3, K5)", () => {
  /** The pattern of `wit-component`: calls go through a table that a third module fills once all are there. */
  const SHIM: Part = [
    "shim",
    `(module (type $t (func (param i32) (result i32))) (table (export "$imports") 1 1 funcref)
      (func (export "0") (param i32) (result i32) (call_indirect (type $t) (local.get 0) (i32.const 0))))`,
  ];
  const MAIN: Part = [
    "main",
    `(module (import "shim" "0" (func $h (param i32) (result i32))) (memory (export "memory") 1)
      (func (export "f") (param i32) (result i32) (i32.add (call $h (local.get 0)) (i32.load8_u (i32.const 4)))))`,
  ];
  const fixups = (from: string): Part => [
    "fixups",
    `(module (import "shim" "$imports" (table 1 1 funcref)) (import "${from}" "g" (func $g (param i32) (result i32)))
      (elem (i32.const 0) $g))`,
  ];

  test("a host function reached through a table of another module", () => {
    const seen: number[] = [];
    const g = (value: number) => {
      seen.push(value);
      return value * 2;
    };
    const ended = callLinked([SHIM, MAIN, fixups("e")], "main.f", [21], { imports: { e: { g } } });
    expect([ended.end, ended.value, seen]).toEqual(["ok", 42, [21]]);
    // main: entry 1, call 50, load 2, add 1; shim: entry 1, indirect call 16.
    expect(ended.used).toBe(71n);
  });

  test("an element that is empty, or has another type, traps", () => {
    expect(callLinked([SHIM, MAIN], "main.f", [1]).end).toBe("trap");
    const other: Part = [
      "fixups",
      `(module (import "shim" "$imports" (table 1 1 funcref)) (func $g (param i64)) (elem (i32.const 0) $g))`,
    ];
    expect(callLinked([SHIM, MAIN, other], "main.f", [1]).end).toBe("trap");
  });

  test("function references cross as values of globals and parameters", () => {
    const owner: Part = [
      "b",
      `(module (func $g (result i32) (i32.const 5)) (elem declare func $g)
        (global (export "g") funcref (ref.func $g)) (func (export "give") (result funcref) (ref.func $g)))`,
    ];
    const user: Part = [
      "a",
      `(module (import "b" "g" (global $g funcref)) (import "b" "give" (func $give (result funcref)))
        (type $t (func (result i32))) (table $t 2 funcref)
        (func (export "f") (result i32) (table.set (i32.const 0) (global.get $g)) (table.set (i32.const 1) (call $give))
          (i32.add (call_indirect (type $t) (i32.const 0)) (call_indirect (type $t) (i32.const 1)))))`,
    ];
    expect(callLinked([owner, user], "a.f")).toMatchObject({ end: "ok", value: 10 });
  });
});

describe("the stack metric is one for all (K5, K6)", () => {
  /** Calls itself through another module: by an import, or by a shared table. */
  const HOP: Part = [
    "b",
    `(module (type $t (func (param i32))) (table (export "t") 1 funcref)
      (func (export "hop") (param i32) (call_indirect (type $t) (local.get 0) (i32.const 0))))`,
  ];
  const ROUND: Part = [
    "a",
    `(module (import "b" "hop" (func $hop (param i32))) (import "b" "t" (table 1 funcref)) (elem (i32.const 0) $f)
      (func $f (export "f") (param i32)
        (if (local.get 0) (then (call $hop (i32.sub (local.get 0) (i32.const 1)))))))`,
  ];
  // A level: $f 64 + 8 * 3, hop 64 + 8 * 3, and the door of hop 128 + 16.
  const LEVEL = 88 + 88 + 144;

  test("each level takes both frames and the door's", () => {
    const door = 144;
    const ends = (stack: number) => callLinked([HOP, ROUND], "a.f", [5], { stack }).end;
    expect(ends(door + 5 * LEVEL)).toBe("ok");
    expect(ends(door + 5 * LEVEL - 1)).toBe("stack");
  });

  test("endless recursion across modules ends by the metric, far from the engine's own stack", () => {
    expect(callLinked([HOP, ROUND], "a.f", [2 ** 30]).end).toBe("stack");
  });

  test.each([
    ["", ""],
    ["f64 f32 v128", "(f64.const 1) (f32.const 1) (v128.const i64x2 1 1)"],
    ["i64 ".repeat(400), "(i64.const 1) ".repeat(400)],
  ])("endless recursion through doors and a table of functions (%.12s)", (types, values) => {
    const params = `(param ${types})`;
    const passed = Array.from(types.trim().split(" "), (type, at) => (type === "" ? "" : `(local.get ${at})`)).join(
      " ",
    );
    const back: Part = [
      "b",
      `(module (type $t (func ${params})) (table (export "t") 1 funcref)
        (func (export "hop") ${params} ${passed} (call_indirect (type $t) (i32.const 0))))`,
    ];
    const forth: Part = [
      "a",
      `(module (import "b" "hop" (func $hop ${params})) (import "b" "t" (table 1 funcref)) (elem (i32.const 0) $f)
        (func $f ${params} ${passed} (call $hop)) (func (export "f") ${values} (call $f)))`,
    ];
    expect(callLinked([back, forth], "a.f").end).toBe("stack");
  });

  test("tail calls across modules take from it, too: they are calls of the host", () => {
    const back: Part = [
      "b",
      `(module (type $t (func)) (table (export "t") 1 funcref)
        (func (export "hop") (return_call_indirect (type $t) (i32.const 0))))`,
    ];
    const forth: Part = [
      "a",
      `(module (import "b" "hop" (func $hop)) (import "b" "t" (table 1 funcref)) (elem (i32.const 0) $f)
        (func $f (export "f") (return_call $hop)))`,
    ];
    expect(callLinked([back, forth], "a.f").end).toBe("stack");
  });

  test("is whole again for the next call", () => {
    const program = callLinked([HOP, ROUND], "a.f", [5], { stack: 10_000 });
    expect(program.counters.stack.value).toBe(10_000);
  });
});

describe("globals (K2)", () => {
  test("imported ones are shared, own ones move up wherever they are named", () => {
    const owner: Part = [
      "b",
      `(module (global $g (export "g") (mut i32) (i32.const 5)) (global (export "base") i32 (i32.const 8))
        (func (export "read") (result i32) (global.get $g)))`,
    ];
    const user: Part = [
      "a",
      `(module (import "b" "g" (global $g (mut i32))) (import "b" "base" (global $base i32)) (import "b" "read" (func $read (result i32)))
        (memory (export "m") 1) (table $t 20 funcref)
        (global $own i32 (i32.const 3)) (global $sum (export "sum") (mut i64) (i64.const 100))
        (global $again (export "again") i32 (i32.add (global.get $own) (global.get $base)))
        (data (global.get $base) "\\2a") (data (global.get $again) "\\2b") (elem (global.get $own) $flat)
        (func $flat (result i32) (global.get $own))
        (func (export "f") (result i32)
          (global.set $g (i32.add (global.get $g) (call $flat)))
          (global.set $sum (i64.add (global.get $sum) (i64.const 11)))
          (i32.add (call $read) (i32.load8_u (i32.const 8))))
        (func (export "g") (result i32) (i32.add (call_indirect (result i32) (i32.const 3)) (i32.load8_u (i32.const 11)))))`,
    ];
    const ended = callLinked([owner, user], "a.f");
    expect([ended.end, ended.value]).toEqual(["ok", 5 + 3 + 0x2a]);
    const { sum, again } = ended.exports["a"] as Record<string, WebAssembly.Global>;
    expect([sum!.value, again!.value]).toEqual([111n, 11]);
    expect(callLinked([owner, user], "a.g").value).toBe(3 + 0x2b);
  });

  test("the fuel of an access is the same as in a module that stands alone", () => {
    const source = `(module (global $g (mut i32) (i32.const 1)) (func $flat (global.set $g (i32.const 4)))
      (func (export "f") (result i32) (call $flat) (global.set $g (i32.add (global.get $g) (global.get $g))) (global.get $g)))`;
    const ended = callLinked([["a", source]], "a.f");
    expect([ended.value, ended.used]).toEqual([8, alone(source, "f", [])]);
  });
});

describe("growth is counted for all together (K7)", () => {
  const OWNER: Part = ["b", `(module (memory (export "m") 1 6) (table (export "t") 2 9 funcref))`];
  const GROWER: Part = [
    "a",
    `(module (import "b" "m" (memory 1)) (import "b" "t" (table 0 funcref))
      (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
      (func (export "widen") (param i32) (result i32) (table.grow (ref.null func) (local.get 0)))
      (func (export "size") (result i32) (i32.add (i32.mul (memory.size) (i32.const 100)) (table.size))))`,
  ];

  test("an imported memory or table grows up to what its owner said, not what the import says", () => {
    expect(callLinked([OWNER, GROWER], "a.grow", [5])).toMatchObject({ end: "ok", value: 1 });
    expect(callLinked([OWNER, GROWER], "a.grow", [6])).toMatchObject({ end: "ok", value: -1 });
    expect(callLinked([OWNER, GROWER], "a.widen", [7])).toMatchObject({ end: "ok", value: 2 });
    expect(callLinked([OWNER, GROWER], "a.widen", [8])).toMatchObject({ end: "ok", value: -1 });
  });

  test("pages and elements left are taken from by every growth that succeeds", () => {
    const two: Part = ["c", GROWER[1]];
    const program = link([OWNER, GROWER, two], { pages: 4, elements: 3 });
    const at = (part: string, name: string, count: number) =>
      (program.exports[part]![name] as (n: number) => number)(count);
    expect([at("a", "grow", 3), at("c", "grow", 2), at("c", "grow", 1), at("a", "grow", 1)]).toEqual([1, -1, 4, -1]);
    expect([at("a", "widen", 2), at("c", "widen", 2), at("c", "widen", 1)]).toEqual([2, -1, 4]);
    expect([program.counters.pages.value, program.counters.elements.value]).toEqual([0, 0]);
  });

  test("costs what it costs in a module that stands alone", () => {
    const source = `(module (memory 1) (table 1 funcref)
      (func (export "f") (drop (memory.grow (i32.const 2))) (drop (table.grow (ref.null func) (i32.const 3)))))`;
    expect(callLinked([["a", source]], "a.f").used).toBe(alone(source, "f", []));
  });
});

describe("exceptions (K8)", () => {
  test("thrown in one module and caught in another, the fuel goes on from what was stored", () => {
    const tags: Part = ["tags", `(module (tag (export "e") (param i32)))`];
    const thrower: Part = [
      "b",
      `(module (import "tags" "e" (tag $e (param i32)))
        (func (export "spin") (param i32) (result i32) (throw $e (i32.add (local.get 0) (i32.const 1)))))`,
    ];
    const catcher: Part = [
      "a",
      `(module (import "tags" "e" (tag $e (param i32))) (import "b" "spin" (func $spin (param i32) (result i32)))
        (func (export "f") (param i32) (result i32)
          (block $h (result i32) (try_table (catch $e $h) (drop (call $spin (local.get 0)))) (i32.const 0))))`,
    ];
    const ended = callLinked([tags, thrower, catcher], "a.f", [41]);
    expect([ended.end, ended.value]).toEqual(["ok", 42]);
    const { used } = ended;
    expect(callLinked([tags, thrower, catcher], "a.f", [41], { fuel: used }).end).toBe("ok");
    expect(callLinked([tags, thrower, catcher], "a.f", [41], { fuel: used - 1n }).end).toBe("out-of-fuel");
  });
});

describe("what a linked module is", () => {
  test("its names stay; what is ours is imported behind the guest's", () => {
    const part =
      rewrittenLinked(`(module (import "x" "f" (func)) (import "y" "m" (memory 1)) (import "z" "g" (global i32))
      (table (export "t") 1 funcref) (func (export ".own") (drop (memory.grow (i32.const 1)))) (start 1))`);
    const module = new WebAssembly.Module(part.bytes);
    expect(WebAssembly.Module.imports(module).map(({ module: from, name, kind }) => `${from} ${name} ${kind}`)).toEqual(
      [
        ...["x f function", "y m memory", "z g global"],
        ...["fuel", "stack", "end", "pages", "elements", "memory 0"].map((name) => `${LINK_MODULE} ${name} global`),
      ],
    );
    expect(WebAssembly.Module.exports(module).map(({ name }) => name)).toEqual([".start", "t", "..own"]);
    expect(part.linking).toEqual({
      memories: [{ initial: 1, maximum: null, wide: false, grows: true, from: ["y", "m"] }],
      tables: [{ initial: 1, maximum: null, wide: false, grows: false, from: null }],
    });
  });

  test("it can't import what is ours", () => {
    for (const what of [`"fuel" (global (mut i64))`, `"f" (func)`]) {
      const result = rewrite(wat(`(module (import "${LINK_MODULE}" ${what}))`), {
        ...{ refuseImport: () => null, keepExport: () => true, linked: true },
      });
      expect(result).toMatchObject({ kind: "refused", refusal: { code: "import", section: "import" } });
    }
  });

  test("a module that stands alone still can't import globals and tags", () => {
    const refused = (text: string) => rewrite(wat(text), { refuseImport: () => null, keepExport: () => true });
    for (const what of [`(global i32)`, `(tag)`])
      expect(refused(`(module (import "x" "y" ${what}))`)).toMatchObject({
        refusal: { message: expect.stringContaining("which no host offers") },
      });
  });
});
