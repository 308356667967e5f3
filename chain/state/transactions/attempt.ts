// What accept, refuse and result have in common: they are an assigned provider's word about one attempt of a job.
import type { AccountId, Digest, JobRecord, JobStatus, LockstepError } from "../../protocol/index.ts";
import { type Block, refusal } from "../block.ts";
import { assignmentOf } from "../jobs.ts";

interface Attempt {
  readonly from: AccountId;
  readonly job: Digest;
  readonly attempt: number;
}

/**
 * The job of an attempt that is in the given status and still has time. In this order: JOB_UNKNOWN, JOB_STATE (also
 * when the attempt's time is over), NOT_ASSIGNED for another provider, WRONG_ATTEMPT.
 */
export function checkAttempt(
  block: Block,
  { from, job: id, attempt }: Attempt,
  status: JobStatus,
): LockstepError | JobRecord {
  const job = block.tables.jobs.get(id);
  if (job === undefined) return refusal("JOB_UNKNOWN", `there is no job ${id}`);
  if (job.status !== status) {
    return refusal("JOB_STATE", `job ${id} is ${job.status}, this needs it ${status}`, { status: job.status });
  }
  const { provider, due } = assignmentOf(job);
  if (block.time >= due) {
    return refusal("JOB_STATE", `the time of attempt ${job.attempt} of job ${id} was over at ${due}`, {
      status: job.status,
    });
  }
  if (provider !== from) return refusal("NOT_ASSIGNED", `job ${id} is assigned to ${provider}, not to ${from}`);
  if (job.attempt !== attempt) {
    return refusal("WRONG_ATTEMPT", `job ${id} is at attempt ${job.attempt}, not ${attempt}`);
  }
  return job;
}
