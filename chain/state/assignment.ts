// Who gets which job: at the end of each block, jobs that wait are offered to the providers that can take them.
// Bounded per block; whoever was not reached is reached in a later block, because the round is part of the state.
import {
  type AccountId,
  type DeploymentRecord,
  type Digest,
  type JobRecord,
  latestStart,
  type ProviderRecord,
  priceOf,
} from "../protocol/index.ts";
import type { Block } from "./block.ts";
import { sortedIds } from "./committed.ts";
import { type DrawCandidate, draw } from "./draw.ts";
import { assign, giveBack } from "./jobs.ts";
import { LEDGER_LIMITS } from "./limits.ts";

/** Providers that agree on one result; more than one comes with commit and reveal. */
const PROVIDERS_PER_JOB = 1;

/** The part of a provider's stake that nothing holds. */
export function freeStake({ stake, reserved, unbonding }: ProviderRecord): bigint {
  return stake - reserved - unbonding;
}

/** Whether a provider can take a job now: it offers what the job needs, within the ceiling, with stake to reserve. */
function eligible(block: Block, provider: ProviderRecord, { deployment }: DeploymentRecord, job: JobRecord): boolean {
  const worst = priceOf(provider, job.fuel) + deployment.price;
  return (
    !provider.draining &&
    freeStake(provider) >= block.rules.genesis.parameters.reservation &&
    worst <= job.ceiling &&
    provider.offers.some(({ sre, profile }) => sre === deployment.sre && profile === deployment.profile)
  );
}

/** The id of every provider as this block sees it, sorted. */
export function providerIds({ committed, tables }: Block): readonly AccountId[] {
  const born: AccountId[] = [];
  let gone = false;
  for (const [id, record] of tables.providers.entries()) {
    if (record === null) gone = true;
    else if (!committed.isProvider(id)) born.push(id);
  }
  if (born.length === 0 && !gone) return committed.providerIds();
  const left = committed.providerIds().filter((id) => tables.providers.get(id) !== undefined);
  return sortedIds([...left, ...born]);
}

/** Those who can take a job, by id; whoever failed it before only when there is nobody else. */
function candidatesFor(block: Block, job: JobRecord): DrawCandidate[] {
  const deployment = block.tables.deployments.get(job.deployment)!;
  const all: DrawCandidate[] = [];
  for (const id of providerIds(block)) {
    const record = block.tables.providers.get(id)!;
    if (eligible(block, record, deployment, job)) all.push({ id, weight: record.stake - record.unbonding });
  }
  const others = all.filter(({ id }) => !job.tried.includes(id));
  return others.length > 0 ? others : all;
}

/** Offers one waiting job; whether somebody got it. */
function offer(block: Block, id: Digest, job: JobRecord): boolean {
  // Its due entry may be left over in a long index: it must not get an attempt that can't end in time (B4).
  if (block.time > latestStart(block.rules.genesis.parameters, job)) return false;
  const seed = { chain: block.rules.chain, job: id, attempt: job.attempt + 1, root: block.previousRoot };
  const [provider] = draw(block.rules.crypto, seed, candidatesFor(block, job), PROVIDERS_PER_JOB);
  if (provider === undefined) return false;
  assign(block, id, job, provider);
  return true;
}

/** Has every job that waits offered in the blocks to come. */
function beginRound(block: Block): void {
  block.round = block.round === null ? { after: "", again: false } : { ...block.round, again: true };
}

/** Takes the round on: the next portion of the jobs that waited before this block, oldest first. */
function advanceRound(block: Block): void {
  if (block.stakeFreed) beginRound(block);
  if (block.round === null) return;
  const { after, again } = block.round;
  const portion = block.committed.view.scan(["waiting"], after === "" ? null : after, LEDGER_LIMITS.drawsPerBlock);
  for (const [segment] of portion) {
    const entry = block.tables.waiting.get(segment);
    if (entry !== undefined) offer(block, entry.job, block.tables.jobs.get(entry.job)!);
  }
  if (portion.length === LEDGER_LIMITS.drawsPerBlock) block.round = { after: portion[portion.length - 1]![0], again };
  else block.round = again ? { after: "", again: false } : null;
}

/** The end of a block's work on jobs: those that waited before it, then those that began to wait in it. */
export function assignWaiting(block: Block): void {
  advanceRound(block);
  let offers = 0;
  for (const id of block.fresh) {
    if (offers++ === LEDGER_LIMITS.drawsPerBlock) {
      beginRound(block);
      return;
    }
    const job = block.tables.jobs.get(id)!;
    if (job.status !== "waiting" || offer(block, id, job)) continue;
    // The next block is later than this one, and from then on no attempt could end in time.
    if (block.time >= latestStart(block.rules.genesis.parameters, job)) giveBack(block, id, job, "expired");
  }
}
