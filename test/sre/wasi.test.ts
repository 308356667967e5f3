// The ABI `wasi/1` by a guest that makes whatever calls a test asks for: what a program finds, what each group of
// functions does, what a call costs and leaves in the transcript (SPEC rules W1 to W10, O6 to O8).
import { afterAll, describe, expect, test } from "vitest";
import { fuel } from "../../chain/protocol/index.ts";
import type { Outcome } from "../../sre/core/index.ts";
import { WASI_IMPORTS } from "../../sre/wasm/abi/wasi/imports.ts";
import { inspect, LocalSandbox } from "../../sre/wasm/index.ts";
import { sha256, type TaskOptions, task, text, utf8 } from "./support/tasks.ts";
import { Image, prober, Script } from "./support/wasi.ts";
import { wat } from "./support/wat.ts";

const sandbox = new LocalSandbox({ sha256, engine: { name: "v8", version: process.versions.v8 } });
afterAll(() => sandbox.close());

type Exit = Extract<Outcome, { kind: "exit" }>;

async function runModule(module: Uint8Array, options: TaskOptions = {}): Promise<Exit> {
  const outcome = await sandbox.run(task(module, { abi: "wasi/1", entry: "_start", ...options }));
  if (outcome.kind === "fault") throw new Error(outcome.message);
  return outcome;
}

/** Runs a script; its image, or null when the guest ended before it wrote it. */
async function run(script: Script, options: TaskOptions = {}): Promise<Exit & { readonly image: Image }> {
  const exit = await runModule(prober(script.module), { input: script.input(), ...options });
  const image = exit.answer.exit.kind === "ok" && exit.output.length > 0 ? new Image(script, exit.output) : null;
  return { ...exit, image: image as Image };
}

const start = (body: string, fields = "") =>
  wat(`(module ${fields} (memory (export "memory") 1) (func (export "_start") ${body}))`);
const EXIT = `(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))`;

