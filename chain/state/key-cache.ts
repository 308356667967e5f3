// Key hashes of path segments, remembered: an account's or job's segment is hashed once for many updates.
// It must stay bounded: segments are chosen by whoever sends transactions.
import { type Crypto, treeKey } from "../protocol/index.ts";

// Two generations of 2^17 at about 370 bytes each: at most 100 MB, and every key used among 100,000 accounts stays.
// A generation of 2^14 made random updates among so many a fifth slower.
const GENERATION = 128 * 1024;

/** A bounded memory of key hashes; what was not used for a generation is forgotten. */
export class KeyCache {
  readonly #crypto: Crypto;
  #young = new Map<string, Uint8Array>();
  #old = new Map<string, Uint8Array>();

  constructor(crypto: Crypto) {
    this.#crypto = crypto;
  }

  /** The key hash of a segment, 32 bytes, not to be changed. Errors are those of `treeKey`. */
  key(segment: string): Uint8Array {
    const known = this.#young.get(segment);
    if (known !== undefined) return known;
    const key = this.#old.get(segment) ?? treeKey(this.#crypto, segment);
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(segment, key);
    return key;
  }
}
