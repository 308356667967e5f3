// Runs one job: module bytes, call, input and context to an end. The same in Node and in browsers; it must not
// import anything of Node's, and imports no values from other rooms' heavy doors, so that a worker starts fast.
import type { Context, Digest, ExitKind, Limits } from "../../chain/protocol/index.ts";
import type { Sha256 } from "../core/index.ts";
import { type Abi, type Guest, hasType } from "./abi/index.ts";
import { guardImports } from "./guard.ts";
import { GuestEnded, Host } from "./host.ts";
import { ENGINE_FAILED, PAGE_BYTES, underCeilings } from "./limits.ts";
import type { Profile } from "./profile.ts";
import { INTERNAL_EXPORTS, type RewriteResult, type Rewritten, rewrite } from "./rewrite/index.ts";

/** A job as the engine needs it: the parts of call and context that a guest can tell apart. */
export interface Job {
  readonly entry: string;
  readonly limits: Limits;
  readonly context: Pick<Context, "clock" | "seed">;
  readonly input: Uint8Array;
  readonly trace: ((line: string) => void) | null;
}

/** What runs need to know of a rewritten module besides its bytes; plain JSON, so that caches can keep it. */
export type Info = Omit<Rewritten, "bytes">;

/** A module rewritten for an ABI, or refused for good. It depends on source, ABI and profile alone and may be kept. */
export type Form =
  | { readonly kind: "rewritten"; readonly info: Info; readonly bytes: Uint8Array }
  | { readonly kind: "invalid"; readonly note: string };

/** A module made ready: compiled, or refused for good. */
export type Prepared =
  | { readonly kind: "ready"; readonly abi: Abi; readonly info: Info; readonly module: WebAssembly.Module }
  | { readonly kind: "invalid"; readonly note: string }
  | { readonly kind: "fault"; readonly message: string };

