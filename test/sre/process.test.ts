// What only worker processes can do and suffer: deadlines, death, lies, walls (SPEC rule E5).
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { fuel, INT64_MAX } from "../../chain/protocol/index.ts";
import type { Outcome } from "../../sre/core/index.ts";
import { Hiring } from "../../sre/wasm/process/hiring.ts";
import { Runner } from "../../sre/wasm/process/runner.ts";
import { WasmSandbox } from "../../sre/wasm/process.ts";
import { ECHO, guest, hoard, SPIN } from "./support/guests.ts";
import { begun, task, text } from "./support/tasks.ts";
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

/** Processor time so far, in hundredths of a second, of a process and all below it: the walls stand between. */
function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
  return Number(fields[11]) + Number(fields[12]) + children.reduce((sum, child) => sum + ticksOf(Number(child)), 0);
}

/** A valid module of 8 MiB that takes a while to rewrite, and has nothing to call; another for each number. */
function large(number: number): Uint8Array {
  const pairs = 1 << 20;
  const code = Uint8Array.from({ length: 4 * pairs }, (_, at) => [0x41, number, 0x45, 0x1a][at & 3]!);
  const size = (value: number) => [
    (value & 127) | 128,
    ((value >> 7) & 127) | 128,
    ((value >> 14) & 127) | 128,
    value >> 21,
  ];
  const body = [...size(code.length + 2), 0];
  const head = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 3, 2, 0, 0];
  const section = [10, ...size(1 + 2 * (body.length + code.length + 1)), 2];
  return Uint8Array.from(
    Buffer.concat([head, section, body, code, [0x0b], body, code, [0x0b]].map((part) => Buffer.from(part))),
  );
}

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
    const { end } = await begun(sandbox, spin(20_000));
    const before = sandbox.pids;
    for (const pid of before) process.kill(pid, "SIGKILL");
    expect(faultOf(await end)).toBe("lost");
    await until(() => !sandbox.pids.some((pid) => before.includes(pid)));
  });

  test("a death in the middle of a rewriting loses that module's run; what waits behind it goes on", async () => {
    expect(WebAssembly.validate(large(0))).toBe(true);
    const fresh = (number: number) => {
      const module = `${ECHO.trimEnd().slice(0, -1)} ${"(func) ".repeat(number + 1)})`;
      return sandbox.run(task(wat(module), { input: "fresh" }));
    };
    // On a busy machine a rewriting may be over before anybody sees that it has begun.
    for (let round = 0; ; round++) {
      expect(faultOf(await fresh(2 * round))).toBe("ok");
      const rewriter = sandbox.pids.at(-1)!;
      const before = ticksOf(rewriter);
      const lost = sandbox.run(task(large(round)));
      const behind = fresh(2 * round + 1);
      await until(() => ticksOf(rewriter) > before + 3);
      process.kill(rewriter, "SIGKILL");
      const end = faultOf(await lost);
      expect(faultOf(await behind)).toBe("ok");
      if (end === "lost") break;
      expect(end).toBe("invalid-module");
    }
  });

  test("a worker killed while idle is replaced", async () => {
    await sandbox.run(echo);
    const before = sandbox.pids;
    for (const pid of before) process.kill(pid, "SIGKILL");
    await until(() => !sandbox.pids.some((pid) => before.includes(pid)));
    expect(faultOf(await sandbox.run(echo))).toBe("ok");
  });

  test("a spinning guest does not hold up others", async () => {
    let spins = true;
    const { end } = await begun(sandbox, spin(10_000));
    const spinning = end.finally(() => {
      spins = false;
    });
    expect(faultOf(await sandbox.run(echo))).toBe("ok");
    expect(spins).toBe(true);
    const before = sandbox.pids;
    for (const pid of before) process.kill(pid, "SIGKILL");
    expect(faultOf(await spinning)).toBe("lost");
    await until(() => !sandbox.pids.some((pid) => before.includes(pid)));
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

  const hasStack = test.runIf(existsSync("/usr/bin/prlimit"));
  hasStack("values that a compiler keeps over calls find native stack enough for the metric's limit (S1)", async () => {
    const limits = { fuel: fuel(2_000_000_000n) };
    expect(faultOf(await sandbox.run(task(wat(hoard(2_000)), { limits })))).toBe("ok");
  });

  test("wallMs must be above 0, and may be longer than a timer can keep", async () => {
    for (const wallMs of [0, -1, Number.NaN]) {
      await expect(sandbox.run({ ...echo, wallMs })).rejects.toMatchObject({ code: "OUT_OF_RANGE" });
    }
    expect(faultOf(await sandbox.run({ ...echo, wallMs: 2 ** 53 }))).toBe("ok");
  });
});

