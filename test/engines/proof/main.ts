// What runs inside each engine: the real rewriter and engine in one thread, as in a browser, on a list of runs; the
// same modules raw where a hazard is to be shown; and which features the engine takes. Bytes come out as digests.
// First: the guest ABIs make their encoders when they are loaded.
import "../../../host/engines/text.ts";
import { sha256 } from "@noble/hashes/sha2.js";
import { hexDecode, hexEncode } from "../../../chain/protocol/bytes.ts";
import type { Call, Fuel } from "../../../chain/protocol/index.ts";
import { LocalSandbox } from "../../../sre/wasm/index.ts";
import { type Refusal, rewrite } from "../../../sre/wasm/rewrite/index.ts";
import type { EngineAnswers, EngineJob, RawEnd, RunEnd, RunSpec } from "./job.ts";
import { contextOf, digest, endOf, type Watched, WIDEST, watch } from "./watched.ts";

const SEED = digest(new Uint8Array(0));
const HASHED_BYTES = 16 * 1024 * 1024;
const sandbox = new LocalSandbox({ sha256, engine: { name: "any", version: "1" } });

/** Does a whole job. */
export async function main(job: EngineJob): Promise<EngineAnswers> {
  const runs: RunEnd[] = [];
  for (const spec of job.runs) {
    const { [spec.module]: given } = job.forms;
    runs.push(await run(spec, hexDecode(job.modules[spec.module]!), given === undefined ? null : hexDecode(given)));
  }
  return {
    runs,
    raw: job.raw.map((name) => raw(hexDecode(job.modules[name]!))),
    features: job.features.map((module) => WebAssembly.validate(hexDecode(module))),
    refusals: job.wrong.map((module) => refusalOf(hexDecode(module))),
  };
}

/** Why the widest profile refuses a module. */
function refusalOf(module: Uint8Array): Refusal | null {
  const result = rewrite(module, {
    features: new Set(WIDEST.features),
    refuseImport: () => null,
    keepExport: () => true,
  });
  return result.kind === "refused" ? result.refusal : null;
}

const watched = new Map<string, Watched>();

function watchedOf(spec: RunSpec, module: Uint8Array, given: Uint8Array | null): Watched {
  const key = `${spec.abi} ${spec.module}`;
  const ready = watched.get(key) ?? watch(spec.abi, module, given);
  watched.set(key, ready);
  return ready;
}

/**
 * Runs once with the memory in sight and, unless the form was given, once through the sandbox as everyone uses it; both must
 * say the same.
 */
async function run(spec: RunSpec, module: Uint8Array, given: Uint8Array | null): Promise<RunEnd> {
  const limits = { ...spec.limits, fuel: BigInt(spec.limits.fuel) as Fuel };
  const job = { entry: spec.entry, limits, ...surroundingsOf(spec), input: hexDecode(spec.input) };
  const end = endOf(watchedOf(spec, module, given), job, HASHED_BYTES);
  if (end.fuel !== undefined && given === null) await compare(spec, module, end);
  return end;
}

async function compare(spec: RunSpec, module: Uint8Array, end: RunEnd): Promise<void> {
  const { profile, rewritten: _, memory: __, ...said } = end;
  const input = hexDecode(spec.input);
  const limits = { ...spec.limits, fuel: BigInt(spec.limits.fuel) as Fuel };
  const call: Call = {
    ...{ sre: "wasm", module: digest(module), entry: spec.entry, abi: spec.abi, profile },
    ...{ input: { sha256: digest(input), size: input.length }, context: SEED, limits, before: null },
  };
  const { context, files } = surroundingsOf(spec);
  const outcome = await sandbox.run({ call, module, input, context, files, wallMs: 1_000 });
  // The engine may be out of room for a second time what it had room for once: a fault is no answer, so none differs.
  if (outcome.kind === "fault") return;
  const [again, below] = [JSON.stringify(seen(outcome)), JSON.stringify(said)];
  if (again !== below) throw new Error(`${spec.module}: the sandbox says ${again}, the engine below it ${below}`);
}

function surroundingsOf({ context }: RunSpec): ReturnType<typeof contextOf> {
  const { args = [], env = {}, files = {} } = context ?? {};
  return contextOf({
    args,
    env,
    files: Object.fromEntries(Object.entries(files).map(([path, hex]) => [path, hexDecode(hex)])),
  });
}

type Exit = Extract<Awaited<ReturnType<LocalSandbox["run"]>>, { kind: "exit" }>;

function seen({ answer, note }: Exit) {
  return {
    exit: answer.exit.kind,
    fuel: String(answer.fuel),
    output: answer.output.sha256,
    logs: answer.logs.sha256,
    calls: `${answer.calls.count} ${answer.calls.sha256}`,
    note,
  };
}

/** Runs a module as it is, without any rule of ours: entry `run` on no input. */
function raw(module: Uint8Array): RawEnd {
  const nothing = () => {};
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module), {
    lockstep: { log: nothing, abort: nothing },
  });
  const bytes = () => new Uint8Array((exports["memory"] as WebAssembly.Memory).buffer);
  try {
    const answer = (exports["run"] as (pointer: number, length: number) => bigint)(0, 0);
    const start = Number(BigInt.asUintN(32, answer >> 32n));
    return { threw: null, bytes: hexEncode(bytes().slice(start, start + Number(answer & 0xffffffffn))) };
  } catch (error) {
    // The first bytes of the memory say how far the guest came.
    return { threw: error instanceof Error ? error.name : typeof error, bytes: hexEncode(bytes().slice(0, 8)) };
  }
}
