// JavaScript programs for tests: the interpreter's file, tasks of the SRE `quickjs`, and what its sandboxes say.
import type { Outcome, Sandbox, Task } from "../../../sre/core/index.ts";
import { readInterpreter } from "../../../sre/quickjs/file.ts";
import { JAVASCRIPT, JAVASCRIPT_ABI, quickjs } from "../../../sre/quickjs/index.ts";
import { LocalSandbox } from "../../../sre/wasm/index.ts";
import { WasmSandbox } from "../../../sre/wasm/process.ts";
import { sha256, type TaskOptions, task, text, utf8 } from "./tasks.ts";

/** The pinned file. */
export const interpreter = readInterpreter();

/** The sandboxes that run programs. */
export const SANDBOXES: readonly (readonly [name: string, make: () => Sandbox])[] = [
  [
    "in this thread",
    () =>
      new LocalSandbox({ kind: quickjs(interpreter), sha256, engine: { name: "v8", version: process.versions.v8 } }),
  ],
  ["in worker processes", () => new WasmSandbox({ kind: quickjs(interpreter), workers: 1 })],
];

/** A task for a program. */
export function program(source: string | Uint8Array, options: TaskOptions = {}): Task {
  const call = { sre: "quickjs" as const, abi: JAVASCRIPT_ABI, profile: JAVASCRIPT.id, ...options.call };
  const module = typeof source === "string" ? utf8(source) : source;
  const limits = { memory: 64 * 1024 * 1024, ...options.limits };
  return task(module, { entry: "default", ...options, call, limits });
}

/** An exit; a fault is thrown. */
export type Exit = Extract<Outcome, { kind: "exit" }>;

/** Runs a program. */
export type RunProgram = (source: string | Uint8Array, options?: TaskOptions) => Promise<Exit>;

/** Runs programs in a sandbox. */
export const runnerOf =
  (sandbox: Sandbox): RunProgram =>
  async (source, options = {}) => {
    const outcome = await sandbox.run(program(source, options));
    if (outcome.kind === "fault") throw new Error(`${outcome.fault}: ${outcome.message}`);
    return outcome;
  };

/** The value of a JSON answer; what a run says that has none. */
export function resultOf({ answer, note, output }: Exit): unknown {
  if (answer.exit.kind !== "ok") return `${answer.exit.kind}: ${note}`;
  return output.length === 0 ? undefined : JSON.parse(text(output));
}
