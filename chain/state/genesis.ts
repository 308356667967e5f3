// The state that a chain is born with, and what a genesis must keep to for the ledger's arithmetic to hold.
import {
  type AccountId,
  type Amount,
  type BlockTime,
  type ChainRecord,
  type Genesis,
  type Height,
  INT64_MAX,
  LockstepError,
  type Parameters,
} from "../protocol/index.ts";
import { type Block, emptyAccount } from "./block.ts";
import { LEDGER_LIMITS } from "./limits.ts";

/** The chain record before there is a chain. */
export const UNBORN: ChainRecord = {
  height: 0n as Height,
  time: 0n as BlockTime,
  minted: 0n as Amount,
  burned: 0n as Amount,
  round: null,
};

const DURATIONS = [
  "transactionLifetime",
  "acceptWindow",
  "resultGrace",
  "longestDeadline",
  "challengeWindow",
  "unbondingTime",
] as const satisfies readonly (keyof Parameters)[];

function demand(holds: boolean, what: string): void {
  if (!holds) throw new LockstepError("OUT_OF_RANGE", `the genesis can't begin a chain: ${what}`);
}

/** Refuses, with OUT_OF_RANGE, a genesis under which the rules could not be kept. */
export function checkGenesis({ time, balances, faucet, parameters }: Genesis): void {
  demand(time <= LEDGER_LIMITS.time, `its time is later than ${LEDGER_LIMITS.time}`);
  for (const name of DURATIONS) {
    demand(parameters[name] <= LEDGER_LIMITS.time, `${name} is longer than ${LEDGER_LIMITS.time} ms`);
  }
  demand(parameters.acceptWindow > 0n, "acceptWindow must be above 0");
  demand(parameters.unbondingTime > parameters.challengeWindow, "unbondingTime must be longer than challengeWindow");
  demand(parameters.slowestFuelPerMs > 0n, "slowestFuelPerMs must be above 0");
  demand(parameters.reservation > 0n, "reservation must be above 0");
  demand(parameters.smallestStake >= parameters.reservation, "smallestStake must be at least the reservation");
  let sum: bigint = faucet;
  for (const balance of Object.values(balances)) sum += balance;
  demand(sum <= INT64_MAX, `balances and faucet sum up to more than ${INT64_MAX}`);
}

/** Writes the genesis's accounts; the orderer always has one. */
export function applyGenesis(block: Block): void {
  const { balances, orderer } = block.rules.genesis;
  block.tables.accounts.set(orderer, emptyAccount(orderer));
  for (const [id, balance] of Object.entries(balances) as [AccountId, Amount][]) {
    block.tables.accounts.set(id, { ...emptyAccount(id), balance });
    block.minted += balance;
  }
}
