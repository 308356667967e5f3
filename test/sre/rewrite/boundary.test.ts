// What crosses between guest and host (SPEC rules M6 to M8, H2, H5, H6).
import { describe, expect, test } from "vitest";
import { rewrite } from "../../../sre/wasm/rewrite/index.ts";
import { call, costs, rewritten, start } from "../support/meter.ts";
import { wat } from "../support/wat.ts";

const bits32 = 0x7fa00001;
const bits64 = 0x7ff4000000000001n;

describe("floats cross as the integers of their bits (H5)", () => {
  test("in exports, NaN payloads whole", () => {
    const source = `(module (func (export "f") (param f32 i32 f64) (result f64 i32 f32)
      (local.get 2) (local.get 1) (local.get 0)))`;
    expect(call(source, "f", [bits32, 5, bits64]).value).toEqual([bits64, 5, bits32]);
    const one = `(module (func (export "f") (param f64) (result f64) (f64.add (local.get 0) (f64.const 1))))`;
    expect(call(one, "f", [0x3ff0000000000000n]).value).toBe(0x4000000000000000n);
  });

  test("a v128 as its low and its high half", () => {
    const source = `(module (func (export "f") (param i32 v128) (result v128 i32)
      (i64x2.add (local.get 1) (v128.const i64x2 1 2)) (local.get 0)))`;
    expect(call(source, "f", [9, 10n, 20n]).value).toEqual([11n, 22n, 9]);
  });

  test("in imports", () => {
    const seen: unknown[] = [];
    const source = `(module (import "e" "h" (func $h (param f32 v128 f64) (result f64 v128 i32)))
      (func (export "f") (result f64 v128 i32) (call $h (f32.const nan:0x200001) (v128.const i64x2 3 4) (f64.const 2))))`;
    const h = (...args: unknown[]) => {
      seen.push(...args);
      return [bits64, 7n, 8n, 6];
    };
    expect(call(source, "f", [], { imports: { e: { h } } }).value).toEqual([bits64, 7n, 8n, 6]);
    expect(seen).toEqual([bits32, 3n, 4n, 0x4000000000000000n]);
  });
});

describe("host calls", () => {
  const source = `(module (import "e" "h" (func $h (param i32))) (memory 1)
    (type $t (func (param i32))) (table 2 funcref) (elem (i32.const 0) $h)
    (func (export "f") (param i32) (call $h (local.get 0)) (i32.store (i32.const 0) (i32.const 1)))
    (func (export "i") (param i32) (call_indirect (type $t) (local.get 0) (i32.const 0)))
    (func (export "r") (param i32) (table.set (i32.const 1) (ref.func $h)) (call_indirect (type $t) (local.get 0) (i32.const 1)))
    (func (export "t") (param i32) (return_call $h (local.get 0)))
    (export "again" (func $h)))`;
  const quiet = { e: { h: () => {} } };

  test("see the fuel as it stands, and what they take is gone for the guest (H6)", () => {
    const exports: { current: Readonly<Record<string, unknown>> } = { current: {} };
    const seen: bigint[] = [];
    const h = () => {
      const fuel = exports.current[".fuel"] as WebAssembly.Global<bigint>;
      seen.push(fuel.value);
      fuel.value -= 30n;
    };
    exports.current = start(source, { fuel: 200n, imports: { e: { h } } });
    (exports.current["f"] as (n: number) => void)(5);
    // Entry 1, call 50, store 2 in one region.
    expect(seen).toEqual([147n]);
    expect((exports.current[".fuel"] as WebAssembly.Global<bigint>).value).toBe(117n);
  });

  test("cost the same directly, by tail call and again as an export; through tables as indirect calls", () => {
    for (const [name, fuel] of [
      ["f", 53],
      ["t", 51],
      ["i", 17],
      ["r", 1 + 4 + 2 + 16],
      ["again", 0],
    ] as const) {
      const ended = call(source, name, [3], { imports: quiet });
      expect([name, ended.end, ended.used]).toEqual([name, "ok", BigInt(fuel)]);
    }
  });

  test("the end flag stops the guest right behind the call, by every way (H2)", () => {
    for (const name of ["f", "t", "i", "r"]) {
      const exports: { current: Readonly<Record<string, unknown>> } = { current: {} };
      const h = () => {
        (exports.current[".end"] as WebAssembly.Global<number>).value = 1;
      };
      exports.current = start(source, { imports: { e: { h } } });
      expect(() => (exports.current[name] as (n: number) => void)(5)).toThrow(WebAssembly.RuntimeError);
    }
  });
});

