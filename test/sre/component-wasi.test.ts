// Components with an operating system: commands, streams, files, time and randomness of WASI 0.2 on the world of the run
// (SPEC rules Y9 to Y11, O1 to O9 by another road).
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { inspect, LocalSandbox } from "../../sre/wasm/index.ts";
import { means } from "../../sre/wasm/means.ts";
import { component } from "./support/component.ts";
import { ALLOCATOR } from "./support/component-text.ts";
import { sha256, type TaskOptions, task, text } from "./support/tasks.ts";
import { CAT, CLI, catCommand, command, GLOBALS, RUN, STREAMS, WASI2 } from "./support/wasi2.ts";

const sandbox = new LocalSandbox({ sha256, engine: { name: "v8", version: process.versions.v8 }, means });
afterAll(() => sandbox.close());

const run = async (module: Uint8Array, entry: string, input: string, options: TaskOptions = {}) => {
  const outcome = await sandbox.run(task(module, { abi: "component/1", entry, input, ...options }));
  if (outcome.kind === "fault") throw new Error(outcome.message);
  const { exit, fuel, calls } = outcome.answer;
  const { note, output, logs } = outcome;
  return { exit: exit.kind, code: exit.code, note, text: text(output), logs: text(logs), fuel, calls };
};

describe("commands (Y10)", () => {
  test("input is standard input, output is standard output, logs are standard error", async () => {
    const cat = await catCommand();
    // Engines are held to this one.
    expect(cat).toEqual(new Uint8Array(readFileSync(new URL("../data/wasm/command.wasm", import.meta.url))));
    expect(inspect(cat, {}, means).entries).toEqual([RUN]);
    expect(await run(cat, RUN, "hello you")).toMatchObject({
      exit: "ok",
      code: 0,
      text: "hello you",
      logs: "9",
      note: "",
    });
    expect(await run(cat, RUN, "")).toMatchObject({ exit: "ok", text: "", logs: "0" });
    expect(await run(cat, RUN, "hello", { limits: { output: 5 } })).toMatchObject({ exit: "ok", text: "hello" });
    expect(await run(cat, RUN, "hello", { limits: { output: 4 } })).toMatchObject({ exit: "output-limit", text: "" });
    const { fuel } = await run(cat, RUN, "hello");
    expect((await run(cat, RUN, "hello", { limits: { fuel } })).exit).toBe("ok");
    expect((await run(cat, RUN, "hello", { limits: { fuel: (fuel - 1n) as typeof fuel } })).exit).toBe("out-of-fuel");
  });

  test("an error of run, and exit, are codes; nothing runs behind an exit, and what was written stays", async () => {
    const failed = await command(CLI, `${STREAMS} ${GLOBALS}`, `${CAT} (i32.const 1)`);
    expect(await run(failed, RUN, "out")).toMatchObject({ exit: "code", code: 1, text: "out" });
    const exits = (call: string) =>
      command(
        [...CLI, "wasi:cli/exit"],
        `${STREAMS} (import "wasi:cli/exit@0.2.3" "exit" (func $exit (param i32)))
         (import "wasi:cli/exit@0.2.3" "exit-with-code" (func $code (param i32))) ${GLOBALS}`,
        `${CAT} ${call} (loop (br 0)) (i32.const 0)`,
      );
    expect(await run(await exits("(call $exit (i32.const 0))"), RUN, "out")).toMatchObject({ exit: "ok", text: "out" });
    expect(await run(await exits("(call $exit (i32.const 1))"), RUN, "x")).toMatchObject({
      exit: "code",
      code: 1,
      text: "x",
    });
    expect(await run(await exits("(call $code (i32.const 42))"), RUN, "x")).toMatchObject({ exit: "code", code: 42 });
    expect(await run(await exits("(call $code (i32.const 0))"), RUN, "x")).toMatchObject({ exit: "ok", code: 0 });
  });

  test("a handle that was dropped, and one of another resource, trap; one that never was does the host no harm", async () => {
    const after = await command(CLI, `${STREAMS} ${GLOBALS}`, `${CAT} (call $drop (global.get $in)) (i32.const 0)`);
    expect((await run(after, RUN, "x")).exit).toBe("trap");
    const none = await command(CLI, `${STREAMS} ${GLOBALS}`, `(call $drop (i32.const 77)) (i32.const 0)`);
    expect(["ok", "trap"]).toContain((await run(none, RUN, "x")).exit);
    const wrong = await command(
      CLI,
      `${STREAMS} ${GLOBALS}`,
      `(call $read (call $stdout) (i64.const 1) (i32.const 0)) (i32.const 0)`,
    );
    expect((await run(wrong, RUN, "x")).exit).toBe("trap");
  });
});

