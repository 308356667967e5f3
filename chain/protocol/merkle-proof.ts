// Proofs about the append-only tree (RFC 9162 sections 2.1.3 and 2.1.4): a leaf is in it, a tree grew from another.
// Verifiers take proofs from anyone: indexes, sizes and hash lengths are checked, and the answer is false, never
// an error.
import { equalBytes } from "./bytes.ts";
import type { Crypto } from "./crypto.ts";
import { LockstepError } from "./errors.ts";
import { isTreeNumber, nodeHash } from "./merkle.ts";

/** Reads the hash of a complete subtree, as `NodeSink` was told of it. */
export type NodeSource = (level: number, index: number) => Uint8Array;

/** The largest power of two that is at most `limit`, and its exponent. */
function powerWithin(limit: number): { power: number; level: number } {
  let power = 1;
  let level = 0;
  for (; power * 2 <= limit; power *= 2) level += 1;
  return { power, level };
}

/** Root over the leaves from `begin`, whose left edge is that of a complete subtree at least `count` wide. */
function rangeRoot(crypto: Crypto, nodeAt: NodeSource, begin: number, count: number): Uint8Array {
  const { power, level } = powerWithin(count);
  const left = nodeAt(level, begin / power);
  return power === count ? left : nodeHash(crypto, left, rangeRoot(crypto, nodeAt, begin + power, count - power));
}

function requireTree(condition: boolean, what: string): void {
  if (!condition) throw new LockstepError("OUT_OF_RANGE", `there is no proof of ${what}`);
}

/**
 * The hashes that lead from leaf `index` to the root of the tree of `size` leaves, lowest first (`PATH` of RFC
 * 9162), read from complete subtrees. OUT_OF_RANGE unless `index` is below `size`.
 */
export function inclusionProof(crypto: Crypto, index: number, size: number, nodeAt: NodeSource): Uint8Array[] {
  requireTree(isTreeNumber(index) && isTreeNumber(size) && index < size, `leaf ${index} in a tree of ${size}`);
  const path: Uint8Array[] = [];
  for (let begin = 0, count = size; count > 1; ) {
    // The largest power of two strictly below the count splits it.
    const { power } = powerWithin(count - 1);
    if (index < begin + power) {
      path.unshift(rangeRoot(crypto, nodeAt, begin + power, count - power));
      count = power;
    } else {
      path.unshift(rangeRoot(crypto, nodeAt, begin, power));
      begin += power;
      count -= power;
    }
  }
  return path;
}

/**
 * The hashes that show that the tree of `second` leaves begins with the tree of `first` leaves (`PROOF` of RFC
 * 9162); none where one is empty or both are the same. OUT_OF_RANGE unless `first` is at most `second`.
 */
export function consistencyProof(crypto: Crypto, first: number, second: number, nodeAt: NodeSource): Uint8Array[] {
  requireTree(
    isTreeNumber(first) && isTreeNumber(second) && first <= second,
    `growth from ${first} to ${second} leaves`,
  );
  const path: Uint8Array[] = [];
  if (first === 0) return path;
  let begin = 0;
  let count = second;
  while (begin + count !== first) {
    const { power } = powerWithin(count - 1);
    if (first <= begin + power) {
      path.unshift(rangeRoot(crypto, nodeAt, begin + power, count - power));
      count = power;
    } else {
      path.unshift(rangeRoot(crypto, nodeAt, begin, power));
      begin += power;
      count -= power;
    }
  }
  // The first tree's own root is known to whoever checks; any other subtree must be given.
  if (begin > 0) path.unshift(rangeRoot(crypto, nodeAt, begin, count));
  return path;
}

function areHashes(hashes: readonly Uint8Array[]): boolean {
  return hashes.every((hash) => hash.length === 32);
}

const half = (number: number): number => Math.floor(number / 2);
const isOdd = (number: number): boolean => number % 2 === 1;

/**
 * The root that a tree of `size` leaves must have if leaf `index` has the hash `leaf` and the proof is right (RFC
 * 9162 section 2.1.3.2); null when the proof doesn't fit the index and size.
 */
export function rootOfInclusion(
  crypto: Crypto,
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
): Uint8Array | null {
  if (!isTreeNumber(index) || !isTreeNumber(size) || index >= size) return null;
  if (leaf.length !== 32 || !areHashes(proof)) return null;
  let node = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return null;
    if (isOdd(node) || node === last) {
      hash = nodeHash(crypto, sibling, hash);
      // A node at the right edge without sibling moves up until it is a right child.
      for (; !isOdd(node) && node !== 0; node = half(node)) last = half(last);
    } else {
      hash = nodeHash(crypto, hash, sibling);
    }
    node = half(node);
    last = half(last);
  }
  return last === 0 ? hash : null;
}

/** Whether the proof shows leaf hash `leaf` at `index` of the tree with `size` leaves and this root. */
export function verifyInclusion(
  crypto: Crypto,
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  const found = rootOfInclusion(crypto, leaf, index, size, proof);
  return found !== null && equalBytes(found, root);
}

/** A tree as seen from outside. */
export interface TreeHead {
  /** How many leaves. */
  readonly size: number;
  /** The 32-byte root over them. */
  readonly root: Uint8Array;
}

/** Whether the proof shows that tree `second` begins with tree `first` (RFC 9162 section 2.1.4.2). */
export function verifyConsistency(
  crypto: Crypto,
  first: TreeHead,
  second: TreeHead,
  proof: readonly Uint8Array[],
): boolean {
  if (!isTreeNumber(first.size) || !isTreeNumber(second.size) || first.size > second.size) return false;
  if (!areHashes([first.root, second.root, ...proof])) return false;
  if (first.size === second.size) return proof.length === 0 && equalBytes(first.root, second.root);
  if (first.size === 0) return proof.length === 0 && equalBytes(first.root, crypto.sha256(new Uint8Array(0)));
  const isPower = powerWithin(first.size).power === first.size;
  const [start, ...rest] = isPower ? [first.root, ...proof] : proof;
  return start !== undefined && growsFrom(crypto, start, rest, first, second);
}

function growsFrom(
  crypto: Crypto,
  start: Uint8Array,
  proof: readonly Uint8Array[],
  first: TreeHead,
  second: TreeHead,
): boolean {
  let node = first.size - 1;
  let last = second.size - 1;
  for (; isOdd(node); node = half(node)) last = half(last);
  let old = start;
  let grown = start;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      old = nodeHash(crypto, sibling, old);
      grown = nodeHash(crypto, sibling, grown);
      for (; !isOdd(node) && node !== 0; node = half(node)) last = half(last);
    } else {
      grown = nodeHash(crypto, grown, sibling);
    }
    node = half(node);
    last = half(last);
  }
  return last === 0 && equalBytes(old, first.root) && equalBytes(grown, second.root);
}