/** The end of a run before its bytes are named by digests. */
export type Ending =
  | {
      readonly kind: "exit";
      readonly exit: ExitKind;
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

/** Rewrites a module for an ABI: imports outside it are refused, exports that it has no use for are dropped. */
export function rewriteFor(source: Uint8Array, abi: Abi, profile: Profile): RewriteResult {
  return rewrite(source, {
    features: profile.features,
    refuseImport({ module, name, type }) {
      // Both names by themselves: joined, "env.console"."log" would pass for "env"."console.log".
      const offered = abi.imports.find((candidate) => candidate.module === module && candidate.name === name);
      const wanted = `"${module}"."${name}"`;
      if (offered === undefined) {
        const list = abi.imports.map((candidate) => `"${candidate.module}"."${candidate.name}"`).join(", ");
        return `imports ${wanted}, which the ABI ${abi.name} does not offer; it offers ${list}`;
      }
      if (hasType(type, offered.type.params, offered.type.results)) return null;
      return `imports ${wanted} with another type than the ABI ${abi.name} offers`;
    },
    keepExport: (candidate) => abi.keeps(candidate),
  });
}

/** Rewrites a module for an ABI that it must fit, under a profile. Pure: no engine sees the bytes. */
export function formOf(source: Uint8Array, abi: Abi, profile: Profile): Form {
  const result = rewriteFor(source, abi, profile);
  if (result.kind === "refused") return { kind: "invalid", note: result.refusal.message };
  const { bytes, ...info } = result.module;
  const misfit = abi.misfit(info.exports);
  if (misfit !== null) return { kind: "invalid", note: `the module does not fit the ABI ${abi.name}: it ${misfit}` };
  // What the ABI keeps is all that a run can name; a module may export a hundred thousand other things.
  const exports = info.exports.filter((candidate) => abi.keeps(candidate));
  return { kind: "rewritten", info: { ...info, imports: [], exports }, bytes };
}

/** Compiles a form; the source is for the tripwire alone. */
export function compile(form: Form, source: Uint8Array, abi: Abi): Prepared {
  if (form.kind === "invalid") return form;
  // A tripwire: what is valid is decided by our own validator, and an engine that sees it otherwise is no fit one.
  if (!WebAssembly.validate(source)) {
    return { kind: "fault", message: "the engine refuses a module that is valid by the profile" };
  }
  try {
    return { kind: "ready", abi, info: form.info, module: new WebAssembly.Module(form.bytes) };
  } catch {
    return { kind: "fault", message: "the engine refused a rewritten module whose source it finds valid" };
  }
}

/** Makes a module ready for runs under an ABI and a profile. The result depends on nothing else and may be kept. */
export function prepare(source: Uint8Array, abi: Abi, profile: Profile): Prepared {
  return compile(formOf(source, abi, profile), source, abi);
}

/** An instance that nobody has used: all of a run that does not depend on its job. No guest function has run in it. */
export interface Instance {
  readonly prepared: Extract<Prepared, { kind: "ready" }>;
  readonly host: Host;
  readonly guest: Guest;
}

/** Makes an instance ahead of its job; null when that fails, so that the job itself fails in the same way. */
export function instantiateAhead(prepared: Instance["prepared"], sha256: Sha256): Instance | null {
  const host = new Host(sha256);
  try {
    return { prepared, host, guest: instantiate(prepared, host) };
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
  host.take(limits, job.context, job.trace);
  if (prepared.kind === "fault") return { kind: "fault", message: prepared.message };
  if (prepared.kind === "invalid") return ending(host, "invalid-module", prepared.note);
  const { abi, info } = prepared;
  const entry = abi.entry(info.exports, job.entry);
  if (entry === null) return ending(host, "invalid-module", `the module has no entry "${job.entry}"`);
  const pages = Math.floor(limits.memory / PAGE_BYTES);
  const initial = info.memory?.initial ?? 0;
  if (initial > pages) {
    return ending(host, "memory", `the module begins with ${initial} pages of 64 KiB; the limit is ${pages}`);
  }
  let output: Uint8Array = NOTHING;
  try {
    const guest = ahead?.guest ?? instantiate(prepared, host);
    host.attach(guest.exports, pages);
    if (info.hasStart) (guest.exports[INTERNAL_EXPORTS.start] as () => void)();
    output = abi.invoke(guest, entry, job.input, host);
  } catch (error) {
    return classify(host, error);
  }
  return classify(host, null, output);
}

function instantiate({ abi, info, module }: Instance["prepared"], host: Host): Guest {
  const bound = abi.bind(host);
  const imports = info.features.includes("exceptions") ? guardImports(bound, abi.imports, host) : bound;
  return abi.instantiate(module, imports);
}

/** The precedence of ends (SPEC rules E3 to E6). Nothing of an engine's wording goes into the result. */
function classify(host: Host, error: unknown, output: Uint8Array = NOTHING): Ending {
  if (host.broken) return { kind: "fault", message: "the host failed in a call of the guest's" };
  if (host.fuel === ENGINE_FAILED) return { kind: "fault", message: "the engine could not grow the guest's memory" };
  if (host.fuel < 0n) return ending(host, "out-of-fuel", `the fuel limit of ${host.limits.fuel} was reached`);
  if (host.stack < 0) return ending(host, "stack", `the stack limit of ${host.limits.stack} bytes was reached`);
  if (host.ended !== null) return ending(host, host.ended.exit, host.ended.note);
  if (error instanceof GuestEnded) return ending(host, error.end.exit, error.end.note);
  if (error instanceof WebAssembly.RuntimeError) return ending(host, "trap", "the guest did something undefined");
  if (error instanceof WebAssembly.Exception) return ending(host, "trap", "nothing caught the guest's exception");
  if (error !== null) return { kind: "fault", message: "the engine failed in a way that no rule foresees" };
  return ending(host, "ok", "", output);
}

function ending(host: Host, exit: ExitKind, note: string, output: Uint8Array = NOTHING): Ending {
  const { limits, fuel, logs, transcript } = host;
  return {
    kind: "exit",
    exit,
    fuel: fuel < 0n ? limits.fuel : limits.fuel - fuel,
    output,
    logs: logs.bytes(),
    truncated: logs.truncated,
    calls: transcript.finish(),
    note: note.slice(0, NOTE_CHARS),
  };
}
