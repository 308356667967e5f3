// The wasm sandbox around the engine: what a warm job costs, what starting costs, what a module's first job costs, and
// how long a guest that spins outlives its deadline.
// Method: wall time of single runs, one after the other, each answer checked. A small job is a guest of the ABI bytes/1
// that answers its input of 64 bytes; a large module has some 2,000 functions. Medians; beside them means and the
// slowest of twenty. All walls of the machine stand. A spinning guest's lateness is the time from the call to the fault,
// or to the end of its process, less the 25 ms that it was given.
// Goals: 100 µs a warm job in a worker, a guest dead within 20 ms of its deadline. Not measured: the guest's own code
// (see `wasm`), other engines.
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Call, type Context, type Digest, EMPTY_DIGEST, fuel, INT64_MAX } from "../chain/protocol/index.ts";
import type { Sandbox, Task } from "../sre/core/index.ts";
import { LocalSandbox, PROFILE } from "../sre/wasm/index.ts";
import { Rewriter } from "../sre/wasm/process/rewriter.ts";
import { Runner } from "../sre/wasm/process/runner.ts";
import { proveWalls } from "../sre/wasm/process/walls/index.ts";
import { WasmSandbox } from "../sre/wasm/process.ts";
import { ECHO, SPIN } from "../test/sre/support/guests.ts";
import { wat } from "../test/sre/support/wat.ts";
import { median } from "./cpu.ts";
import type { Row } from "./table.ts";

export const name = "the wasm sandbox around the engine";

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest());
const digestOf = (bytes: Uint8Array) => Buffer.from(sha256(bytes)).toString("hex") as Digest;
const GIVEN_MS = 25;

function task(module: Uint8Array, wallMs = 60_000, limit = 1_000_000n): Task {
  const input = new Uint8Array(64).fill(7);
  const limits = { fuel: fuel(limit), memory: 65_536, stack: 65_536, output: 64, logs: 0 };
  const names = { sre: "wasm", abi: "bytes/1", profile: PROFILE, entry: "run", context: EMPTY_DIGEST } as const;
  const bytes = { sha256: digestOf(input), size: input.length };
  const call: Call = { ...names, module: digestOf(module), input: bytes, limits, before: null };
  const context: Context = { args: [], capabilities: [], clock: 0n, env: {}, files: {}, seed: EMPTY_DIGEST };
  return { call, module, input, context, files: new Map(), wallMs };
}

/** Milliseconds of a run that must answer its input. */
async function timed(sandbox: Sandbox, job: Task): Promise<number> {
  const begin = performance.now();
  const outcome = await sandbox.run(job);
  const time = performance.now() - begin;
  if (outcome.kind === "fault" || outcome.answer.output.sha256 !== job.call.input.sha256) throw new Error("wrong");
  return time;
}

const ninetyFifth = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * 0.95)]!;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** Milliseconds in which a blank process starts that takes the place of the one just used. */
const REST_MS = 500;

/** Has a sandbox come to rest, as in a node that has run for a while: a worker that ran a guest, a spare, and one that rewrites. */
async function settled(sandbox: WasmSandbox, processes = 3): Promise<void> {
  await timed(sandbox, task(wat(ECHO)));
  while (sandbox.pids.length < processes) await pause(20);
  await pause(REST_MS);
}

async function warmJobs(title: string, sandbox: Sandbox, count: number): Promise<Row> {
  const job = task(wat(ECHO));
  for (let index = 0; index < count / 4; index++) await timed(sandbox, job);
  const times: number[] = [];
  for (let index = 0; index < count; index++) times.push(1000 * (await timed(sandbox, job)));
  const mean = times.reduce((sum, time) => sum + time, 0) / count;
  const note = `median; mean ${mean.toFixed(0)}, 95th percentile ${ninetyFifth(times).toFixed(0)}`;
  return { name: title, value: median(times), unit: "µs", note };
}

async function starts(count: number): Promise<Row> {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const sandbox = new WasmSandbox({ workers: 1 });
    const begin = performance.now();
    await sandbox.warm();
    times.push(performance.now() - begin);
    await sandbox.close();
  }
  return { name: "start of a worker process", value: median(times), unit: "ms", note: "once, kept warm" };
}

