// The wasm sandbox: what a warm job costs, what starting a worker costs, how fast modules are rewritten, and how much
// slower metered code runs than raw code.
// Method: wall time; a job is a guest of the ABI bytes/1 that answers its input of 64 bytes, one after the other. Metered
// against raw: the same module in the same engine, rounds interleaved, the median of the rounds' ratios; each round's
// answer must equal the first's. Goals of the full profile: 100 µs a warm job, 25 MB/s, 1.15 times raw with default
// tiering; this draft has the simple forms (a check per region, a frame per call, a NaN check per operation).
// Not measured: cold compilation, other engines, large memories.

import { strictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Call, type Context, type Digest, EMPTY_DIGEST, fuel } from "../chain/protocol/index.ts";
import type { Sandbox, Task } from "../sre/core/index.ts";
import { LocalSandbox, PROFILE } from "../sre/wasm/index.ts";
import { WasmSandbox } from "../sre/wasm/process.ts";
import { rewrite } from "../sre/wasm/rewrite/index.ts";
import { ECHO } from "../test/sre/support/guests.ts";
import { wat } from "../test/sre/support/wat.ts";
import { median } from "./cpu.ts";
import type { Row } from "./table.ts";

export const name = "the wasm sandbox";

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest());
const digestOf = (bytes: Uint8Array) => Buffer.from(sha256(bytes)).toString("hex") as Digest;

function echo(): Task {
  const [module, input] = [wat(ECHO), new Uint8Array(64).fill(7)];
  const limits = { fuel: fuel(1_000_000n), memory: 65_536, stack: 65_536, output: 64, logs: 0 };
  const names = { sre: "wasm", abi: "bytes/1", profile: PROFILE, entry: "run", context: EMPTY_DIGEST } as const;
  const call: Call = {
    ...names,
    module: digestOf(module),
    input: { sha256: digestOf(input), size: 64 },
    limits,
    before: null,
  };
  const context: Context = { args: [], capabilities: [], clock: 0n, env: {}, files: {}, seed: EMPTY_DIGEST };
  return { call, module, input, context, wallMs: 10_000 };
}

/** Microseconds of a warm job. */
async function warmJob(sandbox: Sandbox, count: number): Promise<number> {
  const task = echo();
  for (let index = 0; index < count / 4; index++) await sandbox.run(task);
  const begin = performance.now();
  for (let index = 0; index < count; index++) {
    const outcome = await sandbox.run(task);
    if (outcome.kind === "fault" || outcome.answer.output.sha256 !== task.call.input.sha256) throw new Error("wrong");
  }
  return ((performance.now() - begin) * 1000) / count;
}

/** Megabytes of source that are rewritten per second. */
function rewritingSpeed(source: Uint8Array, rounds: number): number {
  const options = { refuseImport: () => null, keepExport: () => true };
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const begin = performance.now();
    if (rewrite(source, options).kind === "refused") throw new Error("refused");
    times.push(performance.now() - begin);
  }
  return source.length / 1000 / median(times);
}

const WORKLOADS: Readonly<Record<string, string>> = {
  "recursion (fib)": `(func $f (export "f") (param i32) (result i32)
    (if (result i32) (i32.lt_s (local.get 0) (i32.const 2)) (then (local.get 0))
      (else (i32.add (call $f (i32.sub (local.get 0) (i32.const 1))) (call $f (i32.sub (local.get 0) (i32.const 2)))))))`,
  "integer loop over memory": `(func (export "f") (param i32) (result i32) (local $i i32) (local $s i32)
    (loop $next
      (local.set $s (i32.add (i32.rotl (local.get $s) (i32.const 5)) (i32.load (i32.and (local.get $i) (i32.const 65532)))))
      (i32.store (i32.and (local.get $i) (i32.const 65532)) (local.get $s))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.shl (local.get 0) (i32.const 17)))))
    (local.get $s))`,
  "float loop": `(func (export "f") (param i32) (result i32) (local $i i32) (local $x f64)
    (loop $next
      (local.set $x (f64.add (f64.mul (local.get $x) (f64.const 0.999)) (f64.div (f64.const 1) (f64.convert_i32_u (local.get $i)))))
      (local.set $x (f64.min (local.get $x) (f64.const 1e6)))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.shl (local.get 0) (i32.const 14)))))
    (i32.trunc_sat_f64_s (local.get $x)))`,
};

type Run = (n: number) => number;

function instance(bytes: Uint8Array): { f: Run; refill: () => void } {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {});
  const refill = () => {
    for (const [key, value] of [
      ["$fuel", 2n ** 62n],
      ["$stack", 1 << 30],
    ] as const) {
      if (key in exports) (exports[key] as WebAssembly.Global).value = value;
    }
  };
  return { f: exports["f"] as Run, refill };
}

/** Metered time over raw time of one workload. */
function overhead(field: string, size: number, rounds: number): number {
  const source = wat(`(module (memory 1) ${field})`);
  const result = rewrite(source, { refuseImport: () => null, keepExport: () => true });
  if (result.kind === "refused") throw new Error(result.refusal.message);
  const [raw, metered] = [instance(source), instance(result.module.bytes)];
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    metered.refill();
    const begin = performance.now();
    const expected = raw.f(size);
    const middle = performance.now();
    const got = metered.f(size);
    ratios.push((performance.now() - middle) / (middle - begin));
    // Both keep their memory from round to round, so both must go the same way.
    strictEqual(got, expected);
  }
  return median(ratios.slice(rounds >> 1));
}

/** Measures all of it. */
export async function run({ small }: { small: boolean }): Promise<readonly Row[]> {
  const jobs = small ? 50 : 4000;
  const rows: Row[] = [];
  const workers = new WasmSandbox({ workers: 1 });
  const begin = performance.now();
  await workers.warm();
  rows.push({
    name: "start of a worker process",
    value: performance.now() - begin,
    unit: "ms",
    note: "once, kept warm",
  });
  rows.push({ name: "warm job, worker process", value: await warmJob(workers, jobs), unit: "µs", note: "goal 100" });
  await workers.close();
  const local = new LocalSandbox({ sha256, engine: { name: "v8", version: process.versions.v8 } });
  rows.push({ name: "warm job, same thread", value: await warmJob(local, jobs), unit: "µs" });
  const large = largeModule(small ? 50 : 4000);
  rows.push({ name: "rewriting", value: rewritingSpeed(large, small ? 3 : 15), unit: "MB/s", note: "goal 25" });
  for (const [workload, field] of Object.entries(WORKLOADS)) {
    const value = overhead(field, small ? 8 : 27, small ? 4 : 20);
    rows.push({ name: `metered, ${workload}`, value, unit: "x raw", note: "default tiering" });
  }
  return rows;
}

/** A module of many functions out of the vector that has one of each thing. */
function largeModule(functions: number): Uint8Array {
  const text = readFileSync(join(import.meta.dirname, "../test/data/wasm/floats.wat"), "utf8");
  const step = /\(func \$step[\s\S]*?\n {2}\(func \(export "run"\)/
    .exec(text)![0]
    .replace(/\(func \(export "run"\)$/, "");
  const many = Array.from({ length: functions }, (_, index) => step.replace("$step", `$step${index}`));
  return wat(`(module (memory 1) ${many.join("\n")})`);
}
