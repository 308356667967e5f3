// The embedded sequencer: one process that orders transactions, cuts a block as soon as one waits, and answers nobody
// before the block is on the disk. While a block is written the next one gathers: that is the group commit.
import {
  type Admission,
  type BlockTime,
  type Crypto,
  LockstepError,
  readTransaction,
  type Signer,
} from "../protocol/index.ts";
import type { Candidate, Head, Ledger } from "../state/index.ts";
import type { LedgerStore } from "../store/index.ts";
import { signCheckpoint } from "./checkpoint.ts";
import { SEQUENCER_LIMITS } from "./limits.ts";
import type { Applied, BlockListener, Orderer, Timing } from "./orderer.ts";
import { Queue, type Waiting } from "./queue.ts";

/** What a sequencer works with. */
export interface SequencerOptions {
  readonly crypto: Crypto;
  readonly admission: Admission;
  /** From `openLedger`, over the same store. */
  readonly ledger: Ledger;
  readonly store: LedgerStore;
  /** The orderer's key. */
  readonly signer: Signer;
  readonly timing: Timing;
}

/** Orders transactions in this process alone. */
export class Sequencer implements Orderer {
  readonly #options: SequencerOptions;
  readonly #queue = new Queue();
  readonly #listeners = new Set<BlockListener>();
  #scheduled = false;
  #callOff: () => void = () => undefined;
  /** Why nothing more is taken in, once that is so. */
  #ended: LockstepError | null = null;

  constructor(options: SequencerOptions) {
    this.#options = options;
    this.#wait(0);
  }

  get head(): Head {
    return this.#options.ledger.head;
  }

  async submit(bytes: Uint8Array): Promise<Applied> {
    if (this.#ended !== null) throw this.#ended;
    this.#queue.checkRoom(bytes.length);
    const { crypto, admission } = this.#options;
    const transaction = readTransaction(crypto, admission, bytes);
    return new Promise((resolve, reject) => {
      this.#queue.push({ transaction, resolve, reject });
      this.#schedule();
    });
  }

  onBlock(listener: BlockListener): () => void {
    if (this.#listeners.size >= SEQUENCER_LIMITS.listeners) {
      throw new LockstepError("BUSY", `${this.#listeners.size} listeners wait for blocks already; try again later`);
    }
    // Wrapped, so that the same function can listen twice and each one stops alone.
    const own: BlockListener = (block) => listener(block);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  async close(): Promise<void> {
    this.#end(new LockstepError("BUSY", "the node is stopping; send the transaction to it again later"));
    while (this.#queue.size > 0) this.#cut();
    this.#callOff();
  }

  #end(reason: LockstepError): void {
    this.#ended ??= reason;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#options.timing.soon(() => {
      this.#scheduled = false;
      this.#cut();
    });
  }

  /** Sees to the next block: at once when something waits, else when the ledger's next deadline is due. */
  #wait(leastMs: number): void {
    this.#callOff();
    if (this.#queue.size > 0) this.#schedule();
    const due = this.#options.ledger.nextDue();
    if (due === null || this.#ended !== null) return;
    const { timing } = this.#options;
    const ms = Math.min(Math.max(Number(due) - timing.now(), leastMs), SEQUENCER_LIMITS.longestWaitMs);
    this.#callOff = timing.after(ms, () => this.#schedule());
  }

  /** Block time strictly increases, also when the machine's clock was put back. */
  #nextTime(): BlockTime {
    const clock = BigInt(this.#options.timing.now());
    const least = this.head.time + 1n;
    return (clock > least ? clock : least) as BlockTime;
  }

  #isDue(time: BlockTime): boolean {
    const due = this.#options.ledger.nextDue();
    return due !== null && due <= time && this.#ended === null;
  }

  /** Cuts one block of what waits, or an empty one when a deadline is due. */
  #cut(): void {
    const waiting = this.#queue.take();
    const time = this.#nextTime();
    try {
      if (waiting.length > 0 || this.#isDue(time)) this.#order(time, waiting);
      this.#wait(0);
    } catch (error) {
      for (const { reject } of waiting) reject(error);
      this.#wait(SEQUENCER_LIMITS.retryMs);
    }
  }

  /** Applies, stores and commits one block and answers those who wait for it; throws with nothing changed. */
  #order(time: BlockTime, waiting: readonly Waiting[]): void {
    const { block, taken, refused } = this.#apply(time, waiting);
    if (taken.length > 0 || this.#isDue(time)) {
      this.#store(block);
      for (const [at, { transaction, resolve }] of taken.entries()) {
        resolve({ id: transaction.id, code: "OK", height: block.head.height, index: block.firstLeaf + at });
      }
      this.#tell(block);
    }
    for (const [{ reject }, error] of refused) reject(error);
  }

  /** The block is committed, so a listener that fails may spoil nobody's answer: it is dropped, and says why itself. */
  #tell(block: Candidate): void {
    for (const listener of this.#listeners) {
      try {
        listener(block);
      } catch {
        this.#listeners.delete(listener);
      }
    }
  }

  /**
   * A block without what the ledger refuses. Refused transactions pay no fee, so they get an answer and no place in
   * the log, which would otherwise grow for free; taking them out changes nothing for the others.
   */
  #apply(time: BlockTime, waiting: readonly Waiting[]) {
    const refused: [Waiting, LockstepError][] = [];
    let taken = waiting;
    for (;;) {
      const block = this.#options.ledger.apply({ time, transactions: taken.map(({ transaction }) => transaction) });
      if (block.refusals.size === 0) return { block, taken, refused };
      for (const [at, error] of block.refusals) refused.push([taken[at]!, error]);
      taken = taken.filter((_, at) => !block.refusals.has(at));
    }
  }

  #store(block: Candidate): void {
    const { crypto, ledger, signer, store } = this.#options;
    try {
      store.write(block, signCheckpoint(crypto, signer, ledger.chain, block.head));
      ledger.commit(block);
    } catch (error) {
      // A full disk left everything as it was and may have room later. After anything else memory and disk may
      // differ, and only a new start, which reads the disk, can go on.
      if (!(error instanceof LockstepError && error.code === "STORAGE_FULL")) this.#halt(error);
      throw error;
    }
  }

  #halt(error: unknown): void {
    this.#end(
      error instanceof LockstepError
        ? error
        : new LockstepError("INTERNAL", "the ledger could not store a block; restart the node, its log says more"),
    );
    while (this.#queue.size > 0) for (const { reject } of this.#queue.take()) reject(this.#ended);
  }
}