/** A component whose functions hand on what WASI answers: name, type, import, and code that leaves the answer. */
const through = (imports: string, exports: string, core: string) =>
  component(`package demo:app; world app { ${imports} ${exports} } ${WASI2}`, `(module ${core})`);

describe("what a guest sees (Y11)", () => {
  test("arguments, environment, folder, clocks and randomness come from the context alone", async () => {
    const names = [
      "cli/environment",
      "clocks/monotonic-clock",
      "clocks/wall-clock",
      "random/random",
      "random/insecure-seed",
    ];
    const module = await through(
      `${names.map((name) => `import wasi:${name}@0.2.3;`).join(" ")} use wasi:clocks/wall-clock@0.2.3.{datetime};`,
      `export args: func() -> list<string>; export env: func() -> list<tuple<string, string>>; export cwd: func() -> option<string>;
       export ticks: func() -> u64; export step: func() -> u64; export wall: func() -> datetime;
       export random: func(n: u64) -> list<u8>; export seed: func() -> tuple<u64, u64>;`,
      `(import "wasi:cli/environment@0.2.3" "get-arguments" (func $args (param i32)))
       (import "wasi:cli/environment@0.2.3" "get-environment" (func $env (param i32)))
       (import "wasi:cli/environment@0.2.3" "initial-cwd" (func $cwd (param i32)))
       (import "wasi:clocks/monotonic-clock@0.2.3" "now" (func $now (result i64)))
       (import "wasi:clocks/monotonic-clock@0.2.3" "resolution" (func $step (result i64)))
       (import "wasi:clocks/wall-clock@0.2.3" "now" (func $wall (param i32)))
       (import "wasi:random/random@0.2.3" "get-random-bytes" (func $random (param i64 i32)))
       (import "wasi:random/insecure-seed@0.2.3" "insecure-seed" (func $seed (param i32)))
       ${ALLOCATOR}
       (func (export "args") (result i32) (call $args (i32.const 0)) (i32.const 0))
       (func (export "env") (result i32) (call $env (i32.const 0)) (i32.const 0))
       (func (export "cwd") (result i32) (call $cwd (i32.const 0)) (i32.const 0))
       (func (export "ticks") (result i64) (drop (call $now)) (call $now))
       (func (export "step") (result i64) (call $step))
       (func (export "wall") (result i32) (call $wall (i32.const 0)) (i32.const 0))
       (func (export "random") (param i64) (result i32) (call $random (local.get 0) (i32.const 0)) (i32.const 0))
       (func (export "seed") (result i32) (call $seed (i32.const 0)) (i32.const 0))`,
    );
    const context = { args: ["a", "€"], env: { B: "2", A: "1" }, clock: 1_700_000_000_123n };
    const said = async (entry: string, input = "") => (await run(module, entry, input, { context })).text;
    expect(await said("args")).toBe('["guest","a","€"]');
    expect(await said("env")).toBe('[["A","1"],["B","2"]]');
    expect(await said("cwd")).toBe('"/"');
    expect([await said("ticks"), await said("step")]).toEqual(['"1000000"', '"1000000"']);
    expect(await said("wall")).toBe('{"nanoseconds":123000000,"seconds":"1700000000"}');
    const bytes = await said("random", "[4]");
    expect([bytes, await said("random", "[4]")]).toEqual([expect.stringMatching(/^"[A-Za-z0-9+/]{6}=="$/), bytes]);
    expect(JSON.parse(await said("seed"))).toHaveLength(2);
    expect(await run(module, "random", '["18446744073709551615"]')).toMatchObject({ exit: "bad-answer" });
  });

  test("waiting moves the clock and nothing else", async () => {
    const module = await through(
      `import wasi:clocks/monotonic-clock@0.2.3; import wasi:io/poll@0.2.3;`,
      `export wait: func(n: u64) -> u64; export both: func() -> list<u32>;`,
      `(import "wasi:clocks/monotonic-clock@0.2.3" "now" (func $now (result i64)))
       (import "wasi:clocks/monotonic-clock@0.2.3" "subscribe-duration" (func $after (param i64) (result i32)))
       (import "wasi:io/poll@0.2.3" "[method]pollable.block" (func $block (param i32)))
       (import "wasi:io/poll@0.2.3" "poll" (func $poll (param i32 i32 i32)))
       ${ALLOCATOR}
       (func (export "wait") (param i64) (result i64) (call $block (call $after (local.get 0))) (call $now))
       (func (export "both") (result i32)
         (i32.store (i32.const 64) (call $after (i64.const 9000000))) (i32.store (i32.const 68) (call $after (i64.const 5000000)))
         (call $poll (i32.const 64) (i32.const 2) (i32.const 0)) (i32.const 0))`,
    );
    expect((await run(module, "wait", "[3600000000001]")).text).toBe('"3600001000000"');
    expect((await run(module, "both", "")).text).toBe("[1]");
  });

  test("files: those of the context are read, the guest's own written, refusals have WASI's words", async () => {
    const module = await through(
      `import wasi:filesystem/types@0.2.3; import wasi:filesystem/preopens@0.2.3;
       use wasi:filesystem/types@0.2.3.{error-code, open-flags, descriptor-flags, directory-entry};`,
      `export read: func(path: string) -> result<tuple<list<u8>, bool>, error-code>;
       export write: func(path: string, how: open-flags, bytes: list<u8>) -> result<tuple<list<u8>, bool>, error-code>;
       export first: func() -> result<option<directory-entry>, error-code>;`,
      `(import "wasi:filesystem/preopens@0.2.3" "get-directories" (func $roots (param i32)))
       (import "wasi:filesystem/types@0.2.3" "[method]descriptor.open-at" (func $open (param i32 i32 i32 i32 i32 i32 i32)))
       (import "wasi:filesystem/types@0.2.3" "[method]descriptor.read" (func $read (param i32 i64 i64 i32)))
       (import "wasi:filesystem/types@0.2.3" "[method]descriptor.write" (func $write (param i32 i32 i32 i64 i32)))
       (import "wasi:filesystem/types@0.2.3" "[method]descriptor.read-directory" (func $list (param i32 i32)))
       (import "wasi:filesystem/types@0.2.3" "[method]directory-entry-stream.read-directory-entry" (func $entry (param i32 i32)))
       ${ALLOCATOR}
       (func $root (result i32) (call $roots (i32.const 0)) (i32.load (i32.load (i32.const 0))))
       (func (export "read") (param i32 i32) (result i32)
         (call $open (call $root) (i32.const 1) (local.get 0) (local.get 1) (i32.const 0) (i32.const 1) (i32.const 32))
         (if (i32.load8_u (i32.const 32)) (then (return (i32.const 32))))
         (call $read (i32.load (i32.const 36)) (i64.const 1000) (i64.const 0) (i32.const 64)) (i32.const 64))
       (func (export "write") (param i32 i32 i32 i32 i32) (result i32)
         (call $open (call $root) (i32.const 0) (local.get 0) (local.get 1) (local.get 2) (i32.const 3) (i32.const 32))
         (if (i32.load8_u (i32.const 32)) (then (return (i32.const 32))))
         (call $write (i32.load (i32.const 36)) (local.get 3) (local.get 4) (i64.const 2) (i32.const 64))
         (call $read (i32.load (i32.const 36)) (i64.const 1000) (i64.const 1) (i32.const 64)) (i32.const 64))
       (func (export "first") (result i32)
         (call $list (call $root) (i32.const 0)) (call $entry (i32.load (i32.const 4)) (i32.const 64)) (i32.const 64))`,
    );
    const files = { "data/in.txt": "content" };
    const said = async (entry: string, ...input: unknown[]) =>
      JSON.parse((await run(module, entry, JSON.stringify(input), { files })).text) as unknown;
    expect(await said("read", "data/in.txt")).toEqual({ ok: ["Y29udGVudA==", true] });
    expect(await said("read", "data/../data/in.txt")).toEqual({ ok: ["Y29udGVudA==", true] });
    expect(await said("read", "none")).toEqual({ error: "no-entry" });
    expect(await said("read", "data")).toEqual({ error: "is-directory" });
    expect(await said("read", "/etc/passwd")).toEqual({ error: "not-permitted" });
    expect(await said("read", "../x")).toEqual({ error: "not-permitted" });
    expect(await said("read", "a".repeat(300))).toEqual({ error: "name-too-long" });
    expect(await said("write", "data/in.txt", [], "eHl6")).toEqual({ error: "access" });
    expect(await said("write", "tmp/new", ["create"], "eHl6")).toEqual({ ok: ["AHh5eg==", true] });
    expect(await said("write", "data/in.txt", ["create", "exclusive"], "")).toEqual({ error: "exist" });
    expect(await said("first")).toEqual({ ok: { name: "data", type: "directory" } });
  });
});

