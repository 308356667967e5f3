// What runs inside each engine: the real rewriter and engine in one thread, as in a browser, on a list of runs; the
// same modules raw where a hazard is to be shown; and which features the engine takes. Bytes come out as digests.
// First: the guest ABIs make their encoders when they are loaded.
import "../../../host/engines/text.ts";
import { sha256 } from "@noble/hashes/sha2.js";
import { hexDecode, hexEncode } from "../../../chain/protocol/bytes.ts";
import type { Call, Context, Digest, Fuel } from "../../../chain/protocol/index.ts";
import { type Abi, type Evaluate, findAbi, type Script } from "../../../sre/wasm/abi/index.ts";
import { compile, execute, type Prepared } from "../../../sre/wasm/engine.ts";
import { decodeForm, type Form } from "../../../sre/wasm/form.ts";
import type { Host } from "../../../sre/wasm/host.ts";
import { LocalSandbox, PROFILES, profileFor } from "../../../sre/wasm/index.ts";
import { type Refusal, rewrite } from "../../../sre/wasm/rewrite/index.ts";
import type { EngineAnswers, EngineJob, RawEnd, RunEnd, RunSpec } from "./job.ts";

const digest = (bytes: Uint8Array) => hexEncode(sha256(bytes)) as Digest;
const SEED = digest(new Uint8Array(0));
/** The widest profile: what a module needs of it decides which one its calls name. */
const ALL = PROFILES[PROFILES.length - 1]!;
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
  const result = rewrite(module, { features: new Set(ALL.features), refuseImport: () => null, keepExport: () => true });
  return result.kind === "refused" ? result.refusal : null;
}

/** A module made ready, under an ABI that lets its guest's memory be seen after the run. */
interface Watched {
  readonly form: Form;
  readonly prepared: Prepared;
  /** The host of the run under way or of the last one. */
  readonly run: { host: Host | null };
}

const watched = new Map<string, Watched>();

const evaluate: Evaluate = (text) => new Function("own", text) as Script;

function watch(spec: RunSpec, module: Uint8Array, given: Uint8Array | null): Watched {
  const key = `${spec.abi} ${spec.module}`;
  const found = watched.get(key);
  if (found !== undefined) return found;
  const abi = findAbi(spec.abi)!;
  const run: Watched["run"] = { host: null };
  const watching: Abi = {
    ...abi,
    instantiate(ready, host) {
      run.host = host;
      return abi.instantiate(ready, host);
    },
  };
  const form = given === null ? watching.form(module, ALL, null) : decodeForm(given);
  const fresh = { form, prepared: compile(form, module, watching, evaluate), run };
  watched.set(key, fresh);
  return fresh;
}

/**
 * Runs once with the memory in sight and, unless the form was given, once through the sandbox as everyone uses it; both must
 * say the same.
 */
async function run(spec: RunSpec, module: Uint8Array, given: Uint8Array | null): Promise<RunEnd> {
  const { form, prepared, run: seenRun } = watch(spec, module, given);
  const input = hexDecode(spec.input);
  const limits = { ...spec.limits, fuel: BigInt(spec.limits.fuel) as Fuel };
  const { context, files } = contextOf(spec);
  seenRun.host = null;
  const ending = execute(prepared, { entry: spec.entry, limits, context, files, input, trace: null }, sha256);
  const rewritten = form.kind === "rewritten" ? form.parts.map(({ bytes }) => digest(bytes)).join(" ") : "";
  const memory = digestOfMemory(seenRun.host);
  const { id: profile } = profileFor(form.kind === "rewritten" ? form.parts.flatMap(({ info }) => info.features) : []);
  if (ending.kind === "fault") return { profile, rewritten, exit: `fault: ${ending.message}`, memory };
  const { exit, fuel, output, logs, calls, note } = ending;
  const end = {
    ...{ exit: exit.kind, fuel: String(fuel), output: digest(output), logs: digest(logs) },
    ...{ calls: `${calls.count} ${calls.sha256}`, note },
  };
  if (given === null) await compare(spec, module, profile, JSON.stringify(end));
  return { profile, rewritten, memory, ...end };
}

async function compare(spec: RunSpec, module: Uint8Array, profile: string, end: string): Promise<void> {
  const input = hexDecode(spec.input);
  const limits = { ...spec.limits, fuel: BigInt(spec.limits.fuel) as Fuel };
  const call: Call = {
    ...{ sre: "wasm", module: digest(module), entry: spec.entry, abi: spec.abi, profile },
    ...{ input: { sha256: digest(input), size: input.length }, context: SEED, limits, before: null },
  };
  const { context, files } = contextOf(spec);
  const outcome = await sandbox.run({ call, module, input, context, files, wallMs: 1_000 });
  // The engine may be out of room for a second time what it had room for once: a fault is no answer, so none differs.
  if (outcome.kind === "fault") return;
  const again = JSON.stringify(seen(outcome));
  if (again !== end) throw new Error(`${spec.module}: the sandbox says ${again}, the engine below it ${end}`);
}

/** The context of a run, and the bytes of its files. */
function contextOf({ context: given }: RunSpec): { context: Context; files: ReadonlyMap<Digest, Uint8Array> } {
  const { args = [], env = {}, files = {} } = given ?? {};
  const blobs = Object.entries(files).map(([path, hex]) => ({ path, bytes: hexDecode(hex) }));
  const refs = blobs.map(({ path, bytes }) => [path, { sha256: digest(bytes), size: bytes.length }] as const);
  const context = { args: [...args], capabilities: [], clock: 1_000n, env: { ...env }, seed: SEED };
  return {
    context: { ...context, files: Object.fromEntries(refs) },
    files: new Map(blobs.map(({ bytes }) => [digest(bytes), bytes])),
  };
}

/** Empty for no memory, and for one so large that hashing it would take longer than everything else. */
function digestOfMemory(host: Host | null): string {
  try {
    const memory = host!.memory();
    return memory.length > HASHED_BYTES ? "" : digest(memory);
  } catch {
    // The run came to no instance.
    return "";
  }
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
