// What only worker processes can do and suffer: deadlines, death, lies, walls (SPEC rule E5).
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { fuel, INT64_MAX } from "../../chain/protocol/index.ts";
import type { Outcome } from "../../sre/core/index.ts";
import { CACHE_LIMITS } from "../../sre/wasm/cache.ts";
import { FrameBuffer } from "../../sre/wasm/process/frames.ts";
import { readReply } from "../../sre/wasm/process/reply.ts";
import { WasmSandbox } from "../../sre/wasm/process.ts";
import { encodeFrame, WIRE_LIMITS } from "../../sre/wasm/wire.ts";
import { ECHO, guest, SPIN } from "./support/guests.ts";
import { LIMITS, task, text, utf8 } from "./support/tasks.ts";
import { wat } from "./support/wat.ts";

const echo = task(wat(ECHO), { input: "still here" });
const spin = (wallMs: number) => task(wat(SPIN), { wallMs, limits: { fuel: fuel(INT64_MAX) } });
const faultOf = (outcome: Outcome) => (outcome.kind === "fault" ? outcome.fault : outcome.answer.exit.kind);
const alive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
/** Waits until something is so; the test's own time limit ends it otherwise. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(10);
}
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("a sandbox of worker processes", () => {
  const sandbox = new WasmSandbox({ workers: 2 });
  afterAll(() => sandbox.close());
  afterEach(async () => {
    const outcome = await sandbox.run(echo);
    expect(outcome.kind === "exit" && text(outcome.output)).toBe("still here");
  });

  test("a guest that spins with all the fuel there is dies at its deadline, and its process with it", async () => {
    await sandbox.warm();
    const before = sandbox.pids;
    expect(before.length).toBe(1);
    expect(faultOf(await sandbox.run(spin(150)))).toBe("deadline");
    await until(() => !alive(before[0]!));
  });

  test("a worker killed in the middle of a run is a fault, and the next run is fine", async () => {
    await sandbox.warm();
    const running = sandbox.run(spin(20_000));
    for (const pid of sandbox.pids) process.kill(pid, "SIGKILL");
    expect(faultOf(await running)).toBe("lost");
  });

  test("a worker killed while idle is replaced", async () => {
    await sandbox.run(echo);
    const before = sandbox.pids;
    for (const pid of before) process.kill(pid, "SIGKILL");
    await until(() => sandbox.pids.length === 0);
    expect(faultOf(await sandbox.run(echo))).toBe("ok");
  });

  test("a spinning guest does not hold up others", async () => {
    let spins = true;
    const spinning = sandbox.run(spin(10_000)).finally(() => {
      spins = false;
    });
    expect(faultOf(await sandbox.run(echo))).toBe("ok");
    expect(spins).toBe(true);
    for (const pid of sandbox.pids) process.kill(pid, "SIGKILL");
    expect(faultOf(await spinning)).toBe("lost");
    await until(() => sandbox.pids.length === 0);
  });

  test("a module that the worker has dropped is sent again", async () => {
    const one = new WasmSandbox({ workers: 1 });
    const modules = Array.from({ length: CACHE_LIMITS.modules + 3 }, (_, index) =>
      wat(guest("(i64.const 4)", `(data (i32.const 0) "${String(index).padStart(4, "0")}")`)),
    );
    for (const index of [...modules.keys(), 0, 1, modules.length - 1]) {
      const outcome = await one.run(task(modules[index]!));
      expect(outcome.kind === "exit" && text(outcome.output)).toBe(String(index).padStart(4, "0"));
    }
    await one.close();
  });

  const canFollow = test.runIf(existsSync("/usr/bin/setpriv"));
  canFollow("a worker dies with the process that started it, whatever its guest does", async () => {
    const program = join(import.meta.dirname, "support/spin.ts");
    const host = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"] });
    const [said] = (await once(host.stdout, "data")) as [Buffer];
    const pid = Number(said.toString());
    expect(alive(pid)).toBe(true);
    host.kill("SIGKILL");
    await until(() => !alive(pid));
  });

  test("wallMs must be above 0, and may be longer than a timer can keep", async () => {
    for (const wallMs of [0, -1, Number.NaN]) {
      await expect(sandbox.run({ ...echo, wallMs })).rejects.toMatchObject({ code: "OUT_OF_RANGE" });
    }
    expect(faultOf(await sandbox.run({ ...echo, wallMs: 2 ** 53 }))).toBe("ok");
  });
});

test("closing ends runs under way and waiting with the fault `closed`", async () => {
  const sandbox = new WasmSandbox({ workers: 1 });
  await sandbox.run(echo);
  const { pids } = sandbox;
  const runs = [sandbox.run(spin(20_000)), sandbox.run(echo)];
  await sandbox.close();
  expect((await Promise.all(runs)).map(faultOf)).toEqual(["closed", "closed"]);
  await until(() => !pids.some(alive));
});

describe("a worker's words are hostile", () => {
  const sha256 = "00".repeat(32);
  const good = {
    type: "exit",
    exit: "ok",
    fuel: "5",
    output: 2,
    truncated: false,
    calls: { sha256, count: "0" },
    note: "",
  };
  const read = (header: unknown, body = utf8("abc")) => readReply(utf8(JSON.stringify(header)), body, LIMITS);

  test("an honest reply is read", () => {
    expect(read(good)).toMatchObject({ type: "ending", ending: { output: utf8("ab"), logs: utf8("c"), fuel: 5n } });
  });

  test.each([
    ["more fuel than the limit", { ...good, fuel: String(LIMITS.fuel + 1n) }],
    ["fuel in another spelling", { ...good, fuel: "05" }],
    ["negative fuel", { ...good, fuel: "-1" }],
    ["an exit that no rule gives", { ...good, exit: "code" }],
    ["an unknown exit", { ...good, exit: "fine" }],
    ["output with an exit that has none", { ...good, exit: "trap" }],
    ["more output than there are bytes", { ...good, output: 4 }],
    ["a digest that is none", { ...good, calls: { sha256: "zz", count: "0" } }],
    ["a member too many", { ...good, extra: 1 }],
    ["a member too few", { ...good, note: undefined }],
    ["a note without end", { ...good, note: "x".repeat(WIRE_LIMITS.textChars + 1) }],
    ["no object", 7],
    ["an unknown type", { type: "take over" }],
    ["a refusal that nobody tries", { type: "ready", refused: ["fly"] }],
    ["a body where none belongs", { type: "ready", refused: [] }],
  ])("%s is a lie", (_what, header) => {
    expect(read(header)).toBeNull();
  });

  test("too many logs, bytes that are no JSON, an ending when nothing runs", () => {
    expect(read(good, new Uint8Array(LIMITS.logs + 3))).toBeNull();
    expect(readReply(utf8("{"), new Uint8Array(0), LIMITS)).toBeNull();
    expect(readReply(new Uint8Array([0xff]), new Uint8Array(0), LIMITS)).toBeNull();
    expect(readReply(utf8(JSON.stringify(good)), utf8("abc"), null)).toBeNull();
  });

  test("frames come in any pieces, and none may promise more than is allowed", () => {
    const frames = [encodeFrame({ a: 1 }, [utf8("body")]), encodeFrame({ b: 2 }, [])];
    const bytes = new Uint8Array([...frames[0]!, ...frames[1]!]);
    for (const step of [1, 2, 5, 100]) {
      const buffer = new FrameBuffer();
      const seen: string[] = [];
      for (let at = 0; at < bytes.length; at += step) {
        buffer.push(bytes.subarray(at, at + step));
        for (let frame = buffer.next(4); frame !== null; frame = buffer.next(4)) {
          if (frame === "too-large") throw new Error("too large");
          seen.push(text(frame.header) + text(frame.body));
        }
      }
      expect(seen).toEqual(['{"a":1}body', '{"b":2}']);
    }
    const buffer = new FrameBuffer();
    buffer.push(bytes);
    expect(buffer.next(3)).toBe("too-large");
  });
});
