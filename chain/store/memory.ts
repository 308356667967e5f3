// A store that lives in memory: for tests, browsers and replays. It is gone with its process.
import type { Crypto, Digest, Height, Path } from "../protocol/index.ts";
import type { Candidate, Head } from "../state/index.ts";
import { beyondEnd, checkNext, checkRead, checkSubtree, firstLeafOf, noCheckpoint } from "./checks.ts";
import { copyFrontier } from "./frontier.ts";
import { blockEntryOf, transactionOf } from "./parse.ts";
import { subtreePosition } from "./positions.ts";
import { Records } from "./records.ts";
import type { LedgerStore, StoredBlock, StoredReceipt, StoredTransaction } from "./store.ts";

/** A ledger's storage in memory. */
export class MemoryStore implements LedgerStore {
  readonly #crypto: Crypto;
  readonly #records = new Records();
  readonly #leaves: Uint8Array[] = [];
  readonly #nodes: Uint8Array[] = [];
  readonly #transactions = new Map<Digest, number>();
  readonly #receipts = new Map<Digest, StoredReceipt>();
  /** Index of each block's entry, by height. */
  readonly #entries: number[] = [];
  #head: Head | null = null;
  #checkpoint: Uint8Array | null = null;

  constructor(crypto: Crypto) {
    this.#crypto = crypto;
  }

  get(path: Path): Uint8Array | undefined {
    return this.#records.get(path);
  }

  scan(prefix: Path, after: string | null, limit: number): (readonly [string, Uint8Array])[] {
    return this.#records.scan(prefix, after, limit);
  }

  head(): Head | null {
    if (this.#head === null) return null;
    return { ...this.#head, log: copyFrontier(this.#crypto, this.#head.log) };
  }

  write(candidate: Candidate, checkpoint: Uint8Array): void {
    checkNext(this.#head, this.#leaves.length, candidate);
    const first = this.#leaves.length;
    this.#records.change(candidate.changes);
    for (const leaf of candidate.leaves) this.#leaves.push(leaf);
    for (const hash of candidate.subtrees) this.#nodes.push(hash);
    for (const [offset, { id }] of candidate.transactions.entries()) this.#transactions.set(id, first + offset);
    for (const { job, leafOffset, envelope } of candidate.receipts) {
      this.#receipts.set(job, { index: first + leafOffset, height: candidate.head.height, envelope });
    }
    this.#entries.push(this.#leaves.length - 1);
    this.#head = candidate.head;
    this.#checkpoint = checkpoint;
  }

  checkpoint(): Uint8Array {
    return this.#checkpoint ?? noCheckpoint();
  }

  leaf(index: number): Uint8Array {
    return this.#leaves[index] ?? beyondEnd(`leaf ${index}`);
  }

  leaves(from: number, count: number): Uint8Array[] {
    checkRead(from, count);
    return this.#leaves.slice(from, from + count);
  }

  node(level: number, index: number): Uint8Array {
    checkSubtree(level, index);
    return this.#nodes[subtreePosition(level, index)] ?? beyondEnd(`subtree ${level}/${index}`);
  }

  transaction(id: Digest): StoredTransaction | null {
    const index = this.#transactions.get(id);
    if (index === undefined) return null;
    const height = this.#entries.findIndex((entry) => entry >= index);
    return { index, height: BigInt(height) as Height, ...transactionOf(this.#leaves[index]!, index) };
  }

  receipt(job: Digest): StoredReceipt | null {
    return this.#receipts.get(job) ?? null;
  }

  block(height: Height): StoredBlock | null {
    const index = this.#entries[Number(height)];
    if (index === undefined) return null;
    return {
      entry: blockEntryOf(this.#leaves[index]!, index),
      index,
      first: firstLeafOf(this.#entries[Number(height) - 1]),
    };
  }

  close(): void {
    // Nothing is held that the process would not give back.
  }
}
