// One level of the nested state tree: a compact sparse Merkle tree over key hashes. Changes alter the shape at once
// and mark what must be hashed; `rehash` then hashes all marked nodes of all trees of the level, deepest first, in
// batches. No recursion: loops end after at most 256 steps, the bits of a key hash.
import { type Crypto, keyBit, LockstepError, SUBTREE_LEAF, TREE_LIMITS, VALUE_LEAF } from "../protocol/index.ts";
import type { Arena } from "./arena.ts";
import { IntList } from "./int-list.ts";

/** Where a key's walk from the root of its tree ended. */
export interface Place {
  /** The slot that holds the key's leaf, another leaf, or nothing. */
  readonly slot: number;
  /** How many bits lead to it. */
  readonly depth: number;
  /** The leaf record there, -1 for none. */
  readonly record: number;
  /** Whether the leaf there is the key's own. */
  readonly found: boolean;
}

/** The place of a key in the tree with this root pair. */
export function walk(arena: Arena, rootPair: number, key: Uint8Array): Place {
  const { refs, keys } = arena;
  let slot = 2 * rootPair;
  let depth = 0;
  let ref = refs[slot]!;
  while (ref > 0) {
    slot = 2 * ref + keyBit(key, depth++);
    ref = refs[slot]!;
  }
  if (ref === 0) return { slot, depth, record: -1, found: false };
  const base = 32 * ~ref;
  let same = 0;
  while (same < 32 && keys[base + same] === key[same]) same++;
  return { slot, depth, record: ~ref, found: same === 32 };
}

// 4,096 nodes a call: the native batch is at its best rate from about 100, and the buffer stays at 256 KiB.
const BATCH = 4096;

/** Changes and rehashes trees that lie at one depth of nesting. */
export class LevelEditor {
  readonly #arena: Arena;
  readonly #crypto: Crypto;
  /** By the number of bits above it: the marked pairs. */
  readonly #dirty: IntList[] = [];
  readonly #leaf = new Uint8Array(65);
  readonly #batch = new Uint8Array(64 * BATCH);
  readonly #batchWords = new Uint32Array(this.#batch.buffer);

  constructor(arena: Arena, crypto: Crypto) {
    this.#arena = arena;
    this.#crypto = crypto;
  }

