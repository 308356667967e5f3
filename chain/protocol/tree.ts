// The hashing rules of the state tree, and its root from scratch. The whole state of the ledger is one set of
// (path, value) pairs; equal sets have equal roots and different sets different ones (chain/SPEC.md, T1 to T9).
// This is the definition that verifiers use; the ledger's own incremental tree lives in chain/state and must agree.

import { compareBytes, concat, utf8Encode } from "./bytes.ts";
import type { Crypto } from "./crypto.ts";
import { LockstepError } from "./errors.ts";
import { TREE_LIMITS } from "./limits.ts";

// Why no two states share a root, SHA-256 being collision-free:
// - Reading down from the root, a node's hash has one known preimage. 64 bytes: an inner node. 65 bytes: a leaf.
//   Nothing else is ever in a node's place, so a leaf can't pose as an inner node whatever an attacker puts into
//   keys and values. 32 zero bytes: empty, and nobody knows a preimage of those.
// - A leaf's first byte says what its last 32 bytes are: the hash of a typed value, or the root of a subtree.
// - Keys and values open with type bytes that no leaf opens with, and carry their length; so no key, value and
//   leaf have the same preimage, even though places already keep them apart.
// - The shape is a function of the set of keys: a lone leaf sits at the shortest prefix that is its own, an empty
//   subtree is absent. A verifier that rebuilds a shape from entries can't be shown a second one.

/** A path: 1 to 8 text segments of 1 to 255 UTF-8 bytes, for example `["jobs", id]`. A prefix may be empty. */
export type Path = readonly string[];
/** A path and the value at it, normally a JCS document. */
export type TreeEntry = readonly [path: Path, value: Uint8Array];

/** First byte of a leaf's preimage: its last 32 bytes are the hash of a value. */
export const VALUE_LEAF = 0;
/** First byte of a leaf's preimage: its last 32 bytes are the root of the subtree below. */
export const SUBTREE_LEAF = 1;
/** What a leaf holds. */
export type LeafType = typeof VALUE_LEAF | typeof SUBTREE_LEAF;

const TEXT_KEY = 2;
const BYTES_VALUE = 3;

/** The root of a tree without entries, and the hash of every empty place: 32 zero bytes. */
export const EMPTY_ROOT: Uint8Array = new Uint8Array(32);

/** The key hash of a path segment. OUT_OF_RANGE when it is empty or too long, MALFORMED when it is not Unicode. */
export function treeKey(crypto: Crypto, segment: string): Uint8Array {
  const text = utf8Encode(segment);
  if (text.length === 0 || text.length > TREE_LIMITS.segmentBytes) {
    const shown = segment.slice(0, 40);
    throw new LockstepError(
      "OUT_OF_RANGE",
      `the path segment "${shown}" has ${text.length} bytes, use 1 to ${TREE_LIMITS.segmentBytes}`,
    );
  }
  return crypto.sha256(concat(Uint8Array.of(TEXT_KEY, text.length), text));
}

/** The hash of a value as its leaf carries it. TOO_LARGE above the limit. */
export function treeValueHash(crypto: Crypto, value: Uint8Array): Uint8Array {
  const size = value.length;
  if (size > TREE_LIMITS.valueBytes) {
    throw new LockstepError("TOO_LARGE", `a state value has ${size} bytes, the limit is ${TREE_LIMITS.valueBytes}`);
  }
  const preimage = new Uint8Array(5 + size);
  preimage[0] = BYTES_VALUE;
  preimage[1] = size >>> 24;
  preimage[2] = size >>> 16;
  preimage[3] = size >>> 8;
  preimage[4] = size;
  preimage.set(value, 5);
  return crypto.sha256(preimage);
}

/** The hash of a leaf: always over 65 bytes. `payload` is a value's hash or a subtree's root, 32 bytes. */
export function treeLeafHash(crypto: Crypto, type: LeafType, key: Uint8Array, payload: Uint8Array): Uint8Array {
  const preimage = new Uint8Array(65);
  preimage[0] = type;
  preimage.set(key, 1);
  preimage.set(payload, 33);
  return crypto.sha256(preimage);
}

/** The hash of an inner node: always over 64 bytes. */
export function treeNodeHash(crypto: Crypto, left: Uint8Array, right: Uint8Array): Uint8Array {
  return crypto.sha256Pairs(concat(left, right));
}

/** Bit `index` of a key hash, the most significant of its first byte being bit 0. */
export function keyBit(key: Uint8Array, index: number): number {
  return (key[index >> 3]! >> (7 - (index & 7))) & 1;
}

/** Checks the number of segments; OUT_OF_RANGE otherwise. Segments are checked when they are hashed. */
export function checkPath(path: Path, least: 0 | 1): void {
  if (path.length < least || path.length > TREE_LIMITS.segments) {
    throw new LockstepError(
      "OUT_OF_RANGE",
      `a state path has ${path.length} segments, use ${least} to ${TREE_LIMITS.segments}`,
    );
  }
}

/**
 * The root of the tree that holds exactly these entries, in any order. MALFORMED when a path occurs twice or
 * leads through another entry's value.
 */
export function treeRoot(crypto: Crypto, entries: readonly TreeEntry[]): Uint8Array {
  for (const [path] of entries) checkPath(path, 1);
  return rootBelow(crypto, entries, 0);
}

interface Leaf {
  readonly key: Uint8Array;
  readonly hash: Uint8Array;
}

/** The root of the tree of segment number `level`; all entries share the segments before. */
export function rootBelow(crypto: Crypto, entries: readonly TreeEntry[], level: number): Uint8Array {
  const groups = new Map<string, TreeEntry[]>();
  for (const entry of entries) {
    const segment = entry[0][level]!;
    const group = groups.get(segment);
    if (group) group.push(entry);
    else groups.set(segment, [entry]);
  }
  const leaves: Leaf[] = [];
  for (const [segment, group] of groups) {
    const key = treeKey(crypto, segment);
    leaves.push({ key, hash: groupLeaf(crypto, key, group, level) });
  }
  leaves.sort((a, b) => compareBytes(a.key, b.key));
  return foldLeaves(crypto, leaves, 0, leaves.length, 0);
}

function groupLeaf(crypto: Crypto, key: Uint8Array, group: readonly TreeEntry[], level: number): Uint8Array {
  const value = group.find(([path]) => path.length === level + 1);
  if (value === undefined) return treeLeafHash(crypto, SUBTREE_LEAF, key, rootBelow(crypto, group, level + 1));
  if (group.length > 1) {
    const shown = value[0].join("/").slice(0, 80);
    throw new LockstepError("MALFORMED", `the state path ${shown} occurs twice or has both a value and paths below`);
  }
  return treeLeafHash(crypto, VALUE_LEAF, key, treeValueHash(crypto, value[1]));
}

/** The node over the sorted leaves `from` to `to`, which share their first `depth` bits: at most 256 calls deep. */
function foldLeaves(crypto: Crypto, leaves: readonly Leaf[], from: number, to: number, depth: number): Uint8Array {
  if (from === to) return EMPTY_ROOT;
  if (to - from === 1) return leaves[from]!.hash;
  let middle = from;
  while (middle < to && keyBit(leaves[middle]!.key, depth) === 0) middle++;
  const left = foldLeaves(crypto, leaves, from, middle, depth + 1);
  return treeNodeHash(crypto, left, foldLeaves(crypto, leaves, middle, to, depth + 1));
}
