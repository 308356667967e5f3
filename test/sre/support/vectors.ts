// What this engine makes of modules: digests, fuel, ends. As a program it reads modules from standard input and
// prints their vectors, so that the engine's tiers can be compared by starting it with other flags.
import { readFileSync } from "node:fs";
import { LocalSandbox } from "../../../sre/wasm/index.ts";
import { rewrite } from "../../../sre/wasm/rewrite/index.ts";
import { hex, sha256, task } from "./tasks.ts";

/** A module by its file's name, its bytes as hexadecimal digits. */
export interface Sample {
  readonly file: string;
  readonly module: string;
  /** Bytes of memory that it may have, when not the usual. */
  readonly memory?: number;
}

/** One vector: digests as hexadecimal digits, fuel as a decimal. */
export interface Vector {
  readonly file: string;
  readonly profile: string;
  readonly source: string;
  readonly rewritten: string;
  readonly exit: string;
  readonly fuel: string;
  readonly output: string;
  readonly logs: string;
  readonly calls: string;
}

/** Rewrites and runs each module on the same input. */
export async function vectorsOf(samples: readonly Sample[]): Promise<Vector[]> {
  const sandbox = new LocalSandbox({ sha256, engine: { name: "v8", version: process.versions.v8 } });
  const vectors: Vector[] = [];
  for (const { file, module, memory } of samples) {
    const bytes = new Uint8Array(Buffer.from(module, "hex"));
    const result = rewrite(bytes, { refuseImport: () => null, keepExport: () => true });
    if (result.kind === "refused") throw new Error(`${file}: ${result.refusal.message}`);
    const outcome = await sandbox.run(
      task(bytes, { input: "\x02vector", ...(memory === undefined ? {} : { limits: { memory } }) }),
    );
    if (outcome.kind === "fault") throw new Error(`${file}: ${outcome.message}`);
    const { exit, fuel, output, logs, calls } = outcome.answer;
    vectors.push({
      ...{ file, profile: sandbox.profiles[0]!, source: hex(sha256(bytes)), exit: exit.kind, fuel: String(fuel) },
      rewritten: hex(sha256(result.module.bytes)),
      ...{ output: output.sha256, logs: logs.sha256, calls: calls.sha256 },
    });
  }
  return vectors;
}

if (process.argv[1] === import.meta.filename) {
  process.stdout.write(JSON.stringify(await vectorsOf(JSON.parse(readFileSync(0, "utf8")) as Sample[])));
}