test("a machine that can start nothing for a while loses runs, and never the host", async () => {
  // Room for Node itself, and for no pipe of another process.
  const script = join(import.meta.dirname, "support/without-descriptors.ts");
  const child = spawn("sh", ["-c", 'ulimit -n 64 && exec "$0" "$@"', process.execPath, "--no-warnings", script]);
  const said: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => said.push(chunk));
  const [code] = await once(child, "close");
  expect(`${Buffer.concat(said)}status ${code}`).toBe("lost\nlost\nok\nstatus 0");
});

test("a process that can't even be asked for is none, and no error", async () => {
  const hiring = new Hiring("none");
  await hiring.prepare();
  const tooLong = { command: ["/bin/true", "x".repeat(2 ** 22)] as const, feeds: [] };
  const none = hiring.start((walls) => new Runner(walls, tooLong));
  expect(none).toBeNull();
  expect(await hiring.isFit(none)).toBe(false);
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

describe("programs and processes", () => {
  /** Programs that answer a number of four digits; which process ran them, the pids say that come and go. */
  const numbered = (index: number) =>
    task(wat(guest("(i64.const 4)", `(data (i32.const 0) "${String(index).padStart(4, "0")}")`)));
  const answerOf = async (sandbox: WasmSandbox, index: number) => {
    const outcome = await sandbox.run(numbered(index));
    return outcome.kind === "exit" ? text(outcome.output) : outcome.message;
  };

  test("many programs over one place are all answered, each by a process that saw no other", async () => {
    const sandbox = new WasmSandbox({ workers: 1, kept: 1 });
    const order = [0, 1, 2, 0, 0, 1, 3, 2, 1];
    const answers = await Promise.all(order.map((index) => answerOf(sandbox, index)));
    expect(answers).toEqual(order.map((index) => String(index).padStart(4, "0")));
    await sandbox.close();
  });

  test("two programs in turn never share a process, and one keeps its own", async () => {
    const sandbox = new WasmSandbox({ workers: 1, kept: 2 });
    const owners: Record<number, readonly number[]> = {};
    // The process that was there before the next program came is the first's: the pids of guests come first, as started.
    await answerOf(sandbox, 0);
    const [first] = sandbox.pids;
    await answerOf(sandbox, 1);
    expect(sandbox.pids).toContain(first);
    for (let round = 0; round < 3; round++) {
      for (const index of [0, 1]) {
        expect(await answerOf(sandbox, index)).toBe(String(index).padStart(4, "0"));
        owners[index] = sandbox.pids;
      }
    }
    // Without anybody's death both are warm.
    expect(owners[0]!.slice(0, 2)).toEqual(owners[1]!.slice(0, 2));
    // A third takes the room of the one that was used longest ago.
    await answerOf(sandbox, 2);
    expect(sandbox.pids).not.toContain(first);
    await sandbox.close();
  });

  test("a spare that died has another in its place", async () => {
    const sandbox = new WasmSandbox({ workers: 1 });
    await answerOf(sandbox, 0);
    // The one that ran, the spare, and the one that rewrites.
    await until(() => sandbox.pids.length === 3);
    const before = sandbox.pids;
    process.kill(before[1]!, "SIGKILL");
    await until(() => !sandbox.pids.includes(before[1]!) && sandbox.pids.length === 3);
    expect(await answerOf(sandbox, 1)).toBe("0001");
    await sandbox.close();
  });

  test("killed at any moment, again and again, nobody waits for ever", async () => {
    const sandbox = new WasmSandbox({ workers: 2, kept: 2 });
    let over = false;
    const killing = (async () => {
      for (let round = 0; !over && round < 40; round++) {
        await sleep(7 * (round % 13));
        for (const pid of sandbox.pids) process.kill(pid, "SIGKILL");
      }
    })();
    const runs = Array.from({ length: 24 }, async (_, index) => faultOf(await sandbox.run(numbered(index % 5))));
    const ends = await Promise.all(runs);
    over = true;
    await killing;
    expect(ends.filter((end) => end !== "ok" && end !== "lost")).toEqual([]);
    await until(() => sandbox.pids.every(alive));
    expect(await answerOf(sandbox, 9)).toBe("0009");
    await sandbox.close();
  });
});
