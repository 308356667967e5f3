// Proofs of the state tree and their verification: a value is there, no value is there, this is everything below a
// prefix. Proofs come from whoever wants to be believed, so every field is attacker-controlled; for a given root and
// statement at most one proof verifies, and changing any bit of it makes it fail (chain/SPEC.md, T10 to T15).
import { z } from "zod";
import { equalBytes } from "./bytes.ts";
import type { Crypto } from "./crypto.ts";
import { LockstepError } from "./errors.ts";
import { TREE_LIMITS } from "./limits.ts";
import { hashBytes } from "./schema.ts";
import {
  checkPath,
  EMPTY_ROOT,
  keyBit,
  type LeafType,
  type Path,
  rootBelow,
  SUBTREE_LEAF,
  type TreeEntry,
  treeKey,
  treeLeafHash,
  treeNodeHash,
  treeValueHash,
  VALUE_LEAF,
} from "./tree.ts";

const levels = z.array(z.array(hashBytes).max(TREE_LIMITS.depth)).max(TREE_LIMITS.segments);
const end = z.strictObject({ type: z.enum(["value", "subtree"]), key: hashBytes, payload: hashBytes });

/** The closed JSON form of a state proof: `levels[i]` holds the siblings for path segment i, the root's side first. */
export const treeProof = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("present"), levels }),
  z.strictObject({ kind: z.literal("absent"), levels: levels.min(1), end: end.nullable() }),
]);
/**
 * A state proof. `present` leads to a leaf at the end of the path. `absent` leads, at the last of its levels, to the
 * place where the path's next segment would be: `end` is the leaf found there instead, or null when it is empty.
 * Every sibling is 32 bytes, an empty one 32 zero bytes; the last sibling of a level is never empty, since a lone
 * leaf or gap would sit higher.
 */
export type TreeProof = z.output<typeof treeProof>;

type Levels = TreeProof["levels"];
type Absence = Extract<TreeProof, { kind: "absent" }>;

/** Whether the state with this root has exactly `value` at `path`. Throws only for a path outside the limits. */
export function verifyPresence(
  crypto: Crypto,
  root: Uint8Array,
  path: Path,
  value: Uint8Array,
  proof: TreeProof,
): boolean {
  const keys = keysOf(crypto, path, 1);
  if (proof.kind !== "present" || value.length > TREE_LIMITS.valueBytes) return false;
  return leadsTo(crypto, root, keys, VALUE_LEAF, treeValueHash(crypto, value), proof.levels);
}

/**
 * Whether the state with this root has no value at `path`. Paths below it may exist; `verifyPrefix` without entries
 * rules those out too. Throws only for a path outside the limits.
 */
export function verifyAbsence(crypto: Crypto, root: Uint8Array, path: Path, proof: TreeProof): boolean {
  const keys = keysOf(crypto, path, 1);
  return proof.kind === "absent" && isAbsent(crypto, root, keys, proof, "subtree");
}

/**
 * Whether `entries` (full paths, any order) is everything that the state with this root holds at or below `prefix`.
 * Throws only for a prefix outside the limits.
 */
export function verifyPrefix(
  crypto: Crypto,
  root: Uint8Array,
  prefix: Path,
  entries: readonly TreeEntry[],
  proof: TreeProof,
): boolean {
  const keys = keysOf(crypto, prefix, 0);
  if (proof.kind === "absent") return entries.length === 0 && isAbsent(crypto, root, keys, proof, null);
  if (entries.length === 0)
    return keys.length === 0 && leadsTo(crypto, root, [], SUBTREE_LEAF, EMPTY_ROOT, proof.levels);
  if (entries.length > TREE_LIMITS.prefixEntries || !entries.every(([path]) => isBelow(path, prefix))) return false;
  const own = entries.find(([path]) => path.length === prefix.length);
  if (own !== undefined) return entries.length === 1 && verifyPresence(crypto, root, prefix, own[1], proof);
  const content = rootOfHostile(crypto, entries, prefix.length);
  return content !== null && leadsTo(crypto, root, keys, SUBTREE_LEAF, content, proof.levels);
}

