// How the log grows: which complete subtrees a block's leaves finish, in the order in which they are kept.
import { type Crypto, Frontier, leafHash } from "../protocol/index.ts";

/** The hashes of the subtrees that some leaves completed, in post-order, and the frontier after them. */
export interface Growth {
  readonly hashes: readonly Uint8Array[];
  readonly frontier: Frontier;
}

/** A frontier of its own with the same content: frontiers change when they grow. */
export function copyFrontier(crypto: Crypto, frontier: Frontier): Frontier {
  return Frontier.parse(crypto, frontier.serialize());
}

/** Appends leaves to a copy of a frontier. */
export function grow(crypto: Crypto, before: Frontier, leaves: readonly Uint8Array[]): Growth {
  const frontier = copyFrontier(crypto, before);
  const hashes: Uint8Array[] = [];
  for (const leaf of leaves) frontier.append(leafHash(crypto, leaf), (_level, _index, hash) => hashes.push(hash));
  return { hashes, frontier };
}
