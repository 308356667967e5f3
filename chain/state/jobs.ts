// The life of a job: every way from one status to the next, with the money, the stake and the index entries that go
// along. Transactions and due work only decide that a step is taken; the steps themselves are here, once.
import type { AccountId, Amount, BlockTime, Digest, JobRecord } from "../protocol/index.ts";
import { LockstepError, latestStart, runTime } from "../protocol/index.ts";
import type { Block } from "./block.ts";
import { dueKey, waitingKey } from "./committed.ts";

type Assignment = NonNullable<JobRecord["assignment"]>;

/** When the job's next step is due without anybody acting; null when nothing will happen any more. */
function dueOf(block: Block, job: JobRecord): BlockTime | null {
  switch (job.status) {
    case "waiting":
      return latestStart(block.rules.genesis.parameters, job);
    case "assigned":
    case "running":
      return assignmentOf(job).due;
    case "accepted":
      return job.accepted!.finalAt;
    default:
      return null;
  }
}

/** Puts a job's record and moves its entries in the indexes of due and waiting work. */
function save(block: Block, id: Digest, before: JobRecord | null, after: JobRecord): void {
  const { jobs, due, waiting } = block.tables;
  const [was, is] = [before && dueOf(block, before), dueOf(block, after)];
  if (was !== is) {
    if (was !== null) due.delete(dueKey(was, `job/${id}`));
    if (is !== null) due.create(dueKey(is, `job/${id}`), { kind: "job", job: id });
  }
  const [waited, waits] = [before?.status === "waiting", after.status === "waiting"];
  if (waited && !waits) waiting.delete(waitingKey(after.placed, id));
  if (waits && !waited) waiting.create(waitingKey(after.placed, id), { job: id });
  jobs.set(id, after);
}

/** The assignment that must be there by the job's status. */
export function assignmentOf(job: JobRecord): Assignment {
  if (job.assignment === null) throw new LockstepError("INTERNAL", `a job that is ${job.status} has no assignment`);
  return job.assignment;
}

/** Puts a new job, whose escrow was taken, among those that wait. */
export function place(block: Block, id: Digest, job: JobRecord): void {
  save(block, id, null, job);
  block.fresh.add(id);
  block.tell("placed", id, job);
}

/** Gives a waiting job to a provider: reserves its stake and locks its prices. */
export function assign(block: Block, id: Digest, job: JobRecord, provider: AccountId): void {
  const { acceptWindow, reservation } = block.rules.genesis.parameters;
  const record = block.tables.providers.get(provider)!;
  block.tables.providers.set(provider, { ...record, reserved: (record.reserved + reservation) as Amount });
  const assignment: Assignment = {
    provider,
    base: record.base,
    perMegafuel: record.perMegafuel,
    reserved: reservation,
    due: (block.time + acceptWindow) as BlockTime,
  };
  const assigned: JobRecord = { ...job, status: "assigned", attempt: job.attempt + 1, assignment };
  save(block, id, job, assigned);
  block.tell("assigned", id, assigned);
}

/** The assigned provider takes the attempt; its reservation fee was taken. */
export function start(block: Block, id: Digest, job: JobRecord): void {
  const due = (block.time + runTime(block.rules.genesis.parameters, job.fuel)) as BlockTime;
  const running: JobRecord = { ...job, status: "running", assignment: { ...assignmentOf(job), due } };
  save(block, id, job, running);
  block.tell("running", id, running);
}

/** Returns the stake that an assignment reserved. */
function release(block: Block, { provider, reserved }: Assignment): void {
  const record = block.tables.providers.get(provider)!;
  block.tables.providers.set(provider, { ...record, reserved: (record.reserved - reserved) as Amount });
  block.stakeFreed = true;
}

/** Ends an attempt without a result. The job waits for the next one, or expires when none is left or can end in time. */
export function endAttempt(block: Block, id: Digest, job: JobRecord, how: "refused" | "lapsed" | "timed-out"): void {
  const { mostAttempts } = block.rules.genesis.parameters;
  const assignment = assignmentOf(job);
  release(block, assignment);
  block.tell(how, id, job);
  const waits: JobRecord = { ...job, status: "waiting", assignment: null, tried: [...job.tried, assignment.provider] };
  save(block, id, job, waits);
  if (job.attempt >= mostAttempts || block.time > latestStart(block.rules.genesis.parameters, job)) {
    giveBack(block, id, waits, "expired");
  } else {
    block.fresh.add(id);
  }
}

/** Ends a job without a result: the escrow returns to the requester, a reservation to its provider. */
export function giveBack(block: Block, id: Digest, job: JobRecord, status: "expired" | "cancelled"): void {
  if (job.assignment !== null) release(block, job.assignment);
  block.credit(job.requester, job.ceiling);
  save(block, id, job, { ...job, status, assignment: null });
  block.tell(status, id, job);
}

/** Fixes a job's result; the reservation fee was returned. */
export function acceptResult(
  block: Block,
  id: Digest,
  job: JobRecord,
  accepted: Omit<NonNullable<JobRecord["accepted"]>, "time" | "finalAt">,
): void {
  const finalAt = (block.time + block.rules.genesis.parameters.challengeWindow) as BlockTime;
  const record: JobRecord = { ...job, status: "accepted", accepted: { ...accepted, time: block.time, finalAt } };
  save(block, id, job, record);
  block.tell("accepted", id, record);
}

/** Pays an accepted job out: provider, deployment's owner, and the rest to the requester; once, by its status. */
function pay(block: Block, id: Digest, job: JobRecord): void {
  const assignment = assignmentOf(job);
  const owner = block.tables.deployments.get(job.deployment)!.owner;
  const { pay } = job.accepted!;
  block.credit(assignment.provider, pay.provider);
  block.credit(owner, pay.owner);
  block.credit(job.requester, job.ceiling - pay.provider - pay.owner);
  release(block, assignment);
  const final: JobRecord = { ...job, status: "final" };
  save(block, id, job, final);
  block.tell("final", id, final);
}

/** Takes the step that block time made due. */
export function stepDue(block: Block, id: Digest): void {
  const job = block.tables.jobs.get(id);
  switch (job?.status) {
    case "waiting":
      giveBack(block, id, job, "expired");
      break;
    case "assigned":
      endAttempt(block, id, job, "lapsed");
      break;
    case "running":
      // Accepting is a promise: the fee is lost, the stake never is.
      block.burned += block.rules.genesis.parameters.reservationFee;
      endAttempt(block, id, job, "timed-out");
      break;
    case "accepted":
      pay(block, id, job);
      break;
    default:
      throw new LockstepError("STORAGE_CORRUPT", `the due index names job ${id}, which has no step ahead`);
  }
}