describe("what a module holds after rewriting", () => {
  const exportsOf = (bytes: Uint8Array) =>
    WebAssembly.Module.exports(new WebAssembly.Module(bytes)).map(({ name }) => name);

  test("names can't collide: a guest's that begins with a dot gets another (M8)", () => {
    const names = ["fuel", ".fuel", "memory", "start", "pages", "", "$fuel", "grüße"];
    const spelled = (name: string) => name.replace("üß", "\\c3\\bc\\c3\\9f");
    const globals = names.map((name) => `(global (export "${spelled(name)}") i32 (i32.const 7))`);
    const source = `(module (memory 1) ${globals.join("")})`;
    expect(exportsOf(rewritten(source))).toEqual([
      ...[".fuel", ".stack", ".end", ".pages", ".memory"],
      ...names.map((name) => (name === ".fuel" ? "..fuel" : name)),
    ]);
  });

  test("tables are not exported, imported memories and tables are the guest's own", () => {
    const source = `(module (import "a" "m" (memory 2 5)) (import "a" "t" (table 3 7 funcref)) (table (export "u") 1 funcref)
      (memory (export "n") 1) (export "t" (table 0)) (export "m" (memory 0))
      (func (export "f") (result i32) (i32.add (i32.mul (memory.size 0) (i32.const 100)) (table.size 0))))`;
    const bytes = rewritten(source);
    expect(WebAssembly.Module.imports(new WebAssembly.Module(bytes))).toEqual([]);
    expect(exportsOf(bytes)).toEqual([".fuel", ".stack", ".end", ".pages", ".memory", "n", "m", "f"]);
    expect(call(source, "f").value).toBe(203);
  });

  test("ref.func of what only an export declared stays valid (M6)", () => {
    const module = wat(`(module (import "e" "h" (func $h)) (func $f (export "f")) (export "h" (func $h))
      (func (export "g") (drop (ref.func $f)) (drop (ref.func $h))))`);
    const result = rewrite(module, { refuseImport: () => null, keepExport: () => false });
    expect(result.kind === "rewritten" && WebAssembly.validate(result.module.bytes)).toBe(true);
  });

  test("the start function runs when the host says so (E1)", () => {
    const source = `(module (global $g (export "g") (mut i32) (i32.const 0)) (func $s (global.set $g (i32.const 9))) (start $s))`;
    const exports = start(source);
    expect((exports["g"] as WebAssembly.Global<number>).value).toBe(0);
    (exports[".start"] as () => void)();
    expect((exports["g"] as WebAssembly.Global<number>).value).toBe(9);
  });

  test("the same module under any profile that takes it gives the same bytes (P2)", () => {
    const module = wat(`(module (memory 1) (func (export "f") (drop (memory.grow (i32.const 1)))))`);
    const rules = { refuseImport: () => null, keepExport: () => true };
    const [base, all] = [rewrite(module, { ...rules, features: new Set() }), rewrite(module, rules)];
    expect(base).toEqual(all);
  });
});

test("fuel is stored when a call returns, and before unreachable (F12)", () => {
  costs(`(module (func (export "f")))`, "f", [], 1);
  expect(call(`(module (func (export "f") (unreachable)))`, "f")).toMatchObject({ end: "trap", used: 1n });
});
