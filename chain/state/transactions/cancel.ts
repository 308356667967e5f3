// cancel: the requester takes back a job that no provider has accepted yet, and its escrow with it.
import type { Body, JobRecord, LockstepError } from "../../protocol/index.ts";
import { type Block, refusal } from "../block.ts";
import { giveBack } from "../jobs.ts";

/** JOB_UNKNOWN, NOT_OWNER for another's job, JOB_STATE once a provider has accepted it or it has ended. */
export function checkCancel(block: Block, body: Body<"cancel">): LockstepError | JobRecord {
  const job = block.tables.jobs.get(body.job);
  if (job === undefined) return refusal("JOB_UNKNOWN", `there is no job ${body.job}`);
  if (job.requester !== body.from) {
    return refusal("NOT_OWNER", `job ${body.job} was ordered by ${job.requester}, only they can cancel it`);
  }
  if (job.status !== "waiting" && job.status !== "assigned") {
    const data = { status: job.status };
    return refusal("JOB_STATE", `job ${body.job} is ${job.status} and can't be cancelled any more`, data);
  }
  return job;
}

/** Returns the escrow. */
export function applyCancel(block: Block, body: Body<"cancel">, job: JobRecord): void {
  giveBack(block, body.job, job, "cancelled");
}
