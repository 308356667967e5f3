// What rewriting does to single things: NaN bits, boundaries, fuel at the ends (SPEC rules M, F, S, N).
import { describe, expect, test } from "vitest";
import { fuel } from "../../../chain/protocol/index.ts";
import { LocalSandbox } from "../../../sre/wasm/index.ts";
import { type RewriteResult, rewrite } from "../../../sre/wasm/rewrite/index.ts";
import { ECHO, guest, RECURSE } from "../support/guests.ts";
import { instanceFuel } from "../support/meter.ts";
import { hex, sha256, type TaskOptions, task, text } from "../support/tasks.ts";
import { wat } from "../support/wat.ts";

const sandbox = new LocalSandbox({ sha256, engine: { name: "v8", version: process.versions.v8 } });
const all = (module: Uint8Array): RewriteResult =>
  rewrite(module, { refuseImport: () => null, keepExport: () => true });

function rewritten(module: Uint8Array): Uint8Array {
  const result = all(module);
  if (result.kind === "refused") throw new Error(result.refusal.message);
  return result.module.bytes;
}

async function output(source: string): Promise<string> {
  const outcome = await sandbox.run(task(wat(source)));
  if (outcome.kind === "fault") throw new Error(outcome.message);
  expect(outcome.note).toBe("");
  return hex(outcome.output);
}

describe("NaN (N1, N2)", () => {
  const bits = (f64: string) => guest(`(i64.store (i32.const 0) (i64.reinterpret_f64 ${f64})) (i64.const 8)`);
  const narrow = (f32: string) => guest(`(i32.store (i32.const 0) (i32.reinterpret_f32 ${f32})) (i64.const 4)`);
  const payload = "(f64.const -nan:0x4000000000001)";
  const payload32 = "(f32.const -nan:0x200001)";

  test.each(["add", "sub", "mul", "div", "min", "max"])("f64.%s and f32.%s give the canonical NaN", async (op) => {
    expect(await output(bits(`(f64.${op} ${payload} (f64.const 1))`))).toBe("000000000000f87f");
    expect(await output(bits(`(f64.${op} (f64.const 1) ${payload})`))).toBe("000000000000f87f");
    expect(await output(narrow(`(f32.${op} ${payload32} (f32.const 1))`))).toBe("0000c07f");
  });

  test.each(["sqrt", "ceil", "floor", "trunc", "nearest"])("f64.%s and f32.%s give the canonical NaN", async (op) => {
    expect(await output(bits(`(f64.${op} ${payload})`))).toBe("000000000000f87f");
    expect(await output(narrow(`(f32.${op} ${payload32})`))).toBe("0000c07f");
  });

  test("promotion and demotion too, and a NaN made by arithmetic", async () => {
    expect(await output(bits(`(f64.promote_f32 ${payload32})`))).toBe("000000000000f87f");
    expect(await output(narrow(`(f32.demote_f64 ${payload})`))).toBe("0000c07f");
    expect(await output(bits("(f64.div (f64.const 0) (f64.const 0))"))).toBe("000000000000f87f");
    expect(await output(bits("(f64.copysign (f64.const 1) (f64.sub (f64.const inf) (f64.const inf)))"))).toBe(
      "000000000000f03f",
    );
  });

  test("payloads that no arithmetic touches stay as they are", async () => {
    expect(await output(bits(payload))).toBe("010000000000f4ff");
    expect(await output(bits(`(f64.neg ${payload})`))).toBe("010000000000f47f");
    expect(await output(bits(`(f64.abs ${payload})`))).toBe("010000000000f47f");
    expect(await output(bits(`(f64.copysign ${payload} (f64.const 1))`))).toBe("010000000000f47f");
    expect(
      await output(
        bits("(f64.load (i32.const 64))").replace(
          "(memory",
          `(data (i32.const 64) "\\01\\00\\00\\00\\00\\00\\f4\\ff") (memory`,
        ),
      ),
    ).toBe("010000000000f4ff");
  });
});