/**
 * The first job of modules that no process has seen, with a blank process at hand for each, or one right after the other.
 * With all their forms in the cache nothing is rewritten.
 */
async function firstJobs(title: string, modules: readonly Uint8Array[], cache: string, rest = true): Promise<Row> {
  const kept = readdirSync(cache).length > 0;
  const sandbox = new WasmSandbox({ workers: 1, kept: 1, cache });
  await settled(sandbox, kept ? 2 : 3);
  const times: number[] = [];
  for (const module of modules) {
    times.push(await timed(sandbox, task(module)));
    if (rest) await pause(REST_MS);
  }
  await sandbox.close();
  return { name: title, value: median(times), unit: "ms", note: `${(modules[0]!.length / 1000).toFixed(1)} kB` };
}

/** How late a spinning guest is told dead, and how late its process is. */
async function lateness(rounds: number): Promise<readonly Row[]> {
  const { walls } = await proveWalls();
  const spin = task(wat(SPIN), GIVEN_MS, INT64_MAX);
  const [told, dead]: [number[], number[]] = [[], []];
  const rewriter = new Rewriter(walls);
  await rewriter.ready;
  const made = await rewriter.rewrite(spin.call, spin.module);
  if (made.kind !== "form") throw new Error(made.message);
  rewriter.fail("closed", "over");
  for (let round = 0; round < rounds; round++) {
    const worker = new Runner(walls);
    await worker.ready;
    const begin = performance.now();
    const end = await worker.run(spin, made.form);
    if (end.kind !== "gone" || end.fault !== "deadline") throw new Error("it ended");
    told.push(performance.now() - begin - GIVEN_MS);
    await worker.exited;
    dead.push(performance.now() - begin - GIVEN_MS);
  }
  const row = (title: string, times: readonly number[]): Row => {
    const note = `median; 95th percentile ${ninetyFifth(times).toFixed(1)}, slowest ${Math.max(...times).toFixed(1)}`;
    return { name: title, value: median(times), unit: "ms", note };
  };
  return [row("spinning guest, deadline to fault", told), row("spinning guest, deadline to its process's end", dead)];
}

/** Modules that answer their input, of so many further functions; a custom section makes each a module of its own. */
function modules(count: number, functions: number): readonly Uint8Array[] {
  const text = readFileSync(join(import.meta.dirname, "../test/data/wasm/floats.wat"), "utf8");
  const found = /\(func \$step[\s\S]*?\n {2}\(func \(export "run"\)/.exec(text)![0];
  const step = found.replace(/\(func \(export "run"\)$/, "");
  const steps = Array.from({ length: functions }, (_, index) => step.replace("$step", `$step${index}`)).join("\n");
  const module = wat(ECHO.replace("(module", `(module ${steps}`));
  return Array.from({ length: count }, (_, index) => new Uint8Array([...module, 0, 2, 1, index]));
}

/** Measures all of it. */
export async function run({ small }: { small: boolean }): Promise<readonly Row[]> {
  const jobs = small ? 50 : 4000;
  const workers = new WasmSandbox({ workers: 1 });
  await settled(workers);
  const local = new LocalSandbox({ sha256, engine: { name: "v8", version: process.versions.v8 } });
  const rows = [
    await warmJobs("warm job, worker process", workers, jobs),
    await warmJobs("warm job, same thread", local, jobs),
  ];
  await workers.close();
  rows.push(await starts(small ? 1 : 9));
  const [few, large] = [modules(small ? 2 : 15, 0), modules(small ? 2 : 7, small ? 20 : 2000)];
  const folders = Array.from({ length: 3 }, () => mkdtempSync(join(tmpdir(), "lockstep-bench-")));
  try {
    rows.push(await firstJobs("first job of a small module", few, folders[0]!));
    rows.push(await firstJobs("first job of a small module, right after another's", few, folders[1]!, false));
    rows.push(await firstJobs("first job of a large module", large, folders[2]!));
    rows.push(await firstJobs("the same in a new sandbox, kept on disk", large, folders[2]!));
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
  rows.push(...(await lateness(small ? 2 : 30)));
  return rows;
}