function keysOf(crypto: Crypto, path: Path, least: 0 | 1): Uint8Array[] {
  checkPath(path, least);
  return path.map((segment) => treeKey(crypto, segment));
}

function isBelow(path: Path, prefix: Path): boolean {
  return (
    path.length >= Math.max(prefix.length, 1) &&
    path.length <= TREE_LIMITS.segments &&
    prefix.every((segment, index) => path[index] === segment)
  );
}

/** `rootBelow` for entries from outside: null where they can't be the content of any tree. */
function rootOfHostile(crypto: Crypto, entries: readonly TreeEntry[], level: number): Uint8Array | null {
  try {
    return rootBelow(crypto, entries, level);
  } catch (error) {
    if (error instanceof LockstepError) return null;
    throw error;
  }
}

/** Whether the root leads along the keys, through subtrees, to a leaf of this type and payload. */
function leadsTo(
  crypto: Crypto,
  root: Uint8Array,
  keys: readonly Uint8Array[],
  type: LeafType,
  payload: Uint8Array,
  levels: Levels,
): boolean {
  if (levels.length !== keys.length) return false;
  let below = payload;
  for (let level = keys.length - 1; level >= 0; level--) {
    const key = keys[level]!;
    const leaf = treeLeafHash(crypto, level === keys.length - 1 ? type : SUBTREE_LEAF, key, below);
    const folded = fold(crypto, key, leaf, levels[level]!);
    if (folded === null) return false;
    below = folded;
  }
  return equalBytes(below, root);
}

/**
 * Whether the root leads to a place where the path breaks off. `sameKey` is the type of leaf that may sit at the
 * path's own end without being what is denied.
 */
function isAbsent(
  crypto: Crypto,
  root: Uint8Array,
  keys: readonly Uint8Array[],
  { levels, end }: Absence,
  sameKey: "subtree" | null,
): boolean {
  const last = levels.length - 1;
  const key = keys[last];
  const siblings = levels[last];
  if (key === undefined || siblings === undefined) return false;
  // Only the whole tree can be empty: an empty subtree is absent from the tree above.
  if (end === null && siblings.length === 0 && last > 0) return false;
  if (end !== null) {
    // A value before the path's end has nothing below it.
    const harmless = last === keys.length - 1 ? sameKey : "value";
    if (equalBytes(end.key, key) ? end.type !== harmless : !sharesBits(end.key, key, siblings.length)) return false;
  }
  const folded = fold(crypto, key, endHash(crypto, end), siblings);
  return folded !== null && leadsTo(crypto, root, keys.slice(0, last), SUBTREE_LEAF, folded, levels.slice(0, last));
}

function endHash(crypto: Crypto, end: Absence["end"]): Uint8Array {
  if (end === null) return EMPTY_ROOT;
  return treeLeafHash(crypto, end.type === "value" ? VALUE_LEAF : SUBTREE_LEAF, end.key, end.payload);
}

function sharesBits(a: Uint8Array, b: Uint8Array, count: number): boolean {
  for (let index = 0; index < count; index++) if (keyBit(a, index) !== keyBit(b, index)) return false;
  return true;
}

/** The root of one tree from a node at the key's place below `siblings`, or null for a shape that no tree has. */
function fold(crypto: Crypto, key: Uint8Array, node: Uint8Array, siblings: readonly Uint8Array[]): Uint8Array | null {
  const deepest = siblings.at(-1);
  if (siblings.length > TREE_LIMITS.depth || (deepest !== undefined && equalBytes(deepest, EMPTY_ROOT))) return null;
  let hashed = node;
  for (let depth = siblings.length - 1; depth >= 0; depth--) {
    const sibling = siblings[depth]!;
    hashed = keyBit(key, depth) === 0 ? treeNodeHash(crypto, hashed, sibling) : treeNodeHash(crypto, sibling, hashed);
  }
  return hashed;
}