describe("what rewriting leaves and drops", () => {
  const exportsOf = (bytes: Uint8Array) =>
    Object.keys(new WebAssembly.Instance(new WebAssembly.Module(bytes), {}).exports);

  test("an ABI's exports and ours are there, nothing else (M8)", () => {
    const module = wat(ECHO.replace("(func (export", `(global (export "g") i32 (i32.const 1)) (func (export`));
    const result = rewrite(module, { refuseImport: () => null, keepExport: ({ name }) => name !== "g" });
    if (result.kind === "refused") throw new Error();
    expect(exportsOf(result.module.bytes)).toEqual([
      ...[".fuel", ".stack", ".end", ".pages", ".memory"],
      ...["memory", "alloc", "run"],
    ]);
    expect(exportsOf(rewritten(module))).toContain("g");
  });

  test("names that are not ASCII keep their bytes", () => {
    const module = wat(`(module (func (export "gr\\c3\\bc\\c3\\9fe")))`);
    expect(exportsOf(rewritten(module))).toContain("grüße");
  });

  test("ref.func of what only a dropped export declared stays valid (M6)", () => {
    const module = wat(`(module (func $f (export "f")) (func (export "g") (drop (ref.func $f))))`);
    const result = rewrite(module, { refuseImport: () => null, keepExport: () => false });
    expect(result.kind === "rewritten" && WebAssembly.validate(result.module.bytes)).toBe(true);
  });

  test("custom sections are dropped (M3)", () => {
    const module = wat(ECHO);
    const custom = new Uint8Array([...module, 0, 9, 4, ...new TextEncoder().encode("name"), 1, 2, 3, 4]);
    expect(hex(rewritten(custom))).toBe(hex(rewritten(module)));
  });

  test("a module that sets no counter runs nothing", () => {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(rewritten(wat(ECHO))), {});
    expect(() => (exports["alloc"] as (n: number) => number)(1)).toThrow(WebAssembly.RuntimeError);
  });

  test("an import in a table and by ref.func is called through its thunk (H2)", async () => {
    const fields = `(import "lockstep" "abort" (func $abort (param i32 i32)))
      (type $t (func (param i32 i32))) (table 2 funcref) (elem (i32.const 0) $abort)`;
    for (const call of [
      "(call_indirect (type $t) (i32.const 0) (i32.const 0) (i32.const 0))",
      "(table.set (i32.const 1) (ref.func $abort)) (call_indirect (type $t) (i32.const 0) (i32.const 0) (i32.const 1))",
    ]) {
      const outcome = await sandbox.run(task(wat(guest(`${call} (loop (br 0)) (i64.const 0)`, fields))));
      expect(outcome.kind === "exit" && outcome.answer.exit.kind).toBe("trap");
    }
  });
});

describe("fuel at the ends", () => {
  /** The end, and the fuel used besides what making the instance takes; `units` are the limit besides. */
  const used = async (source: string, options: TaskOptions = {}, units?: bigint) => {
    const instance = instanceFuel(source);
    const limits = units === undefined ? {} : { limits: { fuel: fuel(instance + units) } };
    const outcome = await sandbox.run(task(wat(source), { ...options, ...limits }));
    if (outcome.kind === "fault") throw new Error(outcome.message);
    return [outcome.answer.exit.kind, outcome.answer.fuel - instance] as const;
  };

  test("a trap pays what was charged at the last sync point (F7)", async () => {
    // alloc: 1, stored when it returned. run: entry 1 and memory.fill 8, stored before that acts; division 16 and
    // addition 1 in the same region.
    const division = "(drop (i64.add (i64.const 1) (i64.div_u (i64.const 1) (i64.const 0))))";
    const fill = "(memory.fill (i32.const 0) (i32.const 0) (i32.const 0))";
    expect(await used(guest(`${division} (i64.const 0)`))).toEqual(["trap", 1n]);
    expect(await used(guest(`${fill} ${division} (i64.const 0)`))).toEqual(["trap", 1n + 1n + 8n + 17n]);
  });

  test("a bulk operation is charged before it acts, also when it then traps (F6)", async () => {
    const fill = (length: number) =>
      guest(`(memory.fill (i32.const 0) (i32.const 1) (i32.const ${length})) (i64.const 0)`);
    expect(await used(fill(65_536))).toEqual(["ok", 1n + 1n + 8n + 8192n]);
    expect(await used(fill(65_537))).toEqual(["trap", 1n + 1n + 8n + 8192n]);
    expect(await used(fill(-1), {}, 100_000_000n)).toEqual(["out-of-fuel", 100_000_000n]);
    expect(await used(fill(-1), {}, 2n ** 40n)).toEqual(["trap", 10n + (2n ** 32n - 1n) / 8n]);
  });

  test("growth is charged per page before it happens (G2)", async () => {
    const grow = guest("(drop (memory.grow (i32.const 10))) (i64.const 0)");
    expect(await used(grow)).toEqual(["ok", 1n + 1n + 10_000n + 40_960n]);
    expect(await used(grow, {}, 50_961n)).toEqual(["out-of-fuel", 50_961n]);
  });

  test("input and output are charged by length (F8), host calls too (H3)", async () => {
    const [, empty] = await used(ECHO);
    expect((await used(ECHO, { input: "x".repeat(800) }))[1]).toBe(empty + 200n);
    const log = guest(
      "(call $log (i32.const 0) (i32.const 8000)) (i64.const 0)",
      `(import "lockstep" "log" (func $log (param i32 i32)))`,
    );
    expect(await used(log)).toEqual(["ok", 1n + 1n + 50n + 1000n]);
    const poor = await sandbox.run(task(wat(log), { limits: { fuel: fuel(instanceFuel(log) + 1051n) } }));
    if (poor.kind === "fault") throw new Error();
    expect([poor.answer.exit.kind, poor.answer.calls.count, text(poor.logs)]).toEqual(["out-of-fuel", 0n, ""]);
  });

  test("a stack limit met in the depth is no fault and costs the same each time (S3)", async () => {
    const runs = await Promise.all([1, 2, 3].map(() => used(RECURSE)));
    expect(new Set(runs.map(String)).size).toBe(1);
  });
});
