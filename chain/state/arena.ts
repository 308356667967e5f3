// The memory of the state tree: nodes and leaves as records in two typed arrays (about 300 bytes per key where
// objects take 1,500) with a journal, so that a candidate block can be undone at a cost that depends on the candidate
// alone. A random key's path is out of the processor's cache, so what is used together lies together.
// It knows nothing of shapes or hashes: tree-level.ts does.
import { IntList } from "./int-list.ts";

// A pair's record, in words: what its two slots hold (2), the slot that holds the pair, flags, then their hashes.
const PAIR = 20;
const PARENT = 2;
const FLAGS = 3;
const HASHES = 4;
const DIRTY = 1;
const OWNED = 2;

// A leaf's record, in words: the subtree's root pair, the mark, key, payload.
const LEAF = 18;
const MARK = 1;
const KEY = 2;
const PAYLOAD = 10;

/** `array` in a copy of twice the length or more. */
function grown(array: Int32Array, least: number): Int32Array<ArrayBuffer> {
  const bigger = new Int32Array(Math.max(least, array.length * 2));
  bigger.set(array);
  return bigger;
}

/**
 * Pairs of slots, and leaves. The two children of an inner node are one *pair*, so that what the node hashes is 64
 * bytes in a row. A tree's root sits in the left slot of a pair of its own. Pairs, slots and leaves are named by the
 * word where they begin; a pair's left slot has the pair's own number, `slot ^ 1` is a slot's sibling.
 * What a slot holds: 0 nothing; above 0 an inner node, namely the pair below; below 0 the leaf `~held`.
 * Leaves never change: a new content is a new leaf.
 */
export class Arena {
  #nodes = new Int32Array(PAIR);
  #nodeBytes = new Uint8Array(this.#nodes.buffer);
  #leaves = new Int32Array(LEAF);
  #leafBytes = new Uint8Array(this.#leaves.buffer);
  // The first pair is never used, so that 0 can mean nothing.
  #nodesEnd = PAIR;
  #leavesEnd = 0;
  readonly #freePairs = new IntList();
  readonly #freeLeaves = new IntList();

  // What the candidate changed. Nothing it let go is used again before it is committed, so undoing is copying back.
  readonly #journal = new IntList();
  #old = new Int32Array(PAIR);
  readonly #freshPairs = new IntList();
  readonly #freshLeaves = new IntList();
  readonly #retiredPairs = new IntList();
  readonly #retiredLeaves = new IntList();

  /** What a slot holds. */
  held(slot: number): number {
    return this.#nodes[slot]!;
  }

  /** Changes what a slot of an owned pair holds, not its hash. */
  hold(slot: number, content: number): void {
    this.#nodes[slot] = content;
  }

  /** The slot that holds a pair; a pair keeps its place for life. */
  parent(pair: number): number {
    return this.#nodes[pair + PARENT]!;
  }

  /** A copy of a slot's hash: zeros when it holds nothing. */
  hash(slot: number): Uint8Array {
    const from = 4 * hashOf(slot);
    return this.#nodeBytes.slice(from, from + 32);
  }

  /** Sets a slot's hash to the 32 bytes that begin at `from`. */
  setHash(slot: number, bytes: Uint8Array, from: number): void {
    const to = 4 * hashOf(slot);
    const target = this.#nodeBytes;
    for (let byte = 0; byte < 32; byte++) target[to + byte] = bytes[from + byte]!;
  }

  /** Copies the 64 bytes that a pair's node hashes into `blocks`, from word `to` on. */
  copyHashes(pair: number, blocks: Int32Array, to: number): void {
    const nodes = this.#nodes;
    for (let word = 0; word < 16; word++) blocks[to + word] = nodes[pair + HASHES + word]!;
  }

  /** Copies content and hash of one slot to another. */
  copySlot(from: number, to: number): void {
    this.#nodes[to] = this.#nodes[from]!;
    this.#nodes.copyWithin(hashOf(to), hashOf(from), hashOf(from) + 8);
  }

  /** Empties a slot. */
  clearSlot(slot: number): void {
    this.#nodes[slot] = 0;
    this.#nodes.fill(0, hashOf(slot), hashOf(slot) + 8);
  }

  /** The root pair of a leaf's subtree, 0 when it holds a value. */
  subtree(leaf: number): number {
    return this.#leaves[leaf]!;
  }

  /** A copy of a leaf's key hash. */
  key(leaf: number): Uint8Array {
    return this.#leafBytes.slice(4 * (leaf + KEY), 4 * (leaf + KEY) + 32);
  }

  /** A copy of what a leaf carries: its value's hash or its subtree's root. */
  payload(leaf: number): Uint8Array {
    return this.#leafBytes.slice(4 * (leaf + PAYLOAD), 4 * (leaf + PAYLOAD) + 32);
  }

  /** Whether a leaf has this key hash. */
  hasKey(leaf: number, key: Uint8Array): boolean {
    const bytes = this.#leafBytes;
    const from = 4 * (leaf + KEY);
    let same = 0;
    while (same < 32 && bytes[from + same] === key[same]) same++;
    return same === 32;
  }

