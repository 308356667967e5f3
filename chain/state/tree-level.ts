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
  /** The leaf there, -1 for none. */
  readonly leaf: number;
  /** Whether the leaf there is the key's own. */
  readonly found: boolean;
}

/** The place of a key in the tree with this root pair. */
export function walk(arena: Arena, rootPair: number, key: Uint8Array): Place {
  let slot = rootPair;
  let depth = 0;
  let held = arena.held(slot);
  while (held > 0) {
    slot = held + keyBit(key, depth++);
    held = arena.held(slot);
  }
  const leaf = held === 0 ? -1 : ~held;
  return { slot, depth, leaf, found: leaf >= 0 && arena.hasKey(leaf, key) };
}

/** A leaf to put into a tree; `subtree` is its root pair, 0 for a value. */
export type Setting = readonly [key: Uint8Array, payload: Uint8Array, subtree: number];

// 64 walks side by side: more than a processor keeps in flight, and what they touch stays in its inner caches.
const AHEAD = 64;

// 4,096 nodes a call: the native batch is at its best rate from about 100, and the buffer stays at 256 KiB.
const BATCH = 4096;

/** Changes and rehashes trees that lie at one depth of nesting. */
export class LevelEditor {
  readonly #arena: Arena;
  readonly #crypto: Crypto;
  /** By the number of bits above it: the marked pairs. */
  readonly #dirty: IntList[] = [];
  readonly #slots = new Int32Array(AHEAD);
  readonly #preimage = new Uint8Array(65);
  readonly #batch = new Uint8Array(64 * BATCH);
  readonly #batchWords = new Int32Array(this.#batch.buffer);
  /** One node's part of the batch: most batches of a small block are no larger, and making a view costs. */
  readonly #single = this.#batch.subarray(0, 64);

  constructor(arena: Arena, crypto: Crypto) {
    this.#arena = arena;
    this.#crypto = crypto;
  }

  /** Puts leaves into a tree, replacing the keys' old ones. */
  setAll(rootPair: number, settings: readonly Setting[]): void {
    for (let from = 0; from < settings.length; from += AHEAD) {
      const to = Math.min(settings.length, from + AHEAD);
      if (to - from > 1) this.#lookAhead(rootPair, settings, from, to);
      for (let index = from; index < to; index++) this.#set(rootPair, ...settings[index]!);
    }
  }

