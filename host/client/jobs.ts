// Waiting for a job: through the event stream, so that an answer is known the moment its block is committed.
import { type Digest, type JobStatus, LockstepError } from "../../chain/protocol/index.ts";
import type { Job } from "../wire.ts";
import type { Client } from "./client.ts";
import { followBlocks } from "./events.ts";

/** Statuses after which a job has a receipt. */
export const ANSWERED: readonly JobStatus[] = ["accepted", "final"];
/** Statuses after which nothing more happens to a job. */
export const ENDED: readonly JobStatus[] = ["final", "cancelled", "expired"];

/** How to wait. */
export interface WaitOptions {
  /** Longest wait in ms. */
  readonly timeoutMs: number;
  /** Statuses that end the wait. */
  readonly until: readonly JobStatus[];
  /** Told whenever the job's status changes. */
  readonly onStatus?: (job: Job) => void;
}

/** Waits until a job has one of the statuses; TIMEOUT when it takes too long, NOT_FOUND when there is no such job. */
export async function waitForJob(client: Client, id: Digest, options: WaitOptions): Promise<Job> {
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), options.timeoutMs);
  try {
    // The height is taken before the job is read: what happens in between comes again as an event.
    const { height } = await client.status();
    let job = await client.job(id);
    options.onStatus?.(job);
    if (options.until.includes(job.record.status)) return job;
    for await (const block of followBlocks(client.connection, height, ending.signal)) {
      if (!block.gap && !block.events.some((event) => event.job === id)) continue;
      job = await client.job(id);
      options.onStatus?.(job);
      if (options.until.includes(job.record.status)) return job;
    }
    throw new LockstepError(
      "TIMEOUT",
      `job ${id} is still ${job.record.status} after ${options.timeoutMs / 1000} s; look again later with: lockstep job ${id}`,
      { job: id, status: job.record.status },
    );
  } finally {
    clearTimeout(timer);
    ending.abort();
  }
}
