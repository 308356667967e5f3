// The append-only tree of RFC 9162 section 2.1 with SHA-256: hashes of leaves and nodes, and the frontier from
// which a log goes on. Sizes and indexes are safe JavaScript numbers: at a million leaves a second 2^53 lasts 285
// years, and bigint arithmetic would cost more than the hashing. No 32-bit operators therefore.
import { concat } from "./bytes.ts";
import type { Crypto } from "./crypto.ts";
import { LockstepError } from "./errors.ts";

const HASH = 32;
/** Bytes of the size in a serialised frontier: big-endian, as wide as 2^53 needs. */
const SIZE = 8;

/** The hash of a leaf with these bytes: SHA-256(0x00 ‖ bytes). */
export function leafHash(crypto: Crypto, bytes: Uint8Array): Uint8Array {
  const preimage = new Uint8Array(1 + bytes.length);
  preimage.set(bytes, 1);
  return crypto.sha256(preimage);
}

/** The hash of an inner node: SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(crypto: Crypto, left: Uint8Array, right: Uint8Array): Uint8Array {
  const preimage = new Uint8Array(1 + 2 * HASH);
  preimage[0] = 1;
  preimage.set(left, 1);
  preimage.set(right, 1 + HASH);
  return crypto.sha256(preimage);
}

/** Whether a number can be a tree's size or a leaf's index. */
export function isTreeNumber(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** How many complete subtrees make up a tree of this size: one for each bit that is set. */
function completeSubtrees(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}

/** Told of each complete subtree when it becomes complete: leaves `index·2^level` to `(index + 1)·2^level - 1`. */
export type NodeSink = (level: number, index: number, hash: Uint8Array) => void;

/** The right edge of a growing tree: all that appending and the root need, at most 53 hashes. */
export class Frontier {
  readonly #crypto: Crypto;
  readonly #hashes: Uint8Array[] = [];
  #size = 0;

  /** An empty tree. */
  constructor(crypto: Crypto) {
    this.#crypto = crypto;
  }

  /** How many leaves the tree has. */
  get size(): number {
    return this.#size;
  }

  /** Appends a leaf by its hash (`leafHash`); `sink` gets every subtree that this completes, lowest first. */
  append(leaf: Uint8Array, sink?: NodeSink): void {
    let hash = leaf;
    let index = this.#size;
    let level = 0;
    sink?.(level, index, hash);
    for (; index % 2 === 1; index = (index - 1) / 2) {
      hash = nodeHash(this.#crypto, this.#hashes.pop()!, hash);
      level += 1;
      sink?.(level, (index - 1) / 2, hash);
    }
    this.#hashes.push(hash);
    this.#size += 1;
  }

  /** The root over all leaves; of no leaves, SHA-256 of nothing. */
  root(): Uint8Array {
    if (this.#size === 0) return this.#crypto.sha256(new Uint8Array(0));
    return this.#hashes.reduceRight((right, left) => nodeHash(this.#crypto, left, right));
  }

  /** The frontier as bytes: the size (8 bytes, big-endian), then the hashes of the complete subtrees, largest first. */
  serialize(): Uint8Array {
    const head = new Uint8Array(SIZE);
    let rest = this.#size;
    for (let at = SIZE - 1; at >= 0; at--, rest = Math.floor(rest / 256)) head[at] = rest % 256;
    return concat(head, ...this.#hashes);
  }

  /** The frontier that these bytes say; MALFORMED unless they are one's serialised form. */
  static parse(crypto: Crypto, bytes: Uint8Array): Frontier {
    const frontier = new Frontier(crypto);
    for (let at = 0; at < SIZE && at < bytes.length; at++) frontier.#size = frontier.#size * 256 + bytes[at]!;
    const valid = bytes.length >= SIZE && isTreeNumber(frontier.#size);
    const count = valid ? completeSubtrees(frontier.#size) : -1;
    if (bytes.length !== SIZE + count * HASH) {
      throw new LockstepError("MALFORMED", `${bytes.length} bytes are not a log frontier`);
    }
    for (let at = SIZE; at < bytes.length; at += HASH) frontier.#hashes.push(bytes.slice(at, at + HASH));
    return frontier;
  }
}
