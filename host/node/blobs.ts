// The blob store: bytes named by their SHA-256. A name is a promise, so every read computes the digest again: a
// disk that lies is told as such and its bytes are never handed on.
// Anyone may store blobs, so they give way, oldest first, when others need the room, unless they are promised: what a
// paid transaction names is. A file's time says until when; promises that ran out are noticed at the next start.
import { readdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import {
  type BlobRef,
  type Crypto,
  cidOf,
  type Digest,
  digestOfBytes,
  equalBytes,
  isDigest,
  LockstepError,
} from "../../chain/protocol/index.ts";
import { diskError, errnoOf, readBounded, writeWhole } from "./files.ts";
import type { Home } from "./home.ts";
import { HOST_LIMITS } from "./limits.ts";

/** What a blob store may hold. */
export interface BlobLimits {
  readonly blobBytes: number;
  readonly quotaBytes: number;
}

const DEFAULTS: BlobLimits = { blobBytes: HOST_LIMITS.blobBytes, quotaBytes: HOST_LIMITS.blobQuotaBytes };

const counted = (size: number): number => Math.max(size, HOST_LIMITS.blobLeastBytes);

/** Blobs of a data directory. One process writes; the total is counted once at the start and kept. */
export class BlobStore {
  readonly #home: Home;
  readonly #crypto: Crypto;
  readonly #limits: BlobLimits;
  /** Blobs that nobody was promised, oldest first, with what they count. */
  readonly #loose = new Map<Digest, number>();
  #looseTotal = 0;
  #total = 0;

  constructor(home: Home, crypto: Crypto, limits: BlobLimits = DEFAULTS) {
    this.#home = home;
    this.#crypto = crypto;
    this.#limits = limits;
    const found: { digest: Digest; size: number; time: number }[] = [];
    for (const folder of list(home.blobs)) {
      for (const file of list(join(home.blobs, folder))) {
        const path = join(home.blobs, folder, file);
        if (isDigest(file)) {
          const { mtimeMs, size } = statSync(path);
          found.push({ digest: file, size: counted(size), time: mtimeMs });
        } else if (file.endsWith(".tmp")) {
          // Left over by a crash in the middle of a write.
          rmSync(path, { force: true });
        }
      }
    }
    const now = Date.now();
    for (const { digest, size, time } of found.sort((a, b) => a.time - b.time)) {
      this.#total += size;
      // The file's time is finer than the clock: what came in this very millisecond would seem promised.
      if (Math.floor(time) <= now) this.#loosen(digest, size);
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
    const digest = digestOfBytes(this.#crypto, bytes);
    // Looked at, not believed: putting a blob again is how one that the disk has spoiled is mended.
    if (this.#holds(digest, bytes)) return { sha256: digest, size: bytes.length };
    const until = this.#until(digest);
    this.#forget(digest);
    this.#makeRoom(counted(bytes.length));
    this.#home.ensure(join(this.#home.blobs, digest.slice(0, 2)));
    // What a power cut takes away can be stored again; what it leaves is whole or told as spoiled.
    writeWhole(this.#path(digest), bytes, 0o600, { durable: "content" });
    this.#total += counted(bytes.length);
    this.#loosen(digest, counted(bytes.length));
    this.promise(digest, until);
    return { sha256: digest, size: bytes.length };
  }

  /** Promises to keep a blob until a time in ms since 1970, or longer if that was promised; nothing when it is not here. */
  promise(digest: Digest, until: number): void {
    const path = this.#path(digest);
    const held = statSync(path, { throwIfNoEntry: false });
    if (held === undefined || held.mtimeMs >= until) return;
    utimesSync(path, until / 1000, until / 1000);
    this.#tighten(digest);
  }

  /** Until when a blob is promised; the time of its arrival when it is not, 0 when it is not here. */
  #until(digest: Digest): number {
    return statSync(this.#path(digest), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  }

  #loosen(digest: Digest, size: number): void {
    this.#loose.set(digest, size);
    this.#looseTotal += size;
  }

  #tighten(digest: Digest): void {
    this.#looseTotal -= this.#loose.get(digest) ?? 0;
    this.#loose.delete(digest);
  }

  /** Lets loose blobs go, oldest first, until so much more fits; QUOTA when not even all of them would do. */
  #makeRoom(more: number): void {
    const { quotaBytes } = this.#limits;
    const promised = this.#total - this.#looseTotal;
    if (promised + more > quotaBytes) {
      throw new LockstepError("QUOTA", `the blob store is full: ${promised} of ${quotaBytes} bytes are promised`);
    }
    for (const digest of this.#loose.keys()) {
      if (this.#total + more <= quotaBytes) return;
      this.#forget(digest);
    }
  }

  /** Removes a blob if it is here. */
  #forget(digest: Digest): void {
    const size = this.size(digest);
    if (size === null) return;
    rmSync(this.#path(digest));
    this.#total -= counted(size);
    this.#tighten(digest);
  }

  #holds(digest: Digest, bytes: Uint8Array): boolean {
    return this.size(digest) === bytes.length && equalBytes(readBounded(this.#path(digest), bytes.length), bytes);
  }

  /** The bytes of a blob; NOT_FOUND, or STORAGE_CORRUPT when the disk no longer holds what the name promises. */
  get(digest: Digest): Uint8Array {
    if (this.size(digest) === null) throw new LockstepError("NOT_FOUND", `blob ${cidOf(digest)} is not here`);
    const bytes = readBounded(this.#path(digest), this.#limits.blobBytes);
    if (digestOfBytes(this.#crypto, bytes) !== digest) {
      throw new LockstepError("STORAGE_CORRUPT", `blob ${digest} is corrupted on disk; store it again to mend it`);
    }
    return bytes;
  }
}

/** What lies in a folder; nothing where there is none, or something else that we did not put there. */
function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errnoOf(error))) return [];
    throw diskError(error, path);
  }
}
