// register: makes an account a provider, or changes what it offers, what it asks and how much it stakes.
import type { Amount, Body, LockstepError, ProviderRecord } from "../../protocol/index.ts";
import { providerIds } from "../assignment.ts";
import { type Block, refusal } from "../block.ts";
import { LEDGER_LIMITS } from "../limits.ts";
import { checkFunds } from "./common.ts";

/** PROVIDER_STAKE when bonded stake would be below the smallest, QUOTA when there are too many providers, FUNDS. */
export function checkRegister(block: Block, body: Body<"register">): LockstepError | null {
  const known = block.tables.providers.get(body.from);
  const bonded = body.stake + (known === undefined ? 0n : known.stake - known.unbonding);
  const { smallestStake } = block.rules.genesis.parameters;
  if (bonded < smallestStake) {
    return refusal("PROVIDER_STAKE", `a provider must stake at least ${smallestStake}, this would be ${bonded}`);
  }
  if (known === undefined && providerIds(block).length >= LEDGER_LIMITS.providers) {
    return refusal("QUOTA", `the ledger has its ${LEDGER_LIMITS.providers} providers, wait until one leaves`);
  }
  return checkFunds(block, body, body.stake, "the stake with the fee");
}

/** Takes the stake and writes the provider; jobs that wait are offered again. */
export function applyRegister(block: Block, body: Body<"register">): void {
  const { from, stake, offers, base, perMegafuel } = body;
  block.debit(from, stake);
  const none = { stake: 0n, reserved: 0n, unbonding: 0n, since: block.time } as ProviderRecord;
  const known = block.tables.providers.get(from) ?? none;
  const total = (known.stake + stake) as Amount;
  block.tables.providers.set(from, { ...known, stake: total, draining: false, offers, base, perMegafuel });
  block.stakeFreed = true;
}
