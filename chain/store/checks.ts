// What both stores refuse alike: reads out of bounds and writes out of order.
import { LockstepError } from "../protocol/index.ts";
import type { Candidate, Head } from "../state/index.ts";
import { STORE_LIMITS } from "./limits.ts";
import { subtreeCount } from "./positions.ts";

/** Refuses to read what the log does not have. */
export function beyondEnd(what: string): never {
  throw new LockstepError("NOT_FOUND", `the log has no ${what} (yet)`);
}

/** Refuses to answer before the first block. */
export function noCheckpoint(): never {
  throw new LockstepError("NOT_FOUND", "the ledger has no checkpoint before its first block");
}

/** Bounds a read of leaves. */
export function checkRead(from: number, count: number): void {
  if (!Number.isSafeInteger(from) || from < 0) {
    throw new LockstepError("OUT_OF_RANGE", `a leaf's index is a non-negative integer, not ${from}`);
  }
  if (!Number.isSafeInteger(count) || count < 0 || count > STORE_LIMITS.leavesPerRead) {
    throw new LockstepError("OUT_OF_RANGE", `one read takes up to ${STORE_LIMITS.leavesPerRead} leaves, not ${count}`);
  }
}

/** Bounds a subtree's level and index so that its last leaf is a safe integer. */
export function checkSubtree(level: number, index: number): void {
  const valid = Number.isSafeInteger(level) && level >= 0 && level <= 52 && Number.isSafeInteger(index) && index >= 0;
  if (!valid || !Number.isSafeInteger((index + 1) * 2 ** level)) {
    throw new LockstepError("OUT_OF_RANGE", `there is no subtree ${index} of level ${level}`);
  }
}

/** The caller's mistake of writing a block that does not follow the stored one would fork the log: refuse it. */
export function checkNext(head: Head | null, size: number, candidate: Candidate): void {
  const height = head === null ? 0n : head.height + 1n;
  const grown = size + candidate.leaves.length;
  if (candidate.head.height !== height || candidate.head.log.size !== grown || candidate.leaves.length === 0) {
    throw new LockstepError(
      "INTERNAL",
      `a block of height ${candidate.head.height} and log size ${candidate.head.log.size} can't follow here: ` +
        `height ${height} and log size ${grown} would`,
    );
  }
  if (candidate.subtrees.length !== subtreeCount(grown) - subtreeCount(size)) {
    throw new LockstepError(
      "INTERNAL",
      `a block with ${candidate.subtrees.length} subtrees can't be one of its leaves`,
    );
  }
}

/** The first leaf of a block, given the entry of the block before it. */
export function firstLeafOf(entryBefore: number | undefined): number {
  return entryBefore === undefined ? 0 : entryBefore + 1;
}
