// The blob store: bytes named by their SHA-256. A name is a promise, so every read computes the digest again: a
// disk that lies is told as such and its bytes are never handed on.
import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  type BlobRef,
  type Crypto,
  cidOf,
  type Digest,
  equalBytes,
  hexEncode,
  isDigest,
  LockstepError,
} from "../../chain/protocol/index.ts";
import { diskError, readBounded, writeWhole } from "./files.ts";
import type { Home } from "./home.ts";
import { HOST_LIMITS } from "./limits.ts";

/** What a blob store may hold. */
export interface BlobLimits {
  readonly blobBytes: number;
  readonly quotaBytes: number;
}

const DEFAULTS: BlobLimits = { blobBytes: HOST_LIMITS.blobBytes, quotaBytes: HOST_LIMITS.blobQuotaBytes };

/** Blobs of a data directory. One process writes; the total is counted once at the start and kept. */
export class BlobStore {
  readonly #home: Home;
  readonly #crypto: Crypto;
  readonly #limits: BlobLimits;
  #total: number;

  constructor(home: Home, crypto: Crypto, limits: BlobLimits = DEFAULTS) {
    this.#home = home;
    this.#crypto = crypto;
    this.#limits = limits;
    this.#total = 0;
    for (const folder of list(home.blobs)) {
      for (const file of list(join(home.blobs, folder))) {
        const path = join(home.blobs, folder, file);
        if (isDigest(file)) this.#total += statSync(path).size;
        // Left over by a crash in the middle of a write.
        else if (file.endsWith(".tmp")) rmSync(path, { force: true });
      }
    }
  }

  /** The largest blob that it takes, in bytes. */
  get largest(): number {
    return this.#limits.blobBytes;
  }

  #path(digest: Digest): string {
    return join(this.#home.blobs, digest.slice(0, 2), digest);
  }

  /** Size of a blob, or null when it is not here. */
  size(digest: Digest): number | null {
    return statSync(this.#path(digest), { throwIfNoEntry: false })?.size ?? null;
  }

  /** Keeps bytes and names them; TOO_LARGE, QUOTA, STORAGE_FULL. Keeping the same bytes twice is once. */
  put(bytes: Uint8Array): BlobRef {
    if (bytes.length > this.#limits.blobBytes) {
      throw new LockstepError(
        "TOO_LARGE",
        `a blob has at most ${this.#limits.blobBytes} bytes, this has ${bytes.length}`,
      );
    }
    const digest = hexEncode(this.#crypto.sha256(bytes)) as Digest;
    // Looked at, not believed: putting a blob again is how one that the disk has spoiled is mended.
    if (this.#holds(digest, bytes)) return { sha256: digest, size: bytes.length };
    const held = this.size(digest);
    const total = this.#total - (held ?? 0) + bytes.length;
    if (total > this.#limits.quotaBytes) {
      throw new LockstepError(
        "QUOTA",
        `the blob store is full: it holds ${this.#total} of ${this.#limits.quotaBytes} bytes`,
      );
    }
    this.#home.ensure(join(this.#home.blobs, digest.slice(0, 2)));
    writeWhole(this.#path(digest), bytes, 0o600);
    this.#total = total;
    return { sha256: digest, size: bytes.length };
  }

  #holds(digest: Digest, bytes: Uint8Array): boolean {
    return this.size(digest) === bytes.length && equalBytes(readBounded(this.#path(digest), bytes.length), bytes);
  }

  /** The bytes of a blob; NOT_FOUND, or STORAGE_CORRUPT when the disk no longer holds what the name promises. */
  get(digest: Digest): Uint8Array {
    if (this.size(digest) === null) throw new LockstepError("NOT_FOUND", `blob ${cidOf(digest)} is not here`);
    const bytes = readBounded(this.#path(digest), this.#limits.blobBytes);
    if (hexEncode(this.#crypto.sha256(bytes)) !== digest) {
      throw new LockstepError("STORAGE_CORRUPT", `blob ${digest} is corrupted on disk; store it again to mend it`);
    }
    return bytes;
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    const told = diskError(error, path);
    if (told.code === "NOT_FOUND" || told.code === "INTERNAL") return [];
    throw told;
  }
}
