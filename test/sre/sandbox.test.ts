// The conformance suite of the Sandbox interface, run on every implementation: each exit, the limits exactly at and
// one past, determinism, nothing left of the job before. Numbers in brackets are rules of sre/SPEC.md.
import { afterAll, describe, expect, test } from "vitest";
import { fuel } from "../../chain/protocol/index.ts";
import { LocalSandbox, PROFILES } from "../../sre/wasm/index.ts";
import { WasmSandbox } from "../../sre/wasm/process.ts";
import { ABORT, ECHO, guest, LOG, RECURSE, SPIN, STICKY } from "./support/guests.ts";
import { hex, LIMITS, sha256, type TaskOptions, task, text, utf8 } from "./support/tasks.ts";
import { wat } from "./support/wat.ts";

const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const engine = { name: "v8", version: process.versions.v8 };
const sandboxes = [
  ["in this thread", () => new LocalSandbox({ sha256, engine })],
  ["in worker processes", () => new WasmSandbox({ workers: 1 })],
] as const;

describe.each(sandboxes)("a wasm sandbox %s", (_name, make) => {
  const sandbox = make();
  afterAll(() => sandbox.close());

  const run = async (source: string | Uint8Array, options: TaskOptions = {}) => {
    const module = typeof source === "string" ? wat(source) : source;
    const outcome = await sandbox.run(task(module, options));
    if (outcome.kind === "fault") throw new Error(`${outcome.fault}: ${outcome.message}`);
    expect(outcome.answer.output).toEqual({ sha256: hex(sha256(outcome.output)), size: outcome.output.length });
    expect(outcome.answer.logs).toMatchObject({ sha256: hex(sha256(outcome.logs)), size: outcome.logs.length });
    return outcome;
  };
  const exitOf = async (source: string | Uint8Array, options: TaskOptions = {}) => {
    const outcome = await run(source, options);
    if (outcome.answer.exit.kind === "ok") expect(outcome.note).toBe("");
    else expect([outcome.answer.output.sha256, outcome.note.length > 0]).toEqual([EMPTY, true]);
    return outcome.answer.exit.kind;
  };

  test("names what it is", () => {
    expect(sandbox.sre).toBe("wasm");
    expect(sandbox.profiles).toEqual(PROFILES.map(({ id }) => id));
    expect(sandbox.surroundings.engine).toEqual(engine);
  });

  test("ok: bytes in, bytes out (B3)", async () => {
    expect(text((await run(ECHO, { input: "hello" })).output)).toBe("hello");
    expect((await run(ECHO)).output.length).toBe(0);
    expect((await run(ECHO)).answer.after).toBeNull();
  });

  test("the instance is paid for before it is made (E1, E2, F15)", async () => {
    // A page, two functions, three exports; and two regions of 1.
    const least = 4096 + 2 * 8 + 3 * 100;
    const nothing = guest("(i64.const 0)");
    const ends = async (source: string, limit = LIMITS.fuel) => {
      const { exit, fuel: used } = (await run(source, { limits: { fuel: limit } })).answer;
      return [exit.kind, Number(used)];
    };
    expect(await ends(nothing)).toEqual(["ok", least + 2]);
    expect(await ends(nothing, fuel(BigInt(least)))).toEqual(["out-of-fuel", least]);
    expect(await ends(nothing, fuel(BigInt(least - 1)))).toEqual(["out-of-fuel", least - 1]);
    // Ten elements of a table, three segments with a constant each, of which one with two elements; a global; data.
    const fields = `(table 10 funcref) (elem (i32.const 1) $f $f) (func $f) (global i32 (i32.const 1))
      (data (i32.const 8) "abcdefgh") (data (i32.const 65500) "0123456") (data "passive, and so for nothing")`;
    const more = least + 8 * (10 + 3 + 2 + 1 + 1) + 1;
    expect(await ends(guest("(i64.const 0)", fields))).toEqual(["ok", more + 2]);
    // What does not fit is a trap behind the charge, also where the fuel ends there; the start function has not run.
    const past = `(import "lockstep" "log" (func $log (param i32 i32))) (data (i32.const 65530) "0123456")
      (start $s) (func $s (call $log (i32.const 0) (i32.const 8)))`;
    const charged = BigInt(least + 2 * 8);
    expect(await ends(guest("(i64.const 0)", past))).toEqual(["trap", Number(charged)]);
    expect(await ends(guest("(i64.const 0)", past), fuel(charged))).toEqual(["trap", Number(charged)]);
    expect(await ends(guest("(i64.const 0)", past), fuel(charged - 1n))).toEqual(["out-of-fuel", Number(charged) - 1]);
  });

  test("trap: unreachable, division by zero, out of bounds, an active segment that does not fit (E2, E3)", async () => {
    expect(await exitOf(guest("(unreachable)"))).toBe("trap");
    expect(await exitOf(guest("(i64.div_u (i64.const 1) (i64.const 0))"))).toBe("trap");
    expect(await exitOf(guest("(i64.load (i32.const 65536))"))).toBe("trap");
    expect(await exitOf(guest("(i64.const 0)", `(data (i32.const 65536) "x")`))).toBe("trap");
  });

  test("abort: a trap whose message is in the logs, and nothing runs after it (B6, H2)", async () => {
    const outcome = await run(ABORT, { input: "because" });
    expect(outcome.answer.exit).toEqual({ kind: "trap", code: 0 });
    expect(text(outcome.logs)).toBe("because\n");
    expect(outcome.answer.calls.count).toBe(1n);
  });

  test("out-of-fuel: at the limit it passes with nothing left, one less and it fails (F1)", async () => {
    const sources = [ECHO, LOG, guest("(memory.fill (i32.const 0) (i32.const 1) (i32.const 4000)) (i64.const 0)")];
    for (const source of sources) {
      const { fuel: used } = (await run(source, { input: "\x05abcdefgh" })).answer;
      const exact = await run(source, { input: "\x05abcdefgh", limits: { fuel: used } });
      expect([exact.answer.exit.kind, exact.answer.fuel]).toEqual(["ok", used]);
      const less = await run(source, { input: "\x05abcdefgh", limits: { fuel: fuel(used - 1n) } });
      expect([less.answer.exit.kind, less.answer.fuel]).toEqual(["out-of-fuel", used - 1n]);
    }
    expect(await exitOf(SPIN, { limits: { fuel: fuel(1_000_000n) } })).toBe("out-of-fuel");
    expect(await exitOf(ECHO, { limits: { fuel: fuel(0n) } })).toBe("out-of-fuel");
  });

  test("stack: a deep recursion ends by the metric, never by the engine (S1 to S3)", async () => {
    const outcome = await run(RECURSE);
    expect(outcome.answer.exit.kind).toBe("stack");
    // 64 + 8 × (1 parameter + 2 operands) = 88 bytes a frame; `run` itself has 64 + 8 × (5 + 1) = 112.
    const frames = Math.floor((262_144 - 112) / 88);
    // `run`: 1 for the entry and 5 for the call; each `$deep`: 1 + add 1 + call 5, also the one that finds no room.
    // alloc: 1. The instance: a page, three functions, three exports.
    expect(outcome.answer.fuel).toBe(BigInt(4096 + 3 * 8 + 3 * 100 + 1 + 6 + (frames + 1) * 7));
    expect(await exitOf(ECHO, { limits: { stack: 64 + 8 * 7 } })).toBe("ok");
    expect(await exitOf(ECHO, { limits: { stack: 64 + 8 * 7 - 1 } })).toBe("stack");
    expect((await run(RECURSE, { limits: { stack: 2 ** 40 } })).answer.fuel).toBe(outcome.answer.fuel);
  });

  test("memory: a start above the limit; growth up to the cap and not past it (G1, G2)", async () => {
    const grow = (n: number) =>
      guest(`(i64.store (i32.const 0) (i64.extend_i32_u (memory.grow (i32.const ${n})))) (i64.const 4)`);
    const pages = (count: number) => ({ limits: { memory: count * 65_536 } });
    expect(await exitOf(guest("(i64.const 0)", "", 5), pages(5))).toBe("ok");
    expect(await exitOf(guest("(i64.const 0)", "", 5), { limits: { memory: 5 * 65_536 - 1 } })).toBe("memory");
    const fits = await run(grow(3), pages(4));
    const over = await run(grow(4), pages(4));
    expect([...fits.output, ...over.output]).toEqual([1, 0, 0, 0, 255, 255, 255, 255]);
    expect(fits.answer.fuel - over.answer.fuel).toBe(3n * 4096n);
    expect([...(await run(grow(-1))).output]).toEqual([255, 255, 255, 255]);
    const own = grow(1).replace('(memory (export "memory") 1)', '(memory (export "memory") 1 1)');
    expect([...(await run(own)).output]).toEqual([255, 255, 255, 255]);
  });

  test("output-limit: exactly at the limit it passes (B4)", async () => {
    expect(await exitOf(ECHO, { input: "12345678", limits: { output: 8 } })).toBe("ok");
    expect(await exitOf(ECHO, { input: "123456789", limits: { output: 8 } })).toBe("output-limit");
  });

  test("logs are cut at their limit, the guest goes on (L1)", async () => {
    const whole = await run(LOG, { input: "\x03ab", limits: { logs: 12 } });
    expect([text(whole.logs), whole.answer.logs.truncated]).toEqual(["\x03ab\n\x03ab\n\x03ab\n", false]);
    const cut = await run(LOG, { input: "\x03ab", limits: { logs: 11 } });
    expect([text(cut.logs), cut.answer.logs.truncated]).toEqual(["\x03ab\n\x03ab\n\x03ab", true]);
    expect(cut.answer.calls).toEqual(whole.answer.calls);
    expect(cut.answer.fuel).toBe(whole.answer.fuel);
    expect((await run(LOG, { input: "\x03ab", limits: { logs: 0 } })).answer.logs).toEqual({
      sha256: EMPTY,
      size: 0,
      truncated: true,
    });
  });

  test("bad-answer: pointers outside the memory (B4, H1)", async () => {
    expect(await exitOf(guest("(i64.const 65536)"))).toBe("ok");
    expect(await exitOf(guest("(i64.const 65537)"))).toBe("bad-answer");
    expect(await exitOf(guest("(i64.const 0xffffffff00000001)"))).toBe("bad-answer");
    expect(await exitOf(guest("(i64.const -1)"))).toBe("bad-answer");
    for (const pointer of [-4, 65_533, 65_537]) {
      const badAlloc = ECHO.replace("(i32.const 1024)", `(i32.const ${pointer})`);
      expect(await exitOf(badAlloc, { input: "abcd" })).toBe("bad-answer");
    }
    for (const range of [
      "(i32.const -1) (i32.const 2)",
      "(i32.const 65530) (i32.const 7)",
      "(i32.const 0) (i32.const -1)",
    ]) {
      const fields = `(import "lockstep" "log" (func $log (param i32 i32)))`;
      const outcome = await run(guest(`(call $log ${range}) (loop (br 0)) (i64.const 0)`, fields));
      expect([outcome.answer.exit.kind, outcome.answer.calls.count]).toEqual(["bad-answer", 0n]);
    }
  });

  test("bad-answer: more bytes at once in a host call than it takes (H4)", async () => {
    const log = (bytes: number) =>
      guest(
        `(call $log (i32.const 0) (i32.const ${bytes})) (i64.const 0)`,
        `(import "lockstep" "log" (func $log (param i32 i32)))`,
        257,
      );
    const limits = { memory: 2 ** 28 };
    expect(await exitOf(log(16_777_216), { limits })).toBe("ok");
    expect(await exitOf(log(16_777_217), { limits })).toBe("bad-answer");
  });

  test("invalid-module: no module, an invalid one, a foreign import, no such entry (M1, M2, M7, M9, B1)", async () => {
    const cases: [string | Uint8Array, TaskOptions][] = [
      [utf8("hello"), {}],
      [new Uint8Array(0), {}],
      [wat(ECHO).slice(0, -3), {}],
      // Wrong only in its types.
      [guest("(i64.add (i32.const 1) (i64.const 2))"), {}],
      [guest("(i64.const 0)", `(import "env" "system" (func (param i32)))`), {}],
      [guest("(i64.const 0)", `(import "lockstep" "log" (func (param i32)))`), {}],
      [guest("(i64.const 0)", `(import "lock" "step.log" (func (param i32 i32)))`), {}],
      [guest("(i64.const 0)", `(import "lockstep.log" "" (func (param i32 i32)))`), {}],
      // Each kind of export that the ABI takes, missing or of another type.
      [ECHO.replace('"memory"', '"store"'), {}],
      [ECHO.replace('"alloc"', '"give"'), {}],
      [ECHO.replace('"alloc") (param i32)', '"alloc") (param i64)'), {}],
      [ECHO.replace('"run"', '"__run"'), { entry: "__run" }],
      [ECHO.replace('"run"', '"run twice"'), { entry: "run twice" }],
      [ECHO, { entry: "alloc" }],
      [ECHO, { entry: "memory" }],
      [ECHO, { entry: "__proto__" }],
      [`(module (memory (export "memory") 1))`, {}],
      [ECHO, { abi: "assemblyscript/1" }],
    ];
    for (const [source, options] of cases) {
      const outcome = await run(source, options);
      expect([outcome.answer.exit.kind, outcome.answer.fuel, outcome.note]).toEqual([
        "invalid-module",
        0n,
        expect.stringMatching(/./),
      ]);
    }
  });

  test("a start function runs metered, before the entry (E1)", async () => {
    const spin = guest("(i64.const 0)", `(func $s (loop (br 0))) (start $s)`);
    expect(await exitOf(spin, { limits: { fuel: fuel(10_000n) } })).toBe("out-of-fuel");
    const set = guest("(i64.const 4)", `(func $s (i32.store (i32.const 0) (i32.const 0x41424344))) (start $s)`);
    expect(text((await run(set)).output)).toBe("DCBA");
  });

  test("the same job gives the same answer, twice, and after other jobs: nothing is left (E1)", async () => {
    const first = await run(STICKY, { input: "x" });
    for (let round = 0; round < 3; round++) expect(await run(STICKY, { input: "x" })).toEqual(first);
    for (const other of [ECHO, SPIN, RECURSE, ABORT]) {
      await run(other, { input: "other", limits: { fuel: fuel(100_000n) } });
      expect(await run(STICKY, { input: "x" })).toEqual(first);
    }
    expect([...first.output]).toEqual([8, 0, 0, 0, 0, 0, 0, 0].slice(0, first.output.length));
  });

  test("each host call is in the trace and in the transcript (T1 to T4, B5)", async () => {
    const lines: string[] = [];
    const { calls } = (await run(LOG, { input: "\x02abc", trace: (line) => lines.push(line) })).answer;
    expect(lines).toEqual(["==> log(4 bytes)", "<== ok", "==> log(4 bytes)", "<== ok"]);
    const record = [3, ...utf8("log"), 1, 0, 3, 0, 0, 0, 4, 2, ...utf8("abc")];
    const next = (state: Uint8Array) => sha256(new Uint8Array([...state, ...record]));
    expect(calls).toEqual({ sha256: hex(next(next(new Uint8Array(32)))), count: 2n });
    expect((await run(ECHO)).answer.calls).toEqual({ sha256: "00".repeat(32), count: 0n });
  });

  test("many runs at once each get their own answer", async () => {
    const inputs = Array.from({ length: 20 }, (_, index) => `input ${index}`);
    const outcomes = await Promise.all(inputs.map((input) => run(ECHO, { input })));
    expect(outcomes.map((outcome) => text(outcome.output))).toEqual(inputs);
  });

  test("a large input and output cross whole", async () => {
    const input = new Uint8Array(900_000).map((_, index) => (index * 2_654_435_761) >>> 24);
    const outcome = await run(ECHO.replace('"memory") 1', '"memory") 20'), { input });
    expect(hex(sha256(outcome.output))).toBe(hex(sha256(input)));
  });

  test("a longer input than a sandbox takes is misuse (E7)", async () => {
    const input = new Uint8Array(2 ** 28 + 1);
    await expect(sandbox.run({ ...task(wat(ECHO)), input })).rejects.toMatchObject({ code: "TOO_LARGE" });
  });

  test("calls for another sandbox are misuse", async () => {
    for (const call of [{ sre: "quickjs" as const }, { profile: "draft-0" }, { abi: "wasi/9" }]) {
      await expect(sandbox.run(task(wat(ECHO), { call }))).rejects.toMatchObject({ code: "UNSUPPORTED" });
    }
  });
});

test.each(sandboxes)("a closed sandbox %s runs nothing", async (_name, make) => {
  const sandbox = make();
  await sandbox.close();
  await expect(sandbox.run(task(wat(ECHO)))).rejects.toMatchObject({ code: "INTERNAL" });
});
