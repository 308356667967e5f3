// How the ledger reads committed state: a key-value view that a store implements. The ledger never writes to it;
// what a block changes leaves the ledger as a `Candidate`, and the store makes it durable.
import type {
  AuthenticTransaction,
  BlockEntry,
  BlockTime,
  Digest,
  Envelope,
  Frontier,
  Height,
  LockstepError,
  Path,
  TransactionCode,
} from "../protocol/index.ts";
import type { LedgerEvent } from "./events.ts";

/** Committed state, read only. */
export interface StateView {
  /** The value at a path, or undefined. */
  get(path: Path): Uint8Array | undefined;
  /**
   * Values directly below a prefix in the order of their segments' UTF-8 bytes: at most `limit` of them, after the
   * segment `after`, or from the first one when it is null.
   */
  scan(prefix: Path, after: string | null, limit: number): readonly (readonly [segment: string, value: Uint8Array])[];
}

/** The newest block: what the next one builds on. `log` holds the size and root of the log, this block included. */
export interface Head {
  readonly height: Height;
  readonly time: BlockTime;
  readonly stateRoot: Digest;
  readonly log: Frontier;
}

/** A path and its new value, null when it is gone. */
export type StateChange = readonly [path: Path, value: Uint8Array | null];

/** A receipt that a block accepted. */
export interface AcceptedReceipt {
  readonly job: Digest;
  /** Its leaf's place among the block's leaves. */
  readonly leafOffset: number;
  readonly envelope: Envelope;
}

/** A block's outcome before it is committed. Dropping it is the whole rollback. */
export interface Candidate {
  /** The head that committing this makes. */
  readonly head: Head;
  /** Number of leaves before this block: the index of its first leaf. */
  readonly firstLeaf: number;
  /** The block's transactions in order; transaction i is leaf `firstLeaf + i`. */
  readonly transactions: readonly AuthenticTransaction[];
  /** What became of each of the transactions. */
  readonly codes: readonly TransactionCode[];
  /** Why the transactions whose code is not OK were refused, by their place in the block. */
  readonly refusals: ReadonlyMap<number, LockstepError>;
  readonly events: readonly LedgerEvent[];
  readonly changes: readonly StateChange[];
  /** Every transaction, every accepted receipt, the block entry. */
  readonly leaves: readonly Uint8Array[];
  /** The hash of every complete subtree of the log that the leaves finish, each child before its parent. */
  readonly subtrees: readonly Uint8Array[];
  readonly receipts: readonly AcceptedReceipt[];
  readonly entry: BlockEntry;
}
