// A store whose writes fail when a test says so, around a real one: all or nothing, as the interface promises. What
// happens between two writes of one block is for the crash tests, which fail the disk itself.
import type { Digest, Height, Path } from "../../../chain/protocol/index.ts";
import type { Candidate, Head } from "../../../chain/state/index.ts";
import type { LedgerStore } from "../../../chain/store/index.ts";

/** A store with faults by command. */
export class FaultyStore implements LedgerStore {
  readonly #inner: LedgerStore;
  /** What the next writes fail with; null for none. */
  failWith: Error | null = null;

  /** How many writes failed so far. */
  failures = 0;
  #countdown = Number.POSITIVE_INFINITY;
  #once: Error | null = null;

  constructor(inner: LedgerStore) {
    this.#inner = inner;
  }

  write(candidate: Candidate, checkpoint: Uint8Array): void {
    const failure = this.#countdown-- === 0 ? this.#once : this.failWith;
    if (failure !== null) {
      this.failures++;
      throw failure;
    }
    this.#inner.write(candidate, checkpoint);
  }

  /** Lets the write after `nth` more of them fail, once. */
  failNth(nth: number, failure: Error): void {
    this.#countdown = nth;
    this.#once = failure;
  }

  get(path: Path) {
    return this.#inner.get(path);
  }
  scan(prefix: Path, after: string | null, limit: number) {
    return this.#inner.scan(prefix, after, limit);
  }
  head(): Head | null {
    return this.#inner.head();
  }
  checkpoint() {
    return this.#inner.checkpoint();
  }
  leaf(index: number) {
    return this.#inner.leaf(index);
  }
  leaves(from: number, count: number) {
    return this.#inner.leaves(from, count);
  }
  node(level: number, index: number) {
    return this.#inner.node(level, index);
  }
  transaction(id: Digest) {
    return this.#inner.transaction(id);
  }
  receipt(job: Digest) {
    return this.#inner.receipt(job);
  }
  block(height: Height) {
    return this.#inner.block(height);
  }
  close(): void {
    this.#inner.close();
  }
}