  /**
   * Walks many keys side by side and drops the result, since changes move leaves. A single walk waits for memory at
   * every step; side by side the waits overlap, and `#set` then finds all in the cache: a fifth less time per update.
   */
  #lookAhead(rootPair: number, settings: readonly Setting[], from: number, to: number): void {
    const arena = this.#arena;
    const slots = this.#slots;
    slots.fill(rootPair);
    for (let depth = 0, walking = true; walking; depth++) {
      walking = false;
      for (let index = from; index < to; index++) {
        const held = arena.held(slots[index - from]!);
        if (held <= 0) continue;
        walking = true;
        slots[index - from] = held + keyBit(settings[index]![0], depth);
      }
    }
    for (let index = 0; index < to - from; index++) {
      const held = arena.held(slots[index]!);
      // Stored, so that the read is not optimised away.
      if (held < 0) slots[index] = arena.subtree(~held);
    }
  }

  #set(rootPair: number, key: Uint8Array, payload: Uint8Array, subtree: number): void {
    const arena = this.#arena;
    const place = walk(arena, rootPair, key);
    this.#mark(place.slot, place.depth);
    let slot = place.slot;
    if (place.found) this.#retireOld(place.leaf, subtree);
    else if (place.leaf >= 0) slot = this.#split(place, key);
    arena.hold(slot, ~arena.allocateLeaf(key, payload, subtree));
    arena.setHash(slot, this.#leafHash(subtree === 0 ? VALUE_LEAF : SUBTREE_LEAF, key, payload), 0);
  }

  /** Takes the key's leaf out of a tree, if it is a leaf of this kind. */
  remove(rootPair: number, key: Uint8Array, kind: "value" | "subtree"): void {
    const arena = this.#arena;
    const { slot, depth, leaf, found } = walk(arena, rootPair, key);
    if (!found || (arena.subtree(leaf) === 0) !== (kind === "value")) return;
    this.#mark(slot, depth);
    arena.retireLeaf(leaf);
    arena.clearSlot(slot);
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
    let pair = pairOf(slot);
    for (let above = depth - 1; above >= 0; above--) {
      if (!arena.soil(pair)) return;
      this.#bucket(above).push(pair);
      pair = pairOf(arena.parent(pair));
    }
    arena.own(pair);
  }

  #bucket(depth: number): IntList {
    while (this.#dirty.length <= depth) this.#dirty.push(new IntList());
    return this.#dirty[depth]!;
  }

  #retireOld(leaf: number, subtree: number): void {
    const arena = this.#arena;
    if (arena.isMarked(leaf)) throw new LockstepError("INTERNAL", "a state update sets the same path twice");
    if ((arena.subtree(leaf) === 0) !== (subtree === 0)) {
      throw new LockstepError("INTERNAL", "a state update gives one path both a value and paths below it");
    }
    arena.retireLeaf(leaf);
  }

  /** Pushes another key's leaf down until the two keys part; the slot that is then free for the new one. */
  #split(place: Place, key: Uint8Array): number {
    const arena = this.#arena;
    const other = arena.key(place.leaf);
    let { slot, depth } = place;
    let pair = this.#deepen(slot, depth);
    while (keyBit(other, depth) === keyBit(key, depth)) {
      slot = pair + keyBit(key, depth++);
      if (depth === TREE_LIMITS.depth) throw new LockstepError("INTERNAL", "two state keys have the same hash");
      pair = this.#deepen(slot, depth);
    }
    const target = pair + keyBit(other, depth);
    // The slot above keeps the leaf's hash until `rehash` writes its own.
    arena.copySlot(place.slot, target);
    arena.hold(target, ~place.leaf);
    return target ^ 1;
  }

  /** Makes a slot an inner node without children yet. */
  #deepen(slot: number, depth: number): number {
    const pair = this.#arena.allocatePair(slot);
    this.#arena.hold(slot, pair);
    this.#arena.soil(pair);
    this.#bucket(depth).push(pair);
    return pair;
  }

  /** After a removal: a leaf left alone rises to the shortest prefix that is its own. */
  #collapse(slot: number, depth: number): void {
    const arena = this.#arena;
    let pair = pairOf(slot);
    for (let above = depth - 1; above >= 0; above--) {
      const left = arena.held(pair);
      const right = arena.held(pair + 1);
      if (left > 0 || right > 0 || (left !== 0 && right !== 0)) return;
      const holder = arena.parent(pair);
      arena.copySlot(left === 0 ? pair + 1 : pair, holder);
      arena.retirePair(pair);
      pair = pairOf(holder);
    }
  }

  #leafHash(type: number, key: Uint8Array, payload: Uint8Array): Uint8Array {
    const preimage = this.#preimage;
    preimage[0] = type;
    for (let byte = 0; byte < 32; byte++) {
      preimage[1 + byte] = key[byte]!;
      preimage[33 + byte] = payload[byte]!;
    }
    return this.#crypto.sha256(preimage);
  }

  #hash(pairs: Int32Array, from: number, to: number): void {
    const arena = this.#arena;
    for (let index = from; index < to; index++) {
      arena.copyHashes(pairs[index]!, this.#batchWords, 16 * (index - from));
    }
    const blocks = to - from === 1 ? this.#single : this.#batch.subarray(0, 64 * (to - from));
    const digests = this.#crypto.sha256Pairs(blocks);
    for (let index = from; index < to; index++) {
      arena.setHash(arena.parent(pairs[index]!), digests, 32 * (index - from));
    }
  }
}

/** The pair that a slot belongs to. */
function pairOf(slot: number): number {
  return slot & ~1;
}
