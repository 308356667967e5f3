// What every guest ABI of bytes has to hold alike, whatever it looks like: one table of guests per ABI, one suite over
// all of them. A new ABI needs a row, or the first test fails (SPEC rules M7, M9, H1 to H4, F1, F8, S3, L1, T1, E2 to E4).
import { afterAll, describe, expect, test } from "vitest";
import { fuel } from "../../chain/protocol/index.ts";
import { ABI_NAMES, LocalSandbox, PROFILES } from "../../sre/wasm/index.ts";
import { sha256, type TaskOptions, task, text } from "./support/tasks.ts";
import { wat } from "./support/wat.ts";

/** How guests of an ABI are written. Memory from 4,096 on is theirs; `$host` is a host call that logs. */
interface Row {
  readonly entry: string;
  /** The import `$host`, and data that it needs. */
  readonly host: string;
  /** A call of `$host` that logs 8 bytes and maybe more; of one whose bytes lie outside the memory, or are too many. */
  readonly log: string;
  readonly outside: string;
  readonly large: string;
  /** Other fields of every guest. */
  readonly fields: string;
  /** The exports that make a guest fit, as fields: the code `early` runs before the entry, `body` in it. */
  exports(early: string, body: string): Readonly<Record<string, string>>;
}

const PAGES = 300;
const MEMORY = { memory: `(memory (export "memory") ${PAGES})` };
/** A string of AssemblyScript's at 2,048, with its header in front. */
const STRING = `(data (i32.const 2040) "\\02\\00\\00\\00" "\\08\\00\\00\\00" "a\\00b\\00c\\00d\\00")`;
/** Vectors of WASI: 8 bytes at 2,048; 8 bytes outside; 32 MiB. */
const VECTORS = `(data (i32.const 2000) "\\00\\08\\00\\00" "\\08\\00\\00\\00" "\\f8\\ff\\ff\\ff" "\\08\\00\\00\\00" "abcdefg\\0a")`;

const ROWS: Readonly<Record<string, Row>> = {
  "bytes/1": {
    entry: "run",
    host: `(import "lockstep" "log" (func $host (param i32 i32)))`,
    log: "(call $host (i32.const 2048) (i32.const 8))",
    outside: "(call $host (i32.const -8) (i32.const 8))",
    large: "(call $host (i32.const 0) (i32.const 16777217))",
    fields: "",
    exports: (early, body) => ({
      ...MEMORY,
      alloc: `(func (export "alloc") (param i32) (result i32) ${early} (i32.const 4096))`,
      run: `(func (export "run") (param i32 i32) (result i64) ${body}
        (i64.or (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32)) (i64.extend_i32_u (local.get 1))))`,
    }),
  },
  "assemblyscript/1": {
    entry: "run:buffer",
    host: `(import "env" "console.log" (func $host (param i32))) ${STRING}`,
    log: "(call $host (i32.const 2048))",
    outside: "(call $host (i32.const -8))",
    large: "(i32.store (i32.const 2044) (i32.const 16777218)) (call $host (i32.const 2048))",
    fields: "",
    exports: (early, body) => ({
      ...MEMORY,
      __rtti_base: `(global (export "__rtti_base") i32 (i32.const 1024))`,
      __new: `(func (export "__new") (param i32 i32) (result i32) ${early}
        (i32.store (i32.const 4088) (local.get 1)) (i32.store (i32.const 4092) (local.get 0)) (i32.const 4096))`,
      __pin: `(func (export "__pin") (param i32) (result i32) (local.get 0))`,
      __unpin: `(func (export "__unpin") (param i32))`,
      run: `(func (export "run") (param i32) (result i32) ${body} (local.get 0))`,
    }),
  },
  "wasi/1": {
    entry: "_start",
    host: `(import "wasi_snapshot_preview1" "fd_write" (func $host (param i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32))) ${VECTORS}`,
    log: "(drop (call $host (i32.const 2) (i32.const 2000) (i32.const 1) (i32.const 0)))",
    outside: "(drop (call $host (i32.const 2) (i32.const 2008) (i32.const 1) (i32.const 0)))",
    large: "(drop (call $random (i32.const 0) (i32.const 16777217)))",
    fields: `(func $echo
      (i32.store (i32.const 0) (i32.const 4096)) (i32.store (i32.const 4) (i32.const 65536))
      (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 4)))
      (drop (call $host (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))`,
    exports: (early, body) => ({
      ...MEMORY,
      _initialize: `(func (export "_initialize") ${early})`,
      _start: `(func (export "_start") ${body} (call $echo))`,
    }),
  },
};
/** Exports that a guest may lack. */
const SPARE = new Set(["_initialize"]);

