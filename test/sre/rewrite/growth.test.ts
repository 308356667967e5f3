// Growth of memories and tables, and bulk operations, charged by length before they act (SPEC rules F6, G1 to G4).
import { describe, expect, test } from "vitest";
import { call, costs } from "../support/meter.ts";

describe("memory.grow (G2)", () => {
  const grow = (memory: string, n: string, index = "") =>
    `(module ${memory} (func (export "f") (param ${n}) (result ${n}) (memory.grow ${index} (local.get 0))))`;

  test("charges 4,096 a page within the cap, and nothing past it", () => {
    costs(grow("(memory 1)", "i32"), "f", [3], 1 + 10_000 + 3 * 4096);
    costs(grow("(memory 1 2)", "i32"), "f", [2], 1 + 10_000);
    const past = (n: number, pages: number) => call(grow("(memory 1)", "i32"), "f", [n], { pages });
    expect(past(4, 5)).toMatchObject({ end: "ok", value: 1, used: 10_001n + 16_384n });
    expect(past(5, 5)).toMatchObject({ end: "ok", value: -1, used: 10_001n });
    expect(past(-1, 5)).toMatchObject({ end: "ok", value: -1, used: 10_001n });
    expect(call(grow("(memory 1 2)", "i32"), "f", [2])).toMatchObject({ value: -1, used: 10_001n });
    expect(call(grow("(memory 1 2)", "i32"), "f", [1])).toMatchObject({ value: 1, used: 10_001n + 4096n });
  });

  test("out of fuel, the memory stays as it was", () => {
    const ended = call(grow(`(memory (export "m") 1)`, "i32"), "f", [3], { fuel: 12_000n });
    expect(ended.end).toBe("out-of-fuel");
    expect((ended.exports["m"] as WebAssembly.Memory).buffer.byteLength).toBe(65_536);
  });

  test("several memories share the cap; a 64-bit one counts in i64", () => {
    const two = grow("(memory 1) (memory i64 2)", "i64", "1");
    expect(call(two, "f", [3n], { pages: 6 })).toMatchObject({ value: 2n, used: 10_001n + 12_288n });
    expect(call(two, "f", [4n], { pages: 6 })).toMatchObject({ value: -1n, used: 10_001n });
    expect(call(two, "f", [-1n], { pages: 6 })).toMatchObject({ value: -1n, used: 10_001n });
  });
});

describe("table.grow (G4)", () => {
  const grow = (tables: string, index = 0) => `(module ${tables} (func (export "f") (param i32) (result i32)
    (table.grow ${index} (ref.null func) (local.get 0))))`;

  test("charges 8 an element; all tables together have at most 1,000,000", () => {
    costs(grow("(table 3 funcref)"), "f", [40], 1 + 10_000 + 8 * 40);
    expect(call(grow("(table 3 funcref)"), "f", [999_997]).value).toBe(3);
    expect(call(grow("(table 3 funcref)"), "f", [999_998])).toMatchObject({ value: -1, used: 10_001n });
    expect(call(grow("(table 3 funcref) (table 5 externref)"), "f", [999_993]).value).toBe(-1);
    expect(call(grow("(table 3 8 funcref)"), "f", [5]).value).toBe(3);
    expect(call(grow("(table 3 8 funcref)"), "f", [6]).value).toBe(-1);
  });
});

describe("bulk operations (F6)", () => {
  const bulk = (operation: string) => `(module (memory 1) (table 100 funcref) (data $d "0123456789abcdef")
    (elem $e funcref (ref.null func) (ref.null func))
    (func (export "f") (param i32) ${operation}))`;

  test("cost 1 for 8 bytes and 8 for an element, before they act", () => {
    costs(bulk("(memory.fill (i32.const 0) (i32.const 1) (local.get 0))"), "f", [807], 1 + 8 + 100);
    costs(bulk("(memory.copy (i32.const 0) (i32.const 1) (local.get 0))"), "f", [16], 1 + 8 + 2);
    costs(bulk("(memory.init $d (i32.const 0) (i32.const 1) (local.get 0))"), "f", [15], 1 + 8 + 1);
    costs(bulk("(table.fill (i32.const 0) (ref.null func) (local.get 0))"), "f", [7], 1 + 8 + 8 * 7);
    costs(bulk("(table.copy (i32.const 0) (i32.const 1) (local.get 0))"), "f", [99], 1 + 8 + 8 * 99);
    costs(bulk("(table.init $e (i32.const 0) (i32.const 0) (local.get 0))"), "f", [2], 1 + 8 + 8 * 2);
  });

  test("also when they then trap, and lengths are unsigned", () => {
    const fill = bulk("(memory.fill (i32.const 0) (i32.const 1) (local.get 0))");
    expect(call(fill, "f", [65_544])).toMatchObject({ end: "trap", used: 9n + 8193n });
    expect(call(fill, "f", [-1])).toMatchObject({ end: "trap", used: 9n + (2n ** 32n - 1n) / 8n });
    expect(call(fill, "f", [800], { fuel: 108n }).end).toBe("out-of-fuel");
  });

  test("a 64-bit length can't turn the counter over", () => {
    const source = `(module (memory i64 1) (func (export "f") (param i64) (memory.fill (i64.const 0) (i32.const 1) (local.get 0))))`;
    expect(call(source, "f", [-1n]).end).toBe("out-of-fuel");
    expect(call(source, "f", [80n])).toMatchObject({ end: "ok", used: 19n });
    const elements =
      '(module (table i64 1 funcref) (func (export "f") (param i64) (table.fill (i64.const 0) (ref.null func) (local.get 0))))';
    for (const length of [-1n, 2n ** 61n, 2n ** 52n]) expect(call(elements, "f", [length]).end).toBe("out-of-fuel");
    expect(call(elements, "f", [1n])).toMatchObject({ end: "ok", used: 1n + 8n + 8n });
  });
});