describe("a program (W1, W2)", () => {
  test("offers all functions of both versions", () => {
    const count = (module: string) => WASI_IMPORTS.filter((offer) => offer.module === module).length;
    expect([count("wasi_snapshot_preview1"), count("wasi_unstable")]).toEqual([46, 45]);
  });

  test("is a command with one entry, or a reactor with those that need nothing", () => {
    expect(inspect(start("")).entries).toEqual(["_start"]);
    const reactor = wat(`(module (memory (export "memory") 1) (func (export "_initialize")) (func (export "__ctors"))
      (func (export "go")) (func (export "code") (result i32) (i32.const 3))
      (func (export "other") (param i32)) (func (export "wide") (result i64) (i64.const 3)))`);
    expect(inspect(reactor)).toMatchObject({ abi: "wasi/1", entries: ["go", "code"] });
    const plain = wat(`(module ${EXIT} (memory (export "memory") 1) (func (export "go")))`);
    expect(inspect(plain)).toMatchObject({ abi: "wasi/1", entries: ["go"] });
  });

  test("what does not fit is told why", () => {
    const refused = (source: string) => () => inspect(wat(source));
    expect(refused(`(module (memory (export "memory") 1) (func (export "go")))`)).toThrow(
      "wasi/1: it neither imports from wasi_snapshot_preview1 or wasi_unstable nor exports _start",
    );
    expect(refused(`(module (func (export "_start")))`)).toThrow(`wasi/1: it exports no memory named "memory"`);
    expect(refused(`(module ${EXIT} (memory (export "memory") 1))`)).toThrow("without parameters to be called");
    expect(
      refused(
        `(module (import "wasi_snapshot_preview1" "fd_reed" (func)) (memory (export "memory") 1) (func (export "_start")))`,
      ),
    ).toThrow(
      /"fd_reed", which the ABI wasi\/1 does not offer; it offers the functions of "wasi_snapshot_preview1" and/,
    );
    expect(
      refused(
        `(module (import "wasi_snapshot_preview1" "fd_close" (func)) (memory (export "memory") 1) (func (export "_start")))`,
      ),
    ).toThrow(`imports "wasi_snapshot_preview1"."fd_close" with another type`);
  });

  test("of imports outside the ABI each is named, once", () => {
    const importing = (...names: string[]) =>
      `(module ${names.map((name) => `(import ${name} (func))`).join(" ")} ${EXIT} (memory (export "memory") 1)
        (func (export "_start")))`;
    const fd = (name: string) => `"wasi_snapshot_preview1" "${name}"`;
    const message = (source: string) => {
      try {
        return void inspect(wat(source));
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(message(importing(`"env" "abort"`, fd("fd_close"), `"env" "abort"`, fd("sock_open"), fd("fd_sync")))).toBe(
      `the module is refused: imports "env"."abort", "wasi_snapshot_preview1"."sock_open", which the ABI wasi/1 does not offer; ` +
        `it offers the functions of "wasi_snapshot_preview1" and "wasi_unstable"; and the module ` +
        `imports "wasi_snapshot_preview1"."fd_close", "wasi_snapshot_preview1"."fd_sync" with another type than the ABI wasi/1 offers (import section, offset 0x16)`,
    );
    const many = message(importing(...Array.from({ length: 12 }, (_, index) => `"env" "f${index}"`)));
    expect(many).toMatch(/imports "env"."f0", .*, "env"."f9" and 2 more, which the ABI wasi\/1 does not offer/);
  });

  test("runs start function, _initialize and entry, in this order", async () => {
    const say = (name: string, at: number) =>
      `(func $${name} (drop (call $write (i32.const 1) (i32.const ${at}) (i32.const 1) (i32.const 100))))`;
    const order = wat(`(module
      (import "wasi_unstable" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1) (start $begin)
      (data (i32.const 0) "\\20\\00\\00\\00\\01\\00\\00\\00\\21\\00\\00\\00\\01\\00\\00\\00\\22\\00\\00\\00\\01\\00\\00\\00")
      (data (i32.const 32) "abc")
      ${say("begin", 0)} ${say("initialize", 8)} ${say("go", 16)}
      (export "_initialize" (func $initialize)) (export "go" (func $go)))`);
    expect(text((await runModule(order, { entry: "go" })).output)).toBe("abc");
    expect((await runModule(order, { entry: "_initialize" })).answer.exit.kind).toBe("invalid-module");
  });
});

describe("an end (W8, E4)", () => {
  const hello = `(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (data (i32.const 0) "\\08\\00\\00\\00\\05\\00\\00\\00hello")`;
  const say = `(drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))`;

  test.each([
    ["a return", say, "ok", 0],
    ["proc_exit(0)", `${say} (call $exit (i32.const 0)) (unreachable)`, "ok", 0],
    ["proc_exit(3)", `${say} (call $exit (i32.const 3)) (unreachable)`, "code", 3],
    ["proc_exit(-1)", `${say} (call $exit (i32.const -1)) (loop (br 0))`, "code", -1],
  ])("%s keeps the output", async (_what, body, kind, code) => {
    const { answer, output, note } = await runModule(start(body, EXIT + hello));
    expect([answer.exit, text(output)]).toEqual([{ kind, code }, "hello"]);
    expect(note).toBe(kind === "ok" ? "" : `the guest ended itself with the code ${code}`);
  });

  test("the code that an entry returns, and one from the start function", async () => {
    const code = wat(`(module ${EXIT} (memory (export "memory") 1) (func (export "go") (result i32) (i32.const -7)))`);
    expect((await runModule(code, { entry: "go" })).answer.exit).toEqual({ kind: "code", code: -7 });
    const early = wat(`(module ${EXIT} (memory (export "memory") 1) (start $s) (func $s (call $exit (i32.const 9)))
      (func (export "_start") (unreachable)))`);
    expect((await runModule(early)).answer.exit).toEqual({ kind: "code", code: 9 });
  });

  test("a trap loses the output", async () => {
    const { answer, output } = await runModule(start(`${say} (unreachable)`, EXIT + hello));
    expect([answer.exit.kind, output.length]).toEqual(["trap", 0]);
  });
});

describe("arguments and environment (O7)", () => {
  test("are the program's name and the context's, and the environment by name", async () => {
    const script = new Script();
    const [argc, argSize, envc, envSize] = [script.room(4), script.room(4), script.room(4), script.room(4)];
    const [argv, args, envp, env] = [script.room(16), script.room(20), script.room(8), script.room(20)];
    script.call("args_sizes_get", argc, argSize);
    script.call("args_get", argv, args);
    script.call("environ_sizes_get", envc, envSize);
    script.call("environ_get", envp, env);
    const { image } = await run(script, { context: { args: ["-x", "ż"], env: { B: "2", A: "é" } } });
    expect(image.errnos).toEqual(Array(4).fill("success"));
    expect([argc, argSize, envc, envSize].map((at) => image.u32(at))).toEqual([3, 12, 2, 9]);
    expect([0, 1, 2].map((at) => image.u32(argv + 4 * at) - args)).toEqual([0, 6, 9]);
    expect(image.text(args, 12)).toBe("guest\0-x\0ż\0");
    expect([0, 1].map((at) => image.u32(envp + 4 * at) - env)).toEqual([0, 5]);
    expect(image.text(env, 9)).toBe("A=é\0B=2\0");
  });
});

describe("streams (O8)", () => {
  const reading = start(
    `(local $n i32)
     (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 3))
     (i32.store (i32.const 8) (i32.const 64)) 
     (loop (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 12)))
       (drop (call $write (i32.const 2) (i32.const 8) (i32.const 1) (i32.const 32)))
       (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 32)))
       (br_if 0 (i32.load (i32.const 12))))`,
    `(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
     (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))`,
  );

  test("input, output and logs are bytes as they are", async () => {
    const { output, logs, answer } = await runModule(reading, { input: "abcdefgh\nno newline" });
    expect([text(output), text(logs), answer.logs.truncated]).toEqual([
      "abcdefgh\nno newline",
      "abcdefgh\nno newline",
      false,
    ]);
  });

  test("the output's limit ends the guest, the logs' cuts them", async () => {
    const exact = await runModule(reading, { input: "abcdef", limits: { output: 6, logs: 6 } });
    expect([exact.answer.exit.kind, exact.answer.logs.truncated]).toEqual(["ok", false]);
    const over = await runModule(reading, { input: "abcdefg", limits: { output: 6, logs: 4 } });
    expect([over.answer.exit.kind, over.note, over.output.length]).toEqual([
      "output-limit",
      "the output has more than 6 bytes, its limit",
      0,
    ]);
    expect([text(over.logs), over.answer.logs.truncated]).toEqual(["abcd", true]);
  });

  test("have no place in them, no size, and are no terminals", async () => {
    const script = new Script();
    const [stat, fdstat] = [script.room(64), script.room(24)];
    const data = script.vectors(script.bytes("x"));
    script.call("fd_seek", 0, 0, 0, script.room(8));
    script.call("fd_tell", 1, script.room(8));
    script.call("fd_pread", 0, data, 0, script.room(4));
    script.call("fd_pwrite", 1, data, 0, script.room(4));
    script.call("fd_read", 1, data, script.room(4));
    script.call("fd_write", 0, data, script.room(4));
    script.call("fd_filestat_get", 1, stat);
    script.call("fd_fdstat_get", 0, fdstat);
    const { image } = await run(script);
    expect(image.errnos).toEqual(["spipe", "spipe", "spipe", "spipe", "badf", "badf", "success", "success"]);
    expect(image.at(stat, 64)).toEqual(new Uint8Array(64));
    expect(image.at(fdstat, 4)).toEqual(new Uint8Array(4));
  });
});

describe("time and randomness (O6, W10)", () => {
  test("two clocks, one in which time passes by looking", async () => {
    const script = new Script();
    const times = Array.from({ length: 5 }, () => script.room(8));
    for (const [index, id] of [0, 1, 2, 3, 0].entries()) script.call("clock_time_get", id, 1n, times[index]!);
    script.call("clock_time_get", 4, 1n, script.room(8));
    const resolution = script.room(8);
    script.call("clock_res_get", 3, resolution);
    script.call("clock_res_get", 4, script.room(8));
    const { image } = await run(script, { context: { clock: 5n } });
    expect(image.errnos).toEqual([...Array(5).fill("success"), "inval", "success", "inval"]);
    expect(times.map((at) => image.u64(at))).toEqual([5_000_000n, 1_000_000n, 2_000_000n, 3_000_000n, 9_000_000n]);
    expect(image.u64(resolution)).toBe(1_000_000n);
  });

  test("wall time is told modulo 2^64", async () => {
    const script = new Script();
    const time = script.room(8);
    script.call("clock_time_get", 0, 1n, time);
    const { image } = await run(script, { context: { clock: 2n ** 62n } });
    expect(image.u64(time)).toBe(BigInt.asUintN(64, 2n ** 62n * 1_000_000n));
  });

  test("random bytes are the seed's stream", async () => {
    const script = new Script();
    const [first, second] = [script.room(5), script.room(40)];
    script.call("random_get", first, 5);
    script.call("random_get", second, 40);
    const { image } = await run(script);
    const { context } = task(new Uint8Array(0));
    const block = (n: number) => sha256(new Uint8Array([...Buffer.from(context.seed, "hex"), 0, 0, 0, 0, 0, 0, 0, n]));
    expect([...image.at(first, 5), ...image.at(second, 40)]).toEqual([...block(0), ...block(1)].slice(0, 45));
  });

  test("nothing to do, and nothing that is there", async () => {
    const script = new Script();
    script.call("sched_yield");
    script.call("proc_raise", 6);
    script.call("sock_accept", 1, 0, script.room(4));
    script.call("sock_recv", 0, script.vectors(), 0, script.room(4), script.room(2));
    script.call("sock_send", 3, script.vectors(), 0, script.room(4));
    script.call("sock_shutdown", 9, 0);
    script.call("fd_sync", 1);
    script.call("fd_datasync", 1);
    const { image } = await run(script);
    const ends = ["success", "notsup", "notsock", "notsock", "badf", "badf", "success", "success"];
    expect(image.errnos).toEqual(ends);
  });
});

describe("a poll (W9)", () => {
  const clock = (userdata: bigint, id: number, timeout: bigint, absolute = 0): Uint8Array => {
    const bytes = new Uint8Array(48);
    const view = new DataView(bytes.buffer);
    view.setBigUint64(0, userdata, true);
    view.setUint32(16, id, true);
    view.setBigUint64(24, timeout, true);
    view.setUint16(40, absolute, true);
    return bytes;
  };
  const flow = (userdata: bigint, type: number, fd: number): Uint8Array => {
    const bytes = clock(userdata, fd, 0n);
    bytes[8] = type;
    return bytes;
  };
  const join = (...pieces: Uint8Array[]) => new Uint8Array(pieces.flatMap((piece) => [...piece]));
  /** Polls; errno, and of each event user data, errno, type, bytes and flags. */
  async function poll(subscriptions: Uint8Array[], after?: (script: Script) => void) {
    const script = new Script();
    const [events, count] = [script.room(32 * subscriptions.length), script.room(4)];
    script.call("poll_oneoff", script.bytes(join(...subscriptions))[0], events, subscriptions.length, count);
    after?.(script);
    const { image } = await run(script);
    const told = image.errnos[0] === "success" ? image.u32(count) : 0;
    const list = Array.from({ length: told }, (_, index) => {
      const at = events + 32 * index;
      const [error, type] = [image.u32(at + 8) & 0xffff, image.at(at + 10, 1)[0]!];
      return [image.u64(at), error, type, image.u64(at + 16), image.u32(at + 24) & 0xffff];
    });
    return { errno: image.errnos[0], list, image };
  }

  test("finds descriptors ready at once, and the times that are due", async () => {
    const { list } = await poll([flow(1n, 1, 0), clock(2n, 0, 5n), flow(3n, 2, 1), clock(4n, 1, 0n), flow(5n, 2, 99)]);
    expect(list).toEqual([
      [1n, 0, 1, 0n, 1],
      [3n, 0, 2, 0n, 0],
      [4n, 0, 0, 0n, 0],
      [5n, 8, 2, 0n, 0],
    ]);
  });

  test("lets time pass to the earliest when there is only time", async () => {
    let time = 0;
    const { list, image } = await poll(
      [clock(1n, 0, 3_000_001n), clock(2n, 1, 2_500_000n), clock(3n, 0, 1_002_500_000n, 1)],
      (script) => {
        time = script.room(8);
        script.call("clock_time_get", 1, 0n, time);
      },
    );
    // The clock began at 1,000 ms: half a millisecond later the second and third are due.
    expect(list.map(([userdata]) => userdata)).toEqual([2n, 3n]);
    expect(image.u64(time)).toBe(3_000_000n);
  });

  test("tells a clock that there is none, and refuses what is no subscription", async () => {
    expect((await poll([clock(1n, 9, 0n)])).list).toEqual([[1n, 28, 0, 0n, 0]]);
    expect((await poll([flow(1n, 3, 0)])).errno).toBe("inval");
    expect((await poll([])).errno).toBe("inval");
  });
});

describe("a call crosses (W3, W4, W7)", () => {
  test("a range outside the memory ends the guest, nothing noted or charged", async () => {
    const outside = 64 * 65_536 - 3;
    const calls: ((script: Script) => void)[] = [
      (script) => script.call("random_get", outside, 4),
      (script) => script.call("fd_filestat_get", 1, outside),
      (script) => script.call("path_unlink_file", 3, outside, 4),
      (script) => script.call("fd_write", 1, outside, 1, 0),
      (script) => script.call("fd_write", 2, script.vectors(script.bytes("x"), [outside, 4]), 0),
      (script) => script.call("fd_write", 2, script.vectors(script.bytes("x")), outside),
      (script) => script.call("poll_oneoff", 0, outside, 1, 0),
      (script) => script.call("args_get", outside, 0),
    ];
    for (const add of calls) {
      const script = new Script();
      add(script);
      const { answer, logs } = await run(script);
      // The script itself is read by one call.
      expect([answer.exit.kind, answer.calls.count, logs.length]).toEqual(["bad-answer", 1n, 0]);
    }
  });

  test("a room of more than 16 MiB ends the guest, scattered it is cut", async () => {
    const big = wat(`(module
      (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (memory (export "memory") 300)
      (data (i32.const 0) "\\00\\01\\00\\00\\00\\00\\00\\01\\00\\01\\00\\00\\10\\00\\00\\00")
      (func (export "_start")
        (drop (call $read (i32.const 0) (i32.const 0) (i32.const 2) (i32.const 16)))
        (if (i32.ne (i32.load (i32.const 16)) (i32.const 16777216)) (then (call $exit (i32.const 1))))
        (drop (call $random (i32.const 0) (i32.const 16777217)))))`);
    const limits = { memory: 2 ** 26 };
    const { answer, note } = await runModule(big, { input: new Uint8Array(17_000_000), limits });
    expect([answer.exit.kind, note]).toEqual([
      "bad-answer",
      "random_get: 16777217 bytes at once; a host call takes at most 16777216",
    ]);
  });

  test("costs what it reads and gives, before it acts", async () => {
    // fd_write of one vector: 8 bytes of vector, the data, 4 of result.
    const write = (length: number) =>
      start(
        `(i32.store (i32.const 4) (i32.const ${length}))
         (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))`,
        `(import "wasi_unstable" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))`,
      );
    const used = async (length: number) => (await runModule(write(length))).answer.fuel;
    const least = await used(0);
    expect([await used(3), await used(4), await used(11), await used(12)].map((units) => units - least)).toEqual([
      0n,
      1n,
      1n,
      2n,
    ]);
    const short = await runModule(write(1000), { limits: { fuel: fuel(least + 100n) } });
    expect([short.answer.exit.kind, short.answer.calls.count, short.logs.length]).toEqual(["out-of-fuel", 0n, 0]);
  });

  test("is noted with what was read and given, and shown in the trace", async () => {
    const script = new Script();
    script.call("path_readlink", 3, script.bytes("nothing"), script.room(9), 9, script.room(4));
    script.call("fd_prestat_dir_name", 3, script.room(1), 1);
    const lines: string[] = [];
    const { answer } = await run(script, { trace: (line) => lines.push(line) });
    expect(lines.slice(2, 6)).toEqual([
      "==> path_readlink(3, 7 bytes, 9)",
      "<== 44",
      "==> fd_prestat_dir_name(3, 1)",
      "<== 0, 1 bytes",
    ]);
    expect(answer.calls.count).toBe(4n);
  });

  test("results go where inputs lie without changing what is noted", async () => {
    const script = new Script();
    const target = script.bytes("abcdefgh");
    script.call("path_symlink", target, 3, script.bytes("link"));
    const name = script.bytes("link");
    script.call("path_readlink", 3, name, name[0], 4, script.room(4));
    const again = new Script();
    const name2 = again.bytes("abcdefgh");
    again.call("path_symlink", name2, 3, again.bytes("link"));
    again.call("path_readlink", 3, again.bytes("link"), again.room(4), 4, again.room(4));
    const lines: string[][] = [[], []];
    const one = await run(script, { trace: (line) => lines[0]!.push(line) });
    await run(again, { trace: (line) => lines[1]!.push(line) });
    expect(one.image.text(name[0], 4)).toBe("abcd");
    expect(lines[0]!.slice(2, 6)).toEqual(lines[1]!.slice(2, 6));
  });
});

test("utf8 of a guest's own output is not looked at", async () => {
  const bytes = new Uint8Array([0xff, 0x00, 0xfe]);
  const script = new Script();
  script.call("fd_write", 2, script.vectors(script.bytes(bytes), script.bytes(utf8("z"))), script.room(4));
  expect([...(await run(script)).logs]).toEqual([0xff, 0x00, 0xfe, 0x7a]);
});
