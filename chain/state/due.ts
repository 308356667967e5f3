// What block time alone makes happen, worked off before a block's transactions: at a block of time t everything that
// was due at or before t has happened already. Only the index of due work is read, never all jobs.
import type { AccountId, Amount, BlockTime } from "../protocol/index.ts";
import type { Block } from "./block.ts";
import { timeOfDueKey } from "./committed.ts";
import { stepDue } from "./jobs.ts";
import { LEDGER_LIMITS } from "./limits.ts";
import { CODECS } from "./records.ts";
import type { StateView } from "./view.ts";

/** The time of the earliest entry in the index of due work, or null. */
export function earliestDue(view: StateView): BlockTime | null {
  const [first] = view.scan(["due"], null, 1);
  return first === undefined ? null : (timeOfDueKey(first[0]) as BlockTime);
}

/** Stake whose unbonding time is over arrives in the balance; a provider without any stake is gone. */
function payUnbonded(block: Block, provider: AccountId, amount: Amount): void {
  const { providers } = block.tables;
  const record = providers.get(provider)!;
  const stake = (record.stake - amount) as Amount;
  if (stake === 0n) providers.delete(provider);
  else providers.set(provider, { ...record, stake, unbonding: (record.unbonding - amount) as Amount });
  block.credit(provider, amount);
}

/** The entries that are due by a time, up to the limit per block, read in portions: most of the index lies ahead. */
function* dueBy(view: StateView, time: BlockTime): Generator<readonly [key: string, value: Uint8Array]> {
  const { duePerBlock, duePortion } = LEDGER_LIMITS;
  let after: string | null = null;
  for (let read = 0; read < duePerBlock; read += duePortion) {
    const portion = view.scan(["due"], after, duePortion);
    for (const entry of portion) {
      if (timeOfDueKey(entry[0]) > time) return;
      yield entry;
    }
    if (portion.length < duePortion) return;
    after = portion[duePortion - 1]![0];
  }
}

/** Works off what is due, up to the limit per block. */
export function workOffDue(block: Block): void {
  const { view } = block.committed;
  // In most blocks nothing is due, and one entry tells.
  const earliest = earliestDue(view);
  if (earliest === null || earliest > block.time) return;
  for (const [key, value] of dueBy(view, block.time)) {
    const entry = CODECS.due.decode(value);
    if (entry.kind === "job") {
      stepDue(block, entry.job);
    } else {
      block.tables.due.delete(key);
      payUnbonded(block, entry.provider, entry.amount);
    }
  }
}
