// From the end of a run to what a sandbox gives back, and the checks of a task before it runs: what both sandboxes
// share on the host's side.
import { type Digest, EMPTY_DIGEST, fuel, hexEncode, LockstepError } from "../../chain/protocol/index.ts";
import type { Outcome, Sha256, Task } from "../core/index.ts";
import { type Abi, findAbi, TRANSPILER, TRANSPILER_FILES } from "./abi/index.ts";
import type { Ending } from "./engine.ts";
import type { Kind } from "./kind.ts";
import { INPUT_BYTES } from "./limits.ts";
import { findProfile, type Profile } from "./profile.ts";

/** What a task's call names, found. */
export interface Checked {
  readonly abi: Abi;
  readonly profile: Profile;
}

/** ABI and profile of a task; UNSUPPORTED when the call is for another SRE, profile or ABI than this sandbox has, or TOO_LARGE. */
export function checkTask(task: Task, kind: Kind): Checked {
  const { sre, abi } = task.call;
  const refuse = (what: string, name: string, offered: string) =>
    new LockstepError("UNSUPPORTED", `the call wants ${what} "${name}"; this sandbox runs ${offered}`, {
      [what]: name,
    });
  if (sre !== kind.sre) throw refuse("sre", sre, kind.sre);
  const profile = findProfile(task.call.profile, kind.profiles);
  if (profile === undefined) {
    throw refuse("profile", task.call.profile, kind.profiles.map(({ id, label }) => `${id} (${label})`).join(", "));
  }
  const found = findAbi(abi, kind.abis);
  if (found === undefined) throw refuse("abi", abi, kind.abis.map(({ name }) => name).join(", "));
  if (task.input.length > INPUT_BYTES) {
    throw new LockstepError("TOO_LARGE", `the input has ${task.input.length} bytes; a sandbox takes ${INPUT_BYTES}`);
  }
  return { abi: found, profile };
}

/** DIGEST_MISMATCH when a kind's interpreter is not the one that its profiles mean. */
export function checkInterpreter({ interpreter }: Kind, sha256: Sha256): void {
  if (interpreter === null || hexEncode(sha256(interpreter.bytes)) === interpreter.sha256) return;
  throw new LockstepError(
    "DIGEST_MISMATCH",
    `the interpreter's file is another than the one of SHA-256 ${interpreter.sha256}; install the packages again`,
  );
}

/** DIGEST_MISMATCH when the transpiler's files are not the pinned ones. */
export function checkTranspiler(files: readonly Uint8Array[], sha256: Sha256): void {
  for (const [index, name] of TRANSPILER_FILES.entries()) {
    const wanted = TRANSPILER.files[name];
    if (hexEncode(sha256(files[index] ?? new Uint8Array(0))) === wanted) continue;
    const what = `the transpiler's file ${name} is another than the one of SHA-256 ${wanted}; install the packages again`;
    throw new LockstepError("DIGEST_MISMATCH", what);
  }
}

/** The end of a run that its caller gave up when its turn came. */
export const GIVEN_UP: Outcome = { kind: "fault", fault: "closed", message: "the run was given up before it began" };

/** Names an ending's bytes by their digests. */
export function outcomeOf(ending: Ending, sha256: Sha256): Outcome {
  if (ending.kind === "fault") return { kind: "fault", fault: "engine", message: ending.message };
  const { exit, output, logs, truncated, calls, note } = ending;
  return {
    kind: "exit",
    answer: {
      exit,
      output: { sha256: digestOf(output, sha256), size: output.length },
      logs: { sha256: digestOf(logs, sha256), size: logs.length, truncated },
      calls,
      fuel: fuel(ending.fuel),
      after: null,
    },
    output,
    logs,
    note,
  };
}

function digestOf(bytes: Uint8Array, sha256: Sha256): Digest {
  return bytes.length === 0 ? EMPTY_DIGEST : (hexEncode(sha256(bytes)) as Digest);
}
