// Where the hashes of the log's complete subtrees lie in one append-only array. Numbering the subtrees in post-order
// (both children before their parent) means that a growing log only ever appends: no stored hash is written twice.

/** How many one bits a non-negative safe integer has; `>>>` alone would cut it to 32 bits. */
function ones(value: number): number {
  let count = 0;
  for (let rest = value; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}

/**
 * How many complete subtrees a log of `size` leaves has, leaves included. Each one bit of the size is a complete
 * tree of its own at the right edge, and a complete tree of 2^k leaves has 2^(k+1) - 1 subtrees.
 */
export function subtreeCount(size: number): number {
  return 2 * size - ones(size);
}

/** The place of the complete subtree over leaves `index × 2^level` up to, not including, `(index + 1) × 2^level`. */
export function subtreePosition(level: number, index: number): number {
  const lastLeaf = (index + 1) * 2 ** level - 1;
  return subtreeCount(lastLeaf) + level;
}

/** Level and index of the complete subtrees that a log of `size` leaves consists of, largest (leftmost) first. */
export function peaks(size: number): { level: number; index: number }[] {
  const found: { level: number; index: number }[] = [];
  let level = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2), level++) {
    // With every smaller tree removed, the last tree of this level ends where `rest` says.
    if (rest % 2 === 1) found.unshift({ level, index: rest - 1 });
  }
  return found;
}

/** A frontier's serialised form (`Frontier.serialize`) from its size and the hashes of its peaks. */
export function frontierBytes(size: number, hashes: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(8 + hashes.length * 32);
  let rest = size;
  for (let at = 7; at >= 0; at--, rest = Math.floor(rest / 256)) bytes[at] = rest % 256;
  for (const [at, hash] of hashes.entries()) bytes.set(hash, 8 + at * 32);
  return bytes;
}
