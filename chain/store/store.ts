// What a store of a ledger offers: the committed state as the view that chain/state reads, and the log with what
// is needed to find and prove its leaves. Implementations: memory (tests, browsers, replay) and SQLite.
import type { BlockEntry, Digest, Envelope, Height, TransactionCode } from "../protocol/index.ts";
import type { Candidate, Head, StateView } from "../state/index.ts";

/** A transaction in the log: its leaf, its block, how it ended, and the bytes as they were submitted. */
export interface StoredTransaction {
  readonly index: number;
  readonly height: Height;
  readonly code: TransactionCode;
  readonly bytes: Uint8Array;
}

/** An accepted receipt: the index of its leaf, its block, and the provider's sealed statement. */
export interface StoredReceipt {
  readonly index: number;
  readonly height: Height;
  readonly envelope: Envelope;
}

/** A block: its entry in the log, the entry's index, and the index of the block's first leaf. */
export interface StoredBlock {
  readonly entry: BlockEntry;
  readonly index: number;
  readonly first: number;
}

/**
 * A ledger's storage. Everything that `write` was given is there after it returns, whatever happens to the
 * process or the machine, or nothing of it is. What comes back damaged is STORAGE_CORRUPT, never an answer.
 */
export interface LedgerStore extends StateView {
  /** The newest block's head, or null before the first write. */
  head(): Head | null;
  /** Stores a block and the checkpoint over the log with it. STORAGE_FULL leaves the store as it was before. */
  write(candidate: Candidate, checkpoint: Uint8Array): void;
  /** The newest checkpoint, a signed note; NOT_FOUND before the first write. */
  checkpoint(): Uint8Array;
  /** A leaf of the log by its index; NOT_FOUND beyond the end. */
  leaf(index: number): Uint8Array;
  /** Up to `count` leaves in order, fewer at the end of the log; `count` up to `STORE_LIMITS.leavesPerRead`. */
  leaves(from: number, count: number): Uint8Array[];
  /** Hash of the complete subtree over the leaves `index × 2^level` to `(index + 1) × 2^level - 1`; or NOT_FOUND. */
  node(level: number, index: number): Uint8Array;
  /** A transaction by its id, or null. */
  transaction(id: Digest): StoredTransaction | null;
  /** The accepted receipt of a job, or null. */
  receipt(job: Digest): StoredReceipt | null;
  /** A block by its height, or null. */
  block(height: Height): StoredBlock | null;
  /** Gives back files and locks; nothing may be called afterwards. */
  close(): void;
}
