// refuse: the assigned provider declines before accepting. It costs only the flat fee; the job goes to the next.
import type { Body, JobRecord, LockstepError } from "../../protocol/index.ts";
import type { Block } from "../block.ts";
import { endAttempt } from "../jobs.ts";
import { checkAttempt } from "./attempt.ts";

/** The refusals of `checkAttempt` for an assigned job. */
export function checkRefuse(block: Block, body: Body<"refuse">): LockstepError | JobRecord {
  return checkAttempt(block, body, "assigned");
}

/** Ends the attempt. */
export function applyRefuse(block: Block, body: Body<"refuse">, job: JobRecord): void {
  endAttempt(block, body.job, job, "refused");
}
