// What the API serves: the parts of a node, as interfaces, so that the API decides nothing itself.
import type { Orderer } from "../../chain/consensus/index.ts";
import type { BlobRef, Crypto, Digest, Genesis, NoteKey, Path, TreeProof } from "../../chain/protocol/index.ts";
import type { LedgerStore } from "../../chain/store/index.ts";

/** Blobs by content. */
export interface Blobs {
  /** The largest blob that is taken, in bytes. */
  readonly largest: number;
  /** Keeps bytes; TOO_LARGE, QUOTA, STORAGE_FULL. */
  put(bytes: Uint8Array): BlobRef;
  /** Checked bytes; NOT_FOUND, STORAGE_CORRUPT. */
  get(digest: Digest): Uint8Array;
  /** Size in bytes, or null when it is not here. */
  size(digest: Digest): number | null;
}

/** Proofs of committed state. */
export interface Prover {
  /** The value at a path or null, and the proof of it under the newest block's state root. */
  prove(path: Path): { readonly value: Uint8Array | null; readonly proof: TreeProof };
}

/** Everything the API needs of a node. */
export interface Backend {
  readonly crypto: Crypto;
  readonly genesis: Genesis;
  readonly chain: Digest;
  readonly orderer: Orderer;
  readonly store: LedgerStore;
  readonly prover: Prover;
  readonly blobs: Blobs;
  readonly logKey: NoteKey;
  /** Name and version of the software, such as `lockstep/0.1.0`. */
  readonly software: string;
}
