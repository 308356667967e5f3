// What a program is, without running it: for build and deploy.
import { LockstepError } from "../../chain/protocol/index.ts";
import { javascriptAbi, programFault } from "./abi.ts";
import { JAVASCRIPT } from "./profile.ts";

/** What is known of a program. */
export interface ProgramInspection {
  readonly profile: string;
  readonly abi: string;
  /** The entry that was asked for; what a program exports only running it tells. */
  readonly entries: readonly string[];
}

/** Inspects a program; INVALID_MODULE when it can't be one, USAGE when no entry can be spelled so. */
export function inspectProgram(program: Uint8Array, entry?: string): ProgramInspection {
  const fault = programFault(program);
  if (fault !== null) throw new LockstepError("INVALID_MODULE", fault);
  if (entry !== undefined && javascriptAbi.entry({ infos: [], extra: "" }, entry) === null) {
    throw new LockstepError(
      "USAGE",
      `no entry is spelled "${entry}"; write the name of an exported function, or NAME:bytes`,
    );
  }
  return { profile: JAVASCRIPT.id, abi: javascriptAbi.name, entries: entry === undefined ? [] : [entry] };
}
