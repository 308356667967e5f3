// Runs one job: a program's modules, call, input and context to an end. The same in Node and in browsers; it must not
// import anything of Node's, and imports no values from other rooms' heavy doors, so that a worker starts fast.
import type { Digest, Exit, ExitKind, Limits } from "../../chain/protocol/index.ts";
import type { Sha256 } from "../core/index.ts";
import {
  type Abi,
  type Evaluate,
  type Guest,
  initialPages,
  instanceCost,
  type Means,
  type Ready,
  type Script,
} from "./abi/index.ts";
import type { Form } from "./form.ts";
import { GuestEnded, Host, type HostJob } from "./host.ts";
import { ENGINE_FAILED, PAGE_BYTES, underCeilings } from "./limits.ts";
import type { Profile } from "./profile.ts";

/** A job as the engine needs it: the parts of call and context that a guest can tell apart. */
export interface Job extends HostJob {
  readonly entry: string;
  readonly limits: Limits;
  readonly input: Uint8Array;
}

/** A program made ready: compiled, or refused for good. */
export type Prepared =
  | Ready
  | { readonly kind: "invalid"; readonly note: string }
  | { readonly kind: "fault"; readonly message: string };

/** The end of a run before its bytes are named by digests. */
export type Ending =
  | {
      readonly kind: "exit";
      readonly exit: Exit;
      readonly fuel: bigint;
      readonly output: Uint8Array;
      readonly logs: Uint8Array;
      readonly truncated: boolean;
      readonly calls: { readonly sha256: Digest; readonly count: bigint };
      readonly note: string;
    }
  | { readonly kind: "fault"; readonly message: string };

/** Characters of a note: names in it are the guest's choice. */
export const NOTE_CHARS = 1_000;
const NOTHING: Uint8Array = new Uint8Array(0);
const MAGIC = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/**
 * Compiles a form. The source is for the tripwire alone: what is valid is decided by our own validator, and an engine that
 * sees it otherwise is no fit one. A source that is no core module has no such wire.
 */
export function compile(form: Form, source: Uint8Array, abi: Abi, evaluate: Evaluate = noScripts): Prepared {
  if (form.kind === "invalid") return { kind: "invalid", note: form.note };
  const { parts, extra, script } = form;
  if (isCoreModule(source) && !WebAssembly.validate(source)) {
    return { kind: "fault", message: "the engine refuses a module that is valid by the profile" };
  }
  const own = script === undefined ? null : scriptOf(script, evaluate);
  if (own === NO_PROGRAM) return { kind: "invalid", note: "the component has names that generated code can't have" };
  try {
    const modules = parts.map(({ bytes }) => new WebAssembly.Module(bytes));
    return { kind: "ready", abi, infos: parts.map(({ info }) => info), modules, extra, script: own };
  } catch {
    return { kind: "fault", message: "the engine refused a rewritten module whose source it finds valid" };
  }
}

const NO_PROGRAM = "no program";

/** The script; what is wrong with its grammar is the same in every engine. */
function scriptOf(text: string, evaluate: Evaluate): Script | typeof NO_PROGRAM {
  try {
    return evaluate(text);
  } catch (error) {
    if (error instanceof SyntaxError) return NO_PROGRAM;
    throw error;
  }
}

/** Whether bytes begin like a core module, of version 1. */
function isCoreModule(source: Uint8Array): boolean {
  return MAGIC.every((byte, index) => source[index] === byte);
}

/** Makes a program ready for runs under an ABI and a profile. The result depends on nothing else and may be kept. */
export function prepare(source: Uint8Array, abi: Abi, profile: Profile, means: Means | null = null): Prepared {
  return compile(abi.form(source, profile, means), source, abi, means?.evaluate);
}

/** Where the host has not lent the power. */
const noScripts: Evaluate = () => {
  throw new Error("a form with a script was given no way to run it");
};

/** An instance that nobody has used: all of a run that does not depend on its job. No guest function has run in it. */
export interface Instance {
  readonly prepared: Ready;
  readonly host: Host;
  readonly guest: Guest;
}

/** Makes an instance ahead of its job; null when that fails, so that the job itself fails in the same way. */
export function instantiateAhead(prepared: Ready, sha256: Sha256): Instance | null {
  const host = new Host(sha256);
  try {
    return { prepared, host, guest: prepared.abi.instantiate(prepared, host) };
  } catch {
    return null;
  }
}

/**
 * Runs a job on a module made ready, in an instance made ahead if there is one: it serves this job alone. Never throws
 * for anything that guest or engine do.
 */
export function execute(prepared: Prepared, job: Job, sha256: Sha256, ahead: Instance | null = null): Ending {
  const limits = underCeilings(job.limits);
  const host = ahead?.host ?? new Host(sha256);
  host.take({ ...job, limits });
  if (prepared.kind === "fault") return { kind: "fault", message: prepared.message };
  if (prepared.kind === "invalid") return ending(host, "invalid-module", prepared.note);
  const { abi } = prepared;
  const entry = abi.entry(prepared, job.entry);
  if (entry === null) return ending(host, "invalid-module", `the module has no entry "${job.entry}"`);
  const pages = Math.floor(limits.memory / PAGE_BYTES);
  const initial = initialPages(prepared);
  if (initial > pages) {
    return ending(host, "memory", `the module begins with ${initial} pages of 64 KiB; the limit is ${pages}`);
  }
  if (!host.spend(instanceCost(prepared))) return classify(host, null);
  let output: Uint8Array = NOTHING;
  try {
    const guest = ahead?.guest ?? abi.instantiate(prepared, host);
    host.attach(guest.exports, pages);
    guest.start?.();
    output = abi.invoke(guest, entry, job.input, host);
  } catch (error) {
    return classify(host, error);
  }
  return classify(host, null, output);
}

/** The precedence of ends (SPEC rules E3 to E6). Nothing of an engine's wording goes into the result. */
function classify(host: Host, error: unknown, output: Uint8Array = NOTHING): Ending {
  if (host.broken) return { kind: "fault", message: "the host failed in a call of the guest's" };
  if (host.fuel === ENGINE_FAILED) return { kind: "fault", message: "the engine could not grow the guest's memory" };
  if (host.fuel < 0n) return ending(host, "out-of-fuel", `the fuel limit of ${host.limits.fuel} was reached`);
  if (host.stack < 0) return ending(host, "stack", `the stack limit of ${host.limits.stack} bytes was reached`);
  if (host.ended !== null) return ending(host, host.ended.exit, host.ended.note);
  if (error instanceof GuestEnded) {
    const { exit, note, code, output: written } = error.end;
    return ending(host, exit, note, written, code);
  }
  if (error instanceof WebAssembly.RuntimeError) return ending(host, "trap", "the guest did something undefined");
  if (error instanceof WebAssembly.Exception) return ending(host, "trap", "nothing caught the guest's exception");
  if (error !== null) return { kind: "fault", message: "the engine failed in a way that no rule foresees" };
  return ending(host, "ok", "", output);
}

function ending(host: Host, kind: ExitKind, note: string, output: Uint8Array = NOTHING, code = 0): Ending {
  const { limits, fuel, logs, transcript } = host;
  return {
    kind: "exit",
    exit: { kind, code },
    fuel: fuel < 0n ? limits.fuel : limits.fuel - fuel,
    output,
    logs: logs.bytes(),
    truncated: logs.truncated,
    calls: transcript.finish(),
    note: note.slice(0, NOTE_CHARS),
  };
}
