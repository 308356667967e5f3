// A native engine with its own fuel beside ours: Wasmtime through its Python package, where a Python that has it is
// found (`pip install wasmtime==50.0.1`; another interpreter than python3: PYTHON=…).
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { modulePath } from "../workloads/build.ts";
import type { Workload } from "./workload.ts";

/** Milliseconds of one program, without and with the engine's fuel. */
export interface NativeTimes {
  readonly raw: number;
  readonly fuel: number;
}

const PYTHON = process.env["PYTHON"] ?? "python3";
const VERSION = "import importlib.metadata, wasmtime; print(importlib.metadata.version('wasmtime'))";

/** The version of Wasmtime that this machine has, or null. */
export function wasmtimeVersion(): string | null {
  const { status, stdout } = spawnSync(PYTHON, ["-c", VERSION], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : null;
}

/** Measures the programs that need no imports. */
export function wasmtime(workloads: readonly Workload[]): ReadonlyMap<string, NativeTimes> {
  const args = workloads.filter(({ plain }) => plain).flatMap(({ name, size }) => [modulePath(name), String(size)]);
  const script = join(import.meta.dirname, "native.py");
  const text = execFileSync(PYTHON, [script, ...args], { encoding: "utf8", timeout: 300_000 });
  return new Map(Object.entries(JSON.parse(text) as Record<string, NativeTimes>));
}
