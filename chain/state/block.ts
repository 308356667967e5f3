// A block in the making: the rules it stands under, the tables it changes and what it will tell. Everything a
// transaction may read or write goes through here; nothing here reaches the committed state.
import type {
  AccountId,
  AccountRecord,
  Admission,
  Amount,
  BlockTime,
  ChainRecord,
  Crypto,
  Digest,
  Envelope,
  ErrorCode,
  Genesis,
  Height,
  JobRecord,
  KeyId,
  Nonce,
} from "../protocol/index.ts";
import { LockstepError } from "../protocol/index.ts";
import type { Committed, Tables } from "./committed.ts";
import type { JobEventType, LedgerEvent } from "./events.ts";

/** What never changes on one chain, and the tools to compute with. */
export interface Rules {
  readonly crypto: Crypto;
  readonly admission: Admission;
  readonly chain: Digest;
  readonly genesis: Genesis;
}

/** A receipt that this block accepted, with its leaf of the log. */
export interface NewReceipt {
  readonly job: Digest;
  readonly envelope: Envelope;
  readonly leaf: Uint8Array;
}

/** A block in the making. */
export class Block {
  readonly rules: Rules;
  readonly committed: Committed;
  readonly tables: Tables;
  readonly height: Height;
  readonly time: BlockTime;
  /** The state root that this block builds on: the draws' randomness. */
  readonly previousRoot: Digest;
  readonly events: LedgerEvent[] = [];
  readonly receipts: NewReceipt[] = [];
  /** Jobs that began to wait in this block and are offered to providers at its end. */
  readonly fresh = new Set<Digest>();
  /** Whether this block may have made a provider eligible for jobs that wait. */
  stakeFreed = false;
  /** Fees taken so far; the orderer gets them at the end of the block. */
  fees = 0n;
  minted: bigint;
  burned: bigint;
  round: ChainRecord["round"];

  constructor(rules: Rules, committed: Committed, chain: ChainRecord, height: Height, time: BlockTime, root: Digest) {
    this.rules = rules;
    this.committed = committed;
    this.tables = committed.tables();
    this.height = height;
    this.time = time;
    this.previousRoot = root;
    this.minted = chain.minted;
    this.burned = chain.burned;
    this.round = chain.round;
  }

  /** An account; one that does not exist yet is empty and spoken for by the key of its own name. */
  account(id: AccountId): AccountRecord {
    return this.tables.accounts.get(id) ?? emptyAccount(id);
  }

  /** Adds to a balance. Can't overflow: all that anyone holds is at most what was minted, which fits (chain/SPEC.md, M1 and M2). */
  credit(id: AccountId, amount: bigint): void {
    if (amount === 0n) return;
    const account = this.account(id);
    this.tables.accounts.set(id, { ...account, balance: (account.balance + amount) as Amount });
  }

  /** Takes from a balance that was checked before. */
  debit(id: AccountId, amount: bigint): void {
    const account = this.account(id);
    if (account.balance < amount) throw new LockstepError("INTERNAL", `a debit of ${amount} was not checked`);
    this.tables.accounts.set(id, { ...account, balance: (account.balance - amount) as Amount });
  }

  /** Tells what happened to a job. */
  tell(type: JobEventType, job: Digest, record: JobRecord): void {
    const { attempt, assignment } = record;
    this.events.push({ type, job, attempt, provider: assignment?.provider ?? null });
  }
}

/** An account that nothing has happened to. */
export function emptyAccount(id: AccountId): AccountRecord {
  return { balance: 0n as Amount, nonce: 0n as Nonce, key: id as KeyId, faucet: false };
}

/** A refusal as a value: refused transactions are daily business, not exceptions. */
export function refusal(code: ErrorCode, message: string, data: LockstepError["data"] = {}): LockstepError {
  return new LockstepError(code, message, data);
}
