// unbond: starts to release free stake. It arrives after a time longer than any window in which it may be claimed.
import type { Amount, BlockTime, Body, LockstepError } from "../../protocol/index.ts";
import { freeStake } from "../assignment.ts";
import { type Block, refusal } from "../block.ts";
import { dueKey } from "../committed.ts";
import type { Signed } from "./common.ts";

/**
 * OUT_OF_RANGE for nothing, PROVIDER_UNKNOWN, STAKE_LOCKED beyond free stake, PROVIDER_STAKE when a provider that is
 * not draining would be left with less than the smallest stake.
 */
export function checkUnbond(block: Block, body: Body<"unbond">): LockstepError | null {
  if (body.amount === 0n) return refusal("OUT_OF_RANGE", "at least 1 micro-credit of stake must be unbonded");
  const provider = block.tables.providers.get(body.from);
  if (provider === undefined) return refusal("PROVIDER_UNKNOWN", `account ${body.from} is not a provider`);
  const free = freeStake(provider);
  if (body.amount > free) {
    return refusal("STAKE_LOCKED", `only ${free} of the stake is free, the rest is reserved by jobs or unbonding`);
  }
  const { smallestStake } = block.rules.genesis.parameters;
  const left = provider.stake - provider.unbonding - body.amount;
  if (!provider.draining && left < smallestStake) {
    return refusal("PROVIDER_STAKE", `${left} would be left of at least ${smallestStake}, drain first to take out all`);
  }
  return null;
}

/** Locks the amount until the unbonding time is over. */
export function applyUnbond(block: Block, body: Body<"unbond">, _plan: null, { id }: Signed): void {
  const { from, amount } = body;
  const provider = block.tables.providers.get(from)!;
  block.tables.providers.set(from, { ...provider, unbonding: (provider.unbonding + amount) as Amount });
  const time = (block.time + block.rules.genesis.parameters.unbondingTime) as BlockTime;
  block.tables.due.create(dueKey(time, `unbond/${id}`), { kind: "unbond", provider: from, amount });
}
