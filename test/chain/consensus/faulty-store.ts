// A store whose writes fail when a test says so, around a real one. It fails before writing or after: a machine can
// stop on either side of the moment at which a block counts as written.
import type { Digest, Height, Path } from "../../../chain/protocol/index.ts";
import type { Candidate, Head } from "../../../chain/state/index.ts";
import type { LedgerStore } from "../../../chain/store/index.ts";

/** A store with faults by command. */
export class FaultyStore implements LedgerStore {
  readonly #inner: LedgerStore;
  /** What the next writes fail with; null for none. */
  failWith: Error | null = null;

  constructor(inner: LedgerStore) {
    this.#inner = inner;
  }

  write(candidate: Candidate, checkpoint: Uint8Array): void {
    if (this.failWith !== null) throw this.failWith;
    this.#inner.write(candidate, checkpoint);
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
