// What runs inside each engine for JavaScript guests: the image is made there, and programs run on it as in a browser.
// First: the guest ABIs make their encoders when they are loaded.
import "../../../host/engines/text.ts";
import { sha256 } from "@noble/hashes/sha2.js";
import { hexDecode, hexEncode } from "../../../chain/protocol/bytes.ts";
import type { Call, Context, Digest, Fuel } from "../../../chain/protocol/index.ts";
import { warm } from "../../../sre/quickjs/image.ts";
import { JAVASCRIPT, JAVASCRIPT_ABI, quickjs } from "../../../sre/quickjs/index.ts";
import { LocalSandbox } from "../../../sre/wasm/index.ts";

/** One run of a program. */
export interface ProgramRun {
  readonly source: string;
  readonly entry: string;
  /** Text, which an entry of bytes gets as UTF-8. */
  readonly input: string;
  readonly limits: { readonly fuel: string; readonly memory: number; readonly stack: number; readonly output: number };
}

/** What an engine is asked. */
export interface ProgramsJob {
  /** The interpreter's file, as hexadecimal digits. */
  readonly interpreter: string;
  readonly runs: readonly ProgramRun[];
}

/** How a run ended; outputs and logs by their digests. */
export interface ProgramEnd {
  readonly exit: string;
  readonly fuel: string;
  readonly output: string;
  readonly logs: string;
  readonly calls: string;
  readonly note: string;
}

/** What an engine answers. */
export interface ProgramsAnswer {
  /** SHA-256 of the module with the image, before rewriting. */
  readonly image: string;
  readonly runs: readonly ProgramEnd[];
}

const digest = (bytes: Uint8Array) => hexEncode(sha256(bytes)) as Digest;
const encoder = new TextEncoder();
const SEED = digest(new Uint8Array(0));
const CONTEXT: Context = {
  ...{ args: ["one", "two"], capabilities: [], clock: 1_700_000_000_000n, env: { NAME: "value" }, files: {} },
  seed: SEED,
};

/** Does a whole job. */
export async function main({ interpreter, runs }: ProgramsJob): Promise<ProgramsAnswer> {
  const file = hexDecode(interpreter);
  const sandbox = new LocalSandbox({ kind: quickjs(file), sha256, engine: { name: "any", version: "1" } });
  const ends: ProgramEnd[] = [];
  for (const run of runs) ends.push(await runProgram(sandbox, run));
  return { image: digest(warm(file).module), runs: ends };
}

async function runProgram(sandbox: LocalSandbox, { source, entry, input, limits }: ProgramRun): Promise<ProgramEnd> {
  const [module, given] = [encoder.encode(source), encoder.encode(input)];
  const call: Call = {
    ...{ sre: "quickjs", module: digest(module), entry, abi: JAVASCRIPT_ABI, profile: JAVASCRIPT.id },
    ...{ input: { sha256: digest(given), size: given.length }, context: SEED, before: null },
    limits: { ...limits, fuel: BigInt(limits.fuel) as Fuel, logs: 10_000 },
  };
  const outcome = await sandbox.run({ call, module, input: given, context: CONTEXT, files: new Map(), wallMs: 1_000 });
  if (outcome.kind === "fault") throw new Error(`${entry}: ${outcome.message}`);
  const { exit, fuel, output, logs, calls } = outcome.answer;
  return {
    ...{ exit: exit.kind, fuel: String(fuel), output: output.sha256, logs: logs.sha256 },
    ...{ calls: `${calls.count} ${calls.sha256}`, note: outcome.note },
  };
}
