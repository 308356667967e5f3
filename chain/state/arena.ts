// The memory of the state tree: nodes in flat typed arrays (about 200 bytes per key where objects take 1,500) with
// a journal, so that a candidate block can be undone at a cost that depends on the candidate alone.
// It knows nothing of shapes or hashes: tree-level.ts does.

import { IntList } from "./int-list.ts";

/** What a slot holds: 0 nothing; above 0 an inner node, namely the pair below it; below 0 the leaf record `~ref`. */
export type Ref = number;

const DIRTY = 1;
const OWNED = 2;

/** `array` in a copy of twice the length or more. */
function grown<T extends Int32Array | Uint32Array | Float64Array | Uint8Array>(array: T, least: number): T {
  const bigger = new (array.constructor as new (length: number) => T)(Math.max(least, array.length * 2));
  bigger.set(array as never);
  return bigger;
}

/**
 * Pairs of slots and leaf records. The two children of an inner node are one *pair* `p`: slots `2p` and `2p + 1`,
 * so that what the node hashes is 64 bytes in a row. A tree's root sits in the left slot of a pair of its own.
 * Leaf records never change: a new content is a new record.
 */
export class Arena {
  /** By slot: what it holds. */
  refs = new Int32Array(2);
  /** By slot: 32 bytes, the hash of what it holds, zeros when it holds nothing. */
  hashes = new Uint8Array(64);
  /** The same bytes as words, for copying. */
  words = new Uint32Array(this.hashes.buffer);
  /** By pair: the slot that holds it. A pair keeps its place for life. */
  parents = new Int32Array(1);
  /** By record: the key hash, 32 bytes. */
  keys = new Uint8Array(32);
  /** By record: the hash of the value or the root of the subtree, 32 bytes. */
  payloads = new Uint8Array(32);
  /** By record: the root pair of the subtree, 0 for a value. */
  subtrees = new Int32Array(1);
  /** By record: the number of the update that made it. */
  births = new Float64Array(1);

  #flags = new Uint8Array(1);
  // Pair 0 is never used, so that 0 can mean nothing.
  #pairs = 1;
  #records = 0;
  readonly #freePairs = new IntList();
  readonly #freeRecords = new IntList();

  // What the candidate changed. Nothing it let go is used again before it is committed, so undoing is copying back.
  readonly #journal = new IntList();
  readonly #oldRefs = new IntList();
  #oldWords = new Uint32Array(16);
  readonly #freshPairs = new IntList();
  readonly #freshRecords = new IntList();
  readonly #retiredPairs = new IntList();
  readonly #retiredRecords = new IntList();

  /** A new pair below the given slot, both its slots empty. */
  allocatePair(parent: number): number {
    const pair = this.#freePairs.count > 0 ? this.#freePairs.pop() : this.#pairs++;
    if (pair >= this.parents.length) this.#growPairs(pair + 1);
    this.refs[2 * pair] = 0;
    this.refs[2 * pair + 1] = 0;
    this.words.fill(0, 16 * pair, 16 * pair + 16);
    this.parents[pair] = parent;
    this.#flags[pair] = OWNED;
    this.#freshPairs.push(pair);
    return pair;
  }

  /** A new leaf record; its key and payload are copied. */
  allocateRecord(key: Uint8Array, payload: Uint8Array, subtree: number, birth: number): number {
    const record = this.#freeRecords.count > 0 ? this.#freeRecords.pop() : this.#records++;
    if (record >= this.subtrees.length) this.#growRecords(record + 1);
    this.keys.set(key, 32 * record);
    this.payloads.set(payload, 32 * record);
    this.subtrees[record] = subtree;
    this.births[record] = birth;
    this.#freshRecords.push(record);
    return record;
  }

  /** Gives up a pair that nothing holds any more. */
  retirePair(pair: number): void {
    this.#flags[pair] = OWNED;
    this.#retiredPairs.push(pair);
  }

  /** Gives up a record that nothing holds any more. */
  retireRecord(record: number): void {
    this.#retiredRecords.push(record);
  }

  /** Must come before a pair's slots change: keeps what a rollback needs. */
  own(pair: number): void {
    if ((this.#flags[pair]! & OWNED) !== 0) return;
    this.#flags[pair]! |= OWNED;
    const entry = this.#journal.count;
    this.#journal.push(pair);
    this.#oldRefs.push(this.refs[2 * pair]!);
    this.#oldRefs.push(this.refs[2 * pair + 1]!);
    if (16 * entry + 16 > this.#oldWords.length) this.#oldWords = grown(this.#oldWords, 16 * entry + 16);
    for (let word = 0; word < 16; word++) this.#oldWords[16 * entry + word] = this.words[16 * pair + word]!;
  }

  /** Marks a pair as to be hashed again; false when it was marked before. */
  soil(pair: number): boolean {
    if ((this.#flags[pair]! & DIRTY) !== 0) return false;
    this.own(pair);
    this.#flags[pair]! |= DIRTY;
    return true;
  }

  /** Unmarks a pair; false when it was not marked, for instance because it was given up since. */
  clean(pair: number): boolean {
    if ((this.#flags[pair]! & DIRTY) === 0) return false;
    this.#flags[pair]! &= ~DIRTY;
    return true;
  }

  /** Copies content and hash of one slot to another. */
  copySlot(from: number, to: number): void {
    this.refs[to] = this.refs[from]!;
    this.words.copyWithin(8 * to, 8 * from, 8 * from + 8);
  }

  /** Makes the candidate's changes permanent. */
  commit(): void {
    this.#freePairs.append(this.#retiredPairs);
    this.#freeRecords.append(this.#retiredRecords);
    this.#forget();
  }

  /** Undoes every change since the last commit. */
  rollback(): void {
    for (let entry = 0; entry < this.#journal.count; entry++) {
      const pair = this.#journal.items[entry]!;
      this.refs[2 * pair] = this.#oldRefs.items[2 * entry]!;
      this.refs[2 * pair + 1] = this.#oldRefs.items[2 * entry + 1]!;
      this.words.set(this.#oldWords.subarray(16 * entry, 16 * entry + 16), 16 * pair);
    }
    this.#freePairs.append(this.#freshPairs);
    this.#freeRecords.append(this.#freshRecords);
    this.#forget();
  }

  #forget(): void {
    for (const owned of [this.#journal, this.#freshPairs]) {
      for (let index = 0; index < owned.count; index++) this.#flags[owned.items[index]!] = 0;
      owned.clear();
    }
    this.#oldRefs.clear();
    this.#freshRecords.clear();
    this.#retiredPairs.clear();
    this.#retiredRecords.clear();
  }

  #growPairs(least: number): void {
    this.parents = grown(this.parents, least);
    this.#flags = grown(this.#flags, this.parents.length);
    this.refs = grown(this.refs, 2 * this.parents.length);
    this.hashes = grown(this.hashes, 64 * this.parents.length);
    this.words = new Uint32Array(this.hashes.buffer);
  }

  #growRecords(least: number): void {
    this.subtrees = grown(this.subtrees, least);
    this.births = grown(this.births, this.subtrees.length);
    this.keys = grown(this.keys, 32 * this.subtrees.length);
    this.payloads = grown(this.payloads, 32 * this.subtrees.length);
  }
}
