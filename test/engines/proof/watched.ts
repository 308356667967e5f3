// A module made ready so that its guest's memory can be seen after a run, and what such a run ends with, as digests.
import { sha256 } from "@noble/hashes/sha2.js";
import { hexEncode } from "../../../chain/protocol/bytes.ts";
import type { Context, Digest } from "../../../chain/protocol/index.ts";
import { type Abi, type Evaluate, findAbi, type Script } from "../../../sre/wasm/abi/index.ts";
import { compile, execute, type Job, type Prepared } from "../../../sre/wasm/engine.ts";
import { decodeForm, type Form } from "../../../sre/wasm/form.ts";
import type { Host } from "../../../sre/wasm/host.ts";
import { PROFILES, profileFor } from "../../../sre/wasm/index.ts";
import type { RunEnd } from "./job.ts";

/** SHA-256 as hexadecimal digits. */
export const digest = (bytes: Uint8Array): Digest => hexEncode(sha256(bytes)) as Digest;

/** The widest profile: what a module needs of it decides which one its calls name. */
export const WIDEST = PROFILES[PROFILES.length - 1]!;

/** A module made ready, under an ABI that lets its guest's memory be seen after the run. */
export interface Watched {
  readonly form: Form;
  readonly prepared: Prepared;
  /** The host of the run under way or of the last one. */
  readonly run: { host: Host | null };
}

const evaluate: Evaluate = (text) => new Function("own", text) as Script;

/** Makes a module ready, or the form of it that is given. */
export function watch(abiName: string, module: Uint8Array, given: Uint8Array | null = null): Watched {
  const abi = findAbi(abiName)!;
  const run: Watched["run"] = { host: null };
  const watching: Abi = {
    ...abi,
    instantiate(ready, host) {
      run.host = host;
      return abi.instantiate(ready, host);
    },
  };
  const form = given === null ? watching.form(module, WIDEST, null) : decodeForm(given);
  return { form, prepared: compile(form, module, watching, evaluate), run };
}

/** Runs it. A memory of more than `hashed` bytes is left out. */
export function endOf({ form, prepared, run }: Watched, job: Omit<Job, "trace">, hashed: number): RunEnd {
  run.host = null;
  const ending = execute(prepared, { ...job, trace: null }, sha256);
  const rewritten = form.kind === "rewritten" ? form.parts.map(({ bytes }) => digest(bytes)).join(" ") : "";
  const memory = digestOfMemory(run.host, hashed);
  const { id: profile } = profileFor(form.kind === "rewritten" ? form.parts.flatMap(({ info }) => info.features) : []);
  if (ending.kind === "fault") return { profile, rewritten, exit: `fault: ${ending.message}`, memory };
  const { exit, fuel, output, logs, calls, note } = ending;
  return {
    ...{ profile, rewritten, memory, exit: exit.kind, fuel: String(fuel), output: digest(output), logs: digest(logs) },
    ...{ calls: `${calls.count} ${calls.sha256}`, note },
  };
}

/** Empty for no memory, and for one so large that hashing it would take longer than everything else. */
function digestOfMemory(host: Host | null, hashed: number): string {
  try {
    const memory = host!.memory();
    return memory.length > hashed ? "" : digest(memory);
  } catch {
    // The run came to no instance.
    return "";
  }
}

const SEED = digest(new Uint8Array(0));

/** What a guest finds besides its input: arguments, environment, and files by path. */
export interface Surroundings {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** The context of a run, and the bytes of its files. */
export function contextOf({ args, env, files }: Surroundings): {
  readonly context: Context;
  readonly files: ReadonlyMap<Digest, Uint8Array>;
} {
  const blobs = Object.entries(files).map(([path, bytes]) => ({ path, bytes, sha256: digest(bytes) }));
  const refs = blobs.map(({ path, bytes, sha256 }) => [path, { sha256, size: bytes.length }] as const);
  return {
    context: {
      ...{ args: [...args], capabilities: [], clock: 1_000n, env: { ...env }, seed: SEED },
      files: Object.fromEntries(refs),
    },
    files: new Map(blobs.map(({ bytes, sha256 }) => [sha256, bytes])),
  };
}