  /** Whether a leaf was made since the last `unmark`. */
  isMarked(leaf: number): boolean {
    return this.#leaves[leaf + MARK] !== 0;
  }

  /** Forgets which leaves are marked, from the candidate's leaf number `from` on; returns how many it has. */
  unmark(from: number): number {
    for (let index = from; index < this.#freshLeaves.count; index++) {
      this.#leaves[this.#freshLeaves.items[index]! + MARK] = 0;
    }
    return this.#freshLeaves.count;
  }

  /** A new pair below the given slot, both its slots empty. */
  allocatePair(parent: number): number {
    let pair = this.#nodesEnd;
    if (this.#freePairs.count > 0) pair = this.#freePairs.pop();
    else this.#nodesEnd += PAIR;
    if (this.#nodesEnd > this.#nodes.length) {
      this.#nodes = grown(this.#nodes, this.#nodesEnd);
      this.#nodeBytes = new Uint8Array(this.#nodes.buffer);
    }
    this.#nodes.fill(0, pair, pair + PAIR);
    this.#nodes[pair + PARENT] = parent;
    this.#nodes[pair + FLAGS] = OWNED;
    this.#freshPairs.push(pair);
    return pair;
  }

  /** A new, marked leaf; its key and payload are copied. */
  allocateLeaf(key: Uint8Array, payload: Uint8Array, subtree: number): number {
    let leaf = this.#leavesEnd;
    if (this.#freeLeaves.count > 0) leaf = this.#freeLeaves.pop();
    else this.#leavesEnd += LEAF;
    if (this.#leavesEnd > this.#leaves.length) {
      this.#leaves = grown(this.#leaves, this.#leavesEnd);
      this.#leafBytes = new Uint8Array(this.#leaves.buffer);
    }
    this.#leaves[leaf] = subtree;
    this.#leaves[leaf + MARK] = 1;
    const to = 4 * (leaf + KEY);
    const bytes = this.#leafBytes;
    for (let byte = 0; byte < 32; byte++) {
      bytes[to + byte] = key[byte]!;
      bytes[to + 32 + byte] = payload[byte]!;
    }
    this.#freshLeaves.push(leaf);
    return leaf;
  }

  /** Gives up a pair that nothing holds any more. */
  retirePair(pair: number): void {
    this.#nodes[pair + FLAGS] = OWNED;
    this.#retiredPairs.push(pair);
  }

  /** Gives up a leaf that nothing holds any more. */
  retireLeaf(leaf: number): void {
    this.#retiredLeaves.push(leaf);
  }

  /** Must come before a pair's slots change: keeps what a rollback needs. */
  own(pair: number): void {
    const nodes = this.#nodes;
    if ((nodes[pair + FLAGS]! & OWNED) !== 0) return;
    const entry = PAIR * this.#journal.count;
    this.#journal.push(pair);
    if (entry + PAIR > this.#old.length) this.#old = grown(this.#old, entry + PAIR);
    const old = this.#old;
    for (let word = 0; word < PAIR; word++) old[entry + word] = nodes[pair + word]!;
    nodes[pair + FLAGS]! |= OWNED;
  }

  /** Marks a pair as to be hashed again; false when it was marked before. */
  soil(pair: number): boolean {
    if ((this.#nodes[pair + FLAGS]! & DIRTY) !== 0) return false;
    this.own(pair);
    this.#nodes[pair + FLAGS]! |= DIRTY;
    return true;
  }

  /** Unmarks a pair; false when it was not marked, for instance because it was given up since. */
  clean(pair: number): boolean {
    if ((this.#nodes[pair + FLAGS]! & DIRTY) === 0) return false;
    this.#nodes[pair + FLAGS]! &= ~DIRTY;
    return true;
  }

  /** Makes the candidate's changes permanent. */
  commit(): void {
    this.#freePairs.append(this.#retiredPairs);
    this.#freeLeaves.append(this.#retiredLeaves);
    this.#forget();
  }

  /** Undoes every change since the last commit. */
  rollback(): void {
    for (let entry = 0; entry < this.#journal.count; entry++) {
      this.#nodes.set(this.#old.subarray(PAIR * entry, PAIR * (entry + 1)), this.#journal.items[entry]!);
    }
    this.#freePairs.append(this.#freshPairs);
    this.#freeLeaves.append(this.#freshLeaves);
    this.#forget();
  }

  #forget(): void {
    for (const owned of [this.#journal, this.#freshPairs]) {
      for (let index = 0; index < owned.count; index++) this.#nodes[owned.items[index]! + FLAGS] = 0;
      owned.clear();
    }
    this.#freshLeaves.clear();
    this.#retiredPairs.clear();
    this.#retiredLeaves.clear();
  }
}

/** The word where a slot's hash begins. */
function hashOf(slot: number): number {
  return slot + HASHES + 7 * (slot & 1);
}
