// Modules that pose as AssemblyScript and lie about their memory: nothing may throw, copy too much or touch the host
// (SPEC rules A1 to A9, H1).
import { describe, expect, test } from "vitest";
import { inspect, LocalSandbox } from "../../sre/wasm/index.ts";
import { sha256, type TaskOptions, task, text } from "./support/tasks.ts";
import { wat } from "./support/wat.ts";

const sandbox = new LocalSandbox({ sha256, engine: { name: "v8", version: process.versions.v8 } });

interface Fake {
  /** What `run` answers, an i32 expression. */
  readonly answer?: string;
  /** What `__new` answers. */
  readonly made?: string;
  readonly base?: string;
  readonly data?: string;
  readonly fields?: string;
}

const fake = ({ answer = "(local.get 0)", made = "(i32.const 1024)", base = "(i32.const 512)", data, fields }: Fake) =>
  wat(`(module ${fields ?? ""}
    (memory (export "memory") 1)
    ${data ?? `(data (i32.const 512) "\\04\\00\\00\\00" "\\20\\00\\00\\00" "\\20\\00\\00\\00" "\\20\\00\\00\\00" "\\41\\00\\00\\00")`}
    (global (export "__rtti_base") i32 ${base})
    (func (export "__new") (param i32 i32) (result i32)
      (i32.store (i32.const 1016) (local.get 1)) (i32.store (i32.const 1020) (local.get 0)) ${made})
    (func (export "__pin") (param i32) (result i32) (local.get 0))
    (func (export "__unpin") (param i32))
    (func (export "run") (param i32) (result i32) ${answer}))`);

/** An object at 2000 with this id and size. */
const object = (id: number, size: string) =>
  `(i32.store (i32.const 1992) (i32.const ${id})) (i32.store (i32.const 1996) (i32.const ${size})) (i32.const 2000)`;

async function run(module: Uint8Array, options: TaskOptions = {}) {
  const outcome = await sandbox.run(task(module, { abi: "assemblyscript/1", ...options }));
  if (outcome.kind === "fault") throw new Error(outcome.message);
  return outcome;
}
const exitOf = async (module: Uint8Array, options: TaskOptions = {}) => (await run(module, options)).answer.exit.kind;

describe("an honest fake", () => {
  test("gives its input back in each convention", async () => {
    expect(text((await run(fake({}), { input: "abc" })).output)).toBe("abc");
    expect(text((await run(fake({}), { entry: "run:buffer", input: "abc" })).output)).toBe("abc");
  });

  test("strings are limited by their bytes in UTF-8", async () => {
    const module = fake({});
    expect(await exitOf(module, { input: "12345678", limits: { output: 8 } })).toBe("ok");
    expect(await exitOf(module, { input: "123456789", limits: { output: 8 } })).toBe("output-limit");
    expect(await exitOf(module, { input: "€€€", limits: { output: 9 } })).toBe("ok");
    expect(await exitOf(module, { input: "€€€", limits: { output: 8 } })).toBe("output-limit");
  });

  test("input that is no UTF-8 and lone surrogates become U+FFFD", async () => {
    expect(text((await run(fake({}), { input: new Uint8Array([0x61, 0xff, 0x62]) })).output)).toBe("a\ufffdb");
    const lone = `(i32.store (i32.const 2000) (i32.const 0x0061d800)) ${object(2, "4")}`;
    expect(text((await run(fake({ answer: lone }))).output)).toBe("\ufffda");
  });
});

describe("lies about the answer", () => {
  test.each([
    ["null", "(i32.const 0)"],
    ["before any header", "(i32.const 16)"],
    ["not aligned", "(i32.const 2001)"],
    ["past the memory", "(i32.const 65540)"],
    ["far past the memory", "(i32.const -4)"],
    ["a string past the memory", object(2, "63537")],
    ["a string of 4 GiB", object(2, "-2")],
    ["a buffer past the memory", object(1, "63537")],
    ["an unknown type", object(77, "8")],
    ["a type that is no view", object(0, "8")],
    ["a view too small for its fields", object(3, "8")],
    [
      "a view of bytes past the memory",
      `(i32.store (i32.const 2004) (i32.const 65000)) (i32.store (i32.const 2008) (i32.const 537)) ${object(3, "12")}`,
    ],
    [
      "a view of 4 GiB",
      `(i32.store (i32.const 2004) (i32.const -1)) (i32.store (i32.const 2008) (i32.const -1)) ${object(3, "12")}`,
    ],
  ])("%s is a bad answer", async (_what, answer) => {
    expect(await exitOf(fake({ answer }))).toBe("bad-answer");
  });

  test("up to the memory's last byte it is none", async () => {
    const big = { limits: { output: 100_000 } };
    expect((await run(fake({ answer: object(1, "63536") }), big)).output.length).toBe(63_536);
    const view = `(i32.store (i32.const 2004) (i32.const 65000)) (i32.store (i32.const 2008) (i32.const 536)) ${object(3, "12")}`;
    expect((await run(fake({ answer: view }))).output.length).toBe(536);
  });

  test("a long answer is refused by its header before anything is copied", async () => {
    expect(await exitOf(fake({ answer: object(1, "60000") }), { limits: { output: 59_999 } })).toBe("output-limit");
    expect(await exitOf(fake({ answer: object(2, "60000") }), { limits: { output: 29_999 } })).toBe("output-limit");
  });

  test("a type table that is not there, or has no end", async () => {
    for (const base of ["(i32.const 65533)", "(i32.const -4)"]) {
      expect(await exitOf(fake({ base, answer: object(3, "12") }))).toBe("bad-answer");
      expect(await exitOf(fake({ base }), { entry: "run:bytes" })).toBe("bad-answer");
    }
    const endless = `(data (i32.const 512) "\\ff\\ff\\ff\\7f")`;
    expect(await exitOf(fake({ data: endless, answer: object(3, "12") }))).toBe("bad-answer");
    const none = `(data (i32.const 512) "\\00\\00\\00\\00")`;
    expect(await exitOf(fake({ data: none }), { entry: "run:bytes" })).toBe("bad-answer");

    const asI64 = wat(`(module (memory (export "memory") 1) (global (export "__rtti_base") i64 (i64.const 512))
      (func (export "__new") (param i32 i32) (result i32) (i32.const 1024))
      (func (export "__pin") (param i32) (result i32) (local.get 0)) (func (export "__unpin") (param i32))
      (func (export "run") (param i32) (result i32) (local.get 0)))`);

    expect(await exitOf(asI64, { entry: "run:bytes" })).toBe("bad-answer");
  });
});

