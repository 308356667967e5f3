// Transactions that wait for a block, in order of arrival, bounded in number and bytes.
import { type AuthenticTransaction, LockstepError } from "../protocol/index.ts";
import { SEQUENCER_LIMITS } from "./limits.ts";
import type { Applied } from "./orderer.ts";

/** A transaction that waits, and how its sender hears of it. */
export interface Waiting {
  readonly transaction: AuthenticTransaction;
  readonly resolve: (applied: Applied) => void;
  readonly reject: (error: unknown) => void;
}

/** The queue in front of the next block. */
export class Queue {
  #waiting: Waiting[] = [];
  #bytes = 0;

  /** How many transactions wait. */
  get size(): number {
    return this.#waiting.length;
  }

  /** BUSY when a transaction of so many bytes may not wait as well. */
  checkRoom(bytes: number): void {
    const { queuedTransactions, queuedBytes } = SEQUENCER_LIMITS;
    if (this.#waiting.length < queuedTransactions && this.#bytes + bytes <= queuedBytes) return;
    throw new LockstepError("BUSY", `${this.#waiting.length} transactions are waiting already; try again in a second`);
  }

  /** Appends one that `checkRoom` let in. */
  push(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#bytes += waiting.transaction.bytes.length;
  }

  /** Removes and returns what fits into one block, oldest first. */
  take(): Waiting[] {
    let count = 0;
    let bytes = 0;
    for (const { transaction } of this.#waiting) {
      bytes += transaction.bytes.length;
      if (count === SEQUENCER_LIMITS.blockTransactions || bytes > SEQUENCER_LIMITS.blockBytes) break;
      count++;
    }
    const taken = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    for (const { transaction } of taken) this.#bytes -= transaction.bytes.length;
    return taken;
  }
}
