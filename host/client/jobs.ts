// Waiting for a job: through the event stream, so that an answer is known the moment its block is committed.
import { type Digest, type JobStatus, LockstepError } from "../../chain/protocol/index.ts";
import type { BlockEvent, Job } from "../wire.ts";
import type { Client } from "./client.ts";
import { followBlocks, pause } from "./events.ts";
import { isPassing } from "./http.ts";
import { CLIENT_LIMITS } from "./limits.ts";

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

/**
 * Waits until a job has one of the statuses, through losses of the node. TIMEOUT when it takes too long, JOB_STATE
 * when it has ended otherwise, NOT_FOUND when there is no such job.
 */
export async function waitForJob(client: Client, id: Digest, options: WaitOptions): Promise<Job> {
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), options.timeoutMs);
  try {
    let job = await client.job(id);
    for (;;) {
      options.onStatus?.(job);
      if (options.until.includes(job.record.status)) return job;
      if (ENDED.includes(job.record.status)) throw ended(job);
      const seen = await nextLook(client, job, options, ending.signal);
      if (seen === null) throw tooLate(job, options);
      job = seen;
    }
  } finally {
    clearTimeout(timer);
    ending.abort();
  }
}

/** The job as it is after something happened to it that we wait for; null when the signal came first. */
async function nextLook(client: Client, job: Job, options: WaitOptions, signal: AbortSignal): Promise<Job | null> {
  while (!signal.aborted) {
    try {
      // From the block that the job was read at: whatever happened since comes as an event.
      for await (const block of followBlocks(client.connection, job.height, signal)) {
        if (isNews(block, job.id, options)) return await client.job(job.id);
      }
    } catch (error) {
      if (!(error instanceof LockstepError) || !isPassing(error)) throw error;
      await pause(CLIENT_LIMITS.firstRetryMs, signal);
    }
  }
  return null;
}

/** Whether a block may have brought the job to a status that ends the wait, or one that somebody wants to be told. */
function isNews({ events, gap }: BlockEvent, id: Digest, { onStatus, until }: WaitOptions): boolean {
  const ends: readonly string[] = [...until, ...ENDED];
  return gap || events.some(({ job, type }) => job === id && (onStatus !== undefined || ends.includes(type)));
}

function ended({ id, record: { status } }: Job): LockstepError {
  return new LockstepError("JOB_STATE", `job ${id} is ${status}, and nothing more will happen to it`, { status });
}

function tooLate({ id, record: { status } }: Job, { timeoutMs }: WaitOptions): LockstepError {
  const message = `job ${id} is still ${status} after ${timeoutMs / 1000} s; look again later with: lockstep job ${id}`;
  return new LockstepError("TIMEOUT", message, { job: id, status });
}