describe("imports (Y9)", () => {
  test("sockets, other versions, and functions that an interface has not are refused by name", async () => {
    const refused = async (imports: string, packages: string, core: string) => {
      const module = await component(
        `package demo:app; world app { import ${imports}; export f: func(); } ${packages}`,
        `(module (import "${imports}" "g" (func)) (func (export "f")) ${core})`,
      );
      return () => inspect(module, {}, means);
    };
    const own = (name: string) => `package ${name} { interface i { g: func(); } }`;
    expect(await refused("wasi:sockets/i@0.2.3", own("wasi:sockets@0.2.3"), "")).toThrow(
      "it imports wasi:sockets/i@0.2.3, which the ABI component/1 does not offer; of WASI 0.2 it offers wasi:cli, wasi:clocks, wasi:filesystem, wasi:io, wasi:random, wasi:http",
    );
    expect(await refused("wasi:cli/i@0.3.0", own("wasi:cli@0.3.0"), "")).toThrow("imports wasi:cli/i@0.3.0");
    const exit = "package wasi:cli@0.2.3 { interface exit { g: func(); } }";
    expect(await refused("wasi:cli/exit@0.2.3", exit, "")).toThrow("imports wasi:cli/exit@0.2.3#g");
  });

  test("a guest that declares an import with types of its own traps when it calls it", async () => {
    const lie = await component(
      `package demo:app; world app { import wasi:random/random@0.2.3; export f: func() -> list<u8>; }
       package wasi:random@0.2.3 { interface random { get-random-bytes: func(len: string) -> list<u8>; } }`,
      `(module (import "wasi:random/random@0.2.3" "get-random-bytes" (func $g (param i32 i32 i32))) ${ALLOCATOR}
        (func (export "f") (result i32) (call $g (i32.const 0) (i32.const 4) (i32.const 16)) (i32.const 16)))`,
    );
    expect((await run(lie, "f", "")).exit).toBe("trap");
    const other = await component(
      `package demo:app; world app { import wasi:cli/environment@0.2.3; export f: func() -> u32; }
       package wasi:cli@0.2.3 { interface environment { get-arguments: func() -> u32; } }`,
      `(module (import "wasi:cli/environment@0.2.3" "get-arguments" (func $g (result i32))) ${ALLOCATOR}
        (func (export "f") (result i32) (call $g)))`,
    );
    expect(["trap", "ok"]).toContain((await run(other, "f", "")).exit);
  });
});
