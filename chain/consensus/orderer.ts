// Who decides the order of transactions. The embedded sequencer is one implementation; an engine with many
// validators, driving the same ledger, is another. Everything above sees this interface only.
import type { Digest, Height } from "../protocol/index.ts";
import type { Candidate, Head } from "../state/index.ts";

/** A transaction that was applied and is on the disk. */
export interface Applied {
  readonly id: Digest;
  readonly code: "OK";
  readonly height: Height;
  /** Index of its leaf in the log. */
  readonly index: number;
}

/** Called with each block once it is committed. It must not throw. */
export type BlockListener = (block: Candidate) => void;

/** Who orders transactions. */
export interface Orderer {
  /** The newest committed block. */
  readonly head: Head;
  /**
   * Hands in a transaction. Resolves when the block with it is on the disk. Rejects with a `LockstepError`: what
   * is wrong with the bytes, why the ledger refuses it (it is not in the log then), BUSY when too much waits or
   * the orderer is closing, or why the block could not be stored.
   */
  submit(bytes: Uint8Array): Promise<Applied>;
  /** Listens for blocks; call what is returned to stop. BUSY with too many listeners. */
  onBlock(listener: BlockListener): () => void;
  /** Takes in nothing more, finishes what waits, and stops. */
  close(): Promise<void>;
}

/** The clock and the timers that a host hands in. */
export interface Timing {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs an action once, as soon as what is already waiting (requests above all) had its turn. */
  soon(action: () => void): void;
  /** Runs an action once after some milliseconds; call what is returned to call it off. */
  after(ms: number, action: () => void): () => void;
}