/** What a guest differs in. */
interface Guest {
  readonly early?: string;
  readonly body?: string;
  readonly fields?: string;
  /** An export that it lacks, or has with another type. */
  readonly lacks?: string;
  readonly retypes?: string;
}

/** ABIs of typed values, which no echo of bytes can try: tests of their own hold them to the same. */
const TYPED = ["assemblyscript/2", "component/1"];

test("every ABI of bytes has a row", () => {
  expect([...Object.keys(ROWS), ...TYPED].sort()).toEqual([...ABI_NAMES].sort());
});

describe.each(Object.entries(ROWS))("%s", (abi, row) => {
  const sandbox = new LocalSandbox({ sha256, engine: { name: "v8", version: process.versions.v8 } });
  afterAll(() => sandbox.close());

  function guest({ early = "", body = "", fields = "", lacks, retypes }: Guest): Uint8Array {
    const exports = Object.entries(row.exports(early, body)).flatMap(([name, field]) => {
      if (name === lacks) return [];
      return [name === retypes ? `(func (export "${name}") (param i64 i64 i64))` : field];
    });
    // Where the memory is what is missing, there is one without the name.
    const memory = [lacks, retypes].includes("memory") ? `(memory ${PAGES})` : "";
    return wat(`(module ${row.host} ${fields} ${row.fields} ${memory} ${exports.join("\n")})`);
  }

  async function run(wanted: Guest, options: TaskOptions = {}) {
    const limits = { memory: 2 ** 26, ...options.limits };
    const outcome = await sandbox.run(task(guest(wanted), { abi, entry: row.entry, ...options, limits }));
    if (outcome.kind === "fault") throw new Error(outcome.message);
    return { ...outcome, exit: outcome.answer.exit.kind };
  }

  const required = Object.keys(row.exports("", "")).filter((name) => !SPARE.has(name));

  test("gives back what it was given", async () => {
    for (const input of ["", "a", "x".repeat(5000)]) {
      const { exit, output, note } = await run({}, { input });
      expect([exit, text(output), note]).toEqual(["ok", input, ""]);
    }
  });

  test.each(required)("without %s, or with one of another type, a module does not fit", async (name) => {
    for (const wanted of [{ lacks: name }, { retypes: name }]) {
      const { exit, note, answer } = await run(wanted);
      expect([exit, answer.fuel, note]).toEqual(["invalid-module", 0n, expect.stringMatching(/^the module /)]);
    }
  });

  test("an import outside the ABI is refused by name, whatever else it is", async () => {
    const imports = [
      ["env", "system", "(func)"],
      ["", "", "(func)"],
      [row.host.split('"')[1]!, "nothing", "(func)"],
      ["env", "value", "(global i32)"],
    ] as const;
    for (const [module, name, kind] of imports) {
      const { exit, note } = await run({ fields: `(import "${module}" "${name}" ${kind})` });
      expect([exit, note]).toEqual(["invalid-module", expect.stringContaining(`"${module}"."${name}"`)]);
    }
  });

  test("a trap is one before the entry and in it, and loses what was written", async () => {
    for (const wanted of [{ early: "(unreachable)" }, { body: "(unreachable)" }]) {
      const { exit, output } = await run(wanted, { input: "abc" });
      expect([exit, output.length]).toEqual(["trap", 0]);
    }
    expect((await run({ fields: "(start $s) (func $s (unreachable))" })).exit).toBe("trap");
    expect((await run({ fields: `(data (i32.const -1) "x")` })).exit).toBe("trap");
  });

  test("fuel ends it before the entry, in it, and in a host call", async () => {
    const spin = "(loop (br 0))";
    for (const wanted of [{ early: spin }, { body: spin }, { body: row.log.repeat(3) }]) {
      const limits = { fuel: fuel(150n) };
      const { exit, answer, output } = await run(wanted, { input: "abc", limits });
      expect([exit, answer.fuel, output.length]).toEqual(["out-of-fuel", 150n, 0]);
    }
  });

  test("exactly the fuel that it uses is enough, one unit less is not", async () => {
    const wanted = { body: row.log };
    const options = { input: "x".repeat(1000) };
    const { fuel: used, calls } = (await run(wanted, options)).answer;
    expect((await run(wanted, { ...options, limits: { fuel: used } })).answer.calls).toEqual(calls);
    expect((await run(wanted, { ...options, limits: { fuel: fuel(used - 1n) } })).exit).toBe("out-of-fuel");
  });

  test("what crosses is charged by its length", async () => {
    const used = async (size: number) => (await run({}, { input: "x".repeat(size) })).answer.fuel;
    // In and out: 800 bytes more cost 100 units each way.
    expect((await used(1600)) - (await used(800))).toBe(200n);
  });

  test("the stack ends it", async () => {
    const { exit } = await run({ body: "(call $deep)", fields: "(func $deep (call $deep))" });
    expect(exit).toBe("stack");
  });

  test("a range of a host call outside the memory, or too large, ends it, nothing noted", async () => {
    for (const body of [row.outside, row.large]) {
      const { exit, answer, logs } = await run({ body });
      expect([exit, answer.calls.count, logs.length]).toEqual(["bad-answer", 0n, 0]);
    }
  });

  test("the output's limit is exact", async () => {
    const at = async (output: number) => (await run({}, { input: "12345", limits: { output } })).exit;
    expect([await at(5), await at(4), await at(0)]).toEqual(["ok", "output-limit", "output-limit"]);
  });

  test("the logs are cut at their limit, which ends nothing", async () => {
    const whole = await run({ body: row.log });
    const size = whole.logs.length;
    expect([size > 0, whole.answer.logs.truncated]).toEqual([true, false]);
    const exact = await run({ body: row.log }, { limits: { logs: size } });
    const cut = await run({ body: row.log.repeat(2) }, { limits: { logs: size + 1 } });
    expect([exact.answer.logs.truncated, cut.exit, cut.answer.logs.truncated]).toEqual([false, "ok", true]);
    expect(cut.logs.length).toBe(size + 1);
  });

  test("the same call has the same answer, and another input another one", async () => {
    const once = await run({ body: row.log }, { input: "same" });
    expect(await run({ body: row.log }, { input: "same" })).toEqual(once);
    const none = await run({}, { input: "same" });
    expect(none.answer.calls).not.toEqual(once.answer.calls);
  });

  test("a guest with exceptions catches no end", async () => {
    const profile = PROFILES.find(({ label }) => label === "wasm-1+exceptions")!.id;
    const catching = (body: string) => `(try_table (catch_all 0) ${body})`;
    const fields = "(tag $t)";
    const options = { call: { profile } };
    expect((await run({ fields, body: `(block ${catching("(throw $t)")})` }, options)).exit).toBe("ok");
    expect((await run({ fields, body: `(block ${catching(row.outside)})` }, options)).exit).toBe("bad-answer");
    expect((await run({ fields, body: `(block ${catching("(unreachable)")})` }, options)).exit).toBe("trap");
    expect((await run({ fields, body: "(throw $t)" }, options)).exit).toBe("trap");
  });
});
