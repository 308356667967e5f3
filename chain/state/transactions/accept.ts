// accept: the assigned provider holds module and input and takes the attempt. It leaves a fee that comes back with
// the result and is lost when no result comes in time.
import { type Body, type JobRecord, LockstepError } from "../../protocol/index.ts";
import type { Block } from "../block.ts";
import { start } from "../jobs.ts";
import { checkAttempt } from "./attempt.ts";
import { checkFunds } from "./common.ts";

/** The refusals of `checkAttempt` for an assigned job, then FUNDS. */
export function checkAccept(block: Block, body: Body<"accept">): LockstepError | JobRecord {
  const job = checkAttempt(block, body, "assigned");
  if (job instanceof LockstepError) return job;
  return (
    checkFunds(block, body, block.rules.genesis.parameters.reservationFee, "the reservation fee with the fee") ?? job
  );
}

/** Takes the reservation fee and starts the attempt. */
export function applyAccept(block: Block, body: Body<"accept">, job: JobRecord): void {
  block.debit(body.from, block.rules.genesis.parameters.reservationFee);
  start(block, body.job, job);
}