describe("lies of the allocator", () => {
  test.each(["run", "run:bytes", "run:buffer"])("%s: room outside the memory is a bad answer", async (entry) => {
    for (const made of ["(i32.const -8)", "(i32.const 65536)", "(i32.const 65530)"]) {
      expect(await exitOf(fake({ made }), { entry, input: "12345678" })).toBe("bad-answer");
    }
  });

  test("an allocator that traps is a trap, one that spins is out of fuel", async () => {
    expect(await exitOf(fake({ made: "(unreachable)" }), { input: "x" })).toBe("trap");
    expect(await exitOf(fake({ made: "(loop (br 0)) (i32.const 0)" }), { input: "x" })).toBe("out-of-fuel");
  });
});

describe("lies to the imports", () => {
  const log = `(import "env" "console.log" (func $log (param i32)))`;
  const abort = `(import "env" "abort" (func $abort (param i32 i32 i32 i32)))`;

  test("console.log of what is no string ends the guest", async () => {
    for (const pointer of ["4", "17", "65540", "-4", "2000"]) {
      const module = fake({ fields: log, answer: `(call $log (i32.const ${pointer})) (loop (br 0)) (i32.const 0)` });
      expect(await exitOf(module)).toBe("bad-answer");
    }
  });

  test("abort with null and with garbage", async () => {
    const calling = (a: number, b: number) =>
      fake({
        fields: abort,
        answer: `(call $abort (i32.const ${a}) (i32.const ${b}) (i32.const -1) (i32.const 7)) (local.get 0)`,
      });
    const outcome = await run(calling(0, 0));
    expect([outcome.answer.exit.kind, text(outcome.logs)]).toEqual(["trap", "abort: null at null:4294967295:7\n"]);
    expect(await exitOf(calling(0, 3))).toBe("bad-answer");
  });

  test("trace takes only as many numbers as there are", async () => {
    const fields = `(import "env" "trace" (func $trace (param i32 i32 f64 f64 f64 f64 f64)))`;
    const numbers = "(f64.const 1) (f64.const nan:0x123) (f64.const -0.5) (f64.const 1e21) (f64.const 0.1)";
    for (const [count, said] of [
      ["99", " 1, NaN, -0.5, 1e+21, 0.1"],
      ["2", " 1, NaN"],
      ["0", ""],
      ["-1", ""],
    ]) {
      const module = fake({
        fields,
        answer: `(call $trace (i32.const 0) (i32.const ${count}) ${numbers}) (local.get 0)`,
      });
      expect(text((await run(module, { input: "x" })).logs)).toBe(`trace: null${said}\n`);
    }
  });
});

test("names that AssemblyScript's own loader would hang on the host's prototypes are names like others", async () => {
  const names = ["constructor#leak", "toString#leak", "__proto__.leak", "a.__proto__.leak", "get:constructor#leak"];
  const extra = names.map((name) => `(func (export "${name}") (param i32) (result i32) (local.get 0))`).join(" ");
  const module = fake({ fields: extra });
  expect(inspect(module).entries).toEqual(["run"]);
  expect(await exitOf(module, { input: "x" })).toBe("ok");
  expect(({} as Record<string, unknown>)["leak"]).toBeUndefined();
  expect((Object as unknown as Record<string, unknown>)["leak"]).toBeUndefined();
  const named = fake({ fields: `(func (export "constructor") (param i32) (result i32) (local.get 0))` });
  expect(text((await run(named, { entry: "constructor", input: "x" })).output)).toBe("x");
});

test("an import whose joined name reads like one that is offered is refused", async () => {
  const fields = `(import "env.console" "log" (func (param i32)))`;
  expect(await exitOf(fake({ fields }))).toBe("invalid-module");
});

test("Math and Date, which AssemblyScript's own loader would offer, can't be imported", async () => {
  const fields = `(import "Math" "random" (func (result f64)))`;
  expect(await exitOf(fake({ fields }))).toBe("invalid-module");
});