  /** Puts a leaf into a tree, replacing the key's old one. `subtree` is its root pair, 0 for a value. */
  set(rootPair: number, key: Uint8Array, payload: Uint8Array, subtree: number, update: number): void {
    const arena = this.#arena;
    const place = walk(arena, rootPair, key);
    this.#mark(place.slot, place.depth);
    let slot = place.slot;
    if (place.found) this.#retireOld(place.record, subtree, update);
    else if (place.record >= 0) slot = this.#split(place, key);
    arena.refs[slot] = ~arena.allocateRecord(key, payload, subtree, update);
    arena.hashes.set(this.#leafHash(subtree === 0 ? VALUE_LEAF : SUBTREE_LEAF, key, payload), 32 * slot);
  }

  /** Takes the key's leaf out of a tree, if it is a leaf of this kind. */
  remove(rootPair: number, key: Uint8Array, kind: "value" | "subtree"): void {
    const arena = this.#arena;
    const { slot, depth, record, found } = walk(arena, rootPair, key);
    if (!found || (arena.subtrees[record] === 0) !== (kind === "value")) return;
    this.#mark(slot, depth);
    arena.retireRecord(record);
    arena.refs[slot] = 0;
    arena.words.fill(0, 8 * slot, 8 * slot + 8);
    this.#collapse(slot, depth);
  }

  /** Hashes what is marked, deepest first: afterwards the roots of all trees of this level are right. */
  rehash(): void {
    for (let depth = this.#dirty.length - 1; depth >= 0; depth--) {
      const marked = this.#dirty[depth]!;
      const { items } = marked;
      let count = 0;
      for (let index = 0; index < marked.count; index++) {
        const pair = items[index]!;
        if (this.#arena.clean(pair)) items[count++] = pair;
      }
      for (let from = 0; from < count; from += BATCH) this.#hash(items, from, Math.min(count, from + BATCH));
      marked.clear();
    }
  }

  /** Forgets what is marked, after a rollback. */
  reset(): void {
    for (const marked of this.#dirty) marked.clear();
  }

  /** Marks every node above a slot. A marked node's ancestors are marked, so the first one met ends the climb. */
  #mark(slot: number, depth: number): void {
    const arena = this.#arena;
    let pair = slot >> 1;
    for (let above = depth - 1; above >= 0; above--) {
      if (!arena.soil(pair)) return;
      this.#bucket(above).push(pair);
      pair = arena.parents[pair]! >> 1;
    }
    arena.own(pair);
  }

  #bucket(depth: number): IntList {
    while (this.#dirty.length <= depth) this.#dirty.push(new IntList());
    return this.#dirty[depth]!;
  }

  #retireOld(record: number, subtree: number, update: number): void {
    const arena = this.#arena;
    if (arena.births[record] === update) throw new LockstepError("INTERNAL", "a state update sets the same path twice");
    if ((arena.subtrees[record] === 0) !== (subtree === 0)) {
      throw new LockstepError("INTERNAL", "a state update gives one path both a value and paths below it");
    }
    arena.retireRecord(record);
  }

  /** Pushes another key's leaf down until the two keys part; the slot that is then free for the new one. */
  #split(place: Place, key: Uint8Array): number {
    const arena = this.#arena;
    const other = arena.keys.slice(32 * place.record, 32 * place.record + 32);
    let { slot, depth } = place;
    let pair = this.#deepen(slot, depth);
    while (keyBit(other, depth) === keyBit(key, depth)) {
      slot = 2 * pair + keyBit(key, depth++);
      if (depth === TREE_LIMITS.depth) throw new LockstepError("INTERNAL", "two state keys have the same hash");
      pair = this.#deepen(slot, depth);
    }
    const target = 2 * pair + keyBit(other, depth);
    // The slot above keeps the leaf's hash until `rehash` writes its own.
    arena.words.copyWithin(8 * target, 8 * place.slot, 8 * place.slot + 8);
    arena.refs[target] = ~place.record;
    return target ^ 1;
  }

  /** Makes a slot an inner node without children yet. */
  #deepen(slot: number, depth: number): number {
    const pair = this.#arena.allocatePair(slot);
    this.#arena.refs[slot] = pair;
    this.#arena.soil(pair);
    this.#bucket(depth).push(pair);
    return pair;
  }

  /** After a removal: a leaf left alone rises to the shortest prefix that is its own. */
  #collapse(slot: number, depth: number): void {
    const arena = this.#arena;
    let pair = slot >> 1;
    for (let above = depth - 1; above >= 0; above--) {
      const left = arena.refs[2 * pair]!;
      const right = arena.refs[2 * pair + 1]!;
      if (left > 0 || right > 0 || (left !== 0 && right !== 0)) return;
      const holder = arena.parents[pair]!;
      arena.copySlot(left === 0 ? 2 * pair + 1 : 2 * pair, holder);
      arena.retirePair(pair);
      pair = holder >> 1;
    }
  }

  #leafHash(type: number, key: Uint8Array, payload: Uint8Array): Uint8Array {
    this.#leaf[0] = type;
    this.#leaf.set(key, 1);
    this.#leaf.set(payload, 33);
    return this.#crypto.sha256(this.#leaf);
  }

  #hash(pairs: Int32Array, from: number, to: number): void {
    const { words, hashes, parents } = this.#arena;
    const blocks = this.#batchWords;
    for (let index = from; index < to; index++) {
      const source = 16 * pairs[index]!;
      const target = 16 * (index - from);
      for (let word = 0; word < 16; word++) blocks[target + word] = words[source + word]!;
    }
    const digests = this.#crypto.sha256Pairs(this.#batch.subarray(0, 64 * (to - from)));
    for (let index = from; index < to; index++) {
      const target = 32 * parents[pairs[index]!]!;
      const source = 32 * (index - from);
      for (let byte = 0; byte < 32; byte++) hashes[target + byte] = digests[source + byte]!;
    }
  }
}
