// Files written whole or not at all, and disk errors told as what they are. A crash between any two steps leaves
// either the old file or the new one.
import { randomBytes } from "node:crypto";
import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { LockstepError } from "../../chain/protocol/index.ts";

/** Node's error code of a caught value, or an empty string. */
export function errnoOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** Translates a disk error about `path` to one of our codes; returns, for `throw`. */
export function diskError(error: unknown, path: string): LockstepError {
  if (error instanceof LockstepError) return error;
  switch (errnoOf(error)) {
    case "ENOENT":
      return new LockstepError("NOT_FOUND", `there is no file ${path}; check the path`);
    case "ENOSPC":
    case "EDQUOT":
      return new LockstepError(
        "STORAGE_FULL",
        `the disk is full: ${path} could not be written; free some space and try again`,
      );
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new LockstepError("USAGE", `no permission for ${path}; check who owns it and its mode`);
    case "ENOTDIR":
      return new LockstepError("USAGE", `${path} can't be: a part of that path is a file; choose another`);
    case "EISDIR":
      return new LockstepError("USAGE", `${path} is a directory; name a file`);
    default:
      return new LockstepError("INTERNAL", `${path} could not be used (${errnoOf(error) || "unknown error"})`);
  }
}

/** Reads until the end, at most one byte more than allowed: devices and pipes have no size to go by. */
function readAtMost(descriptor: number, most: number): Uint8Array {
  const { size } = fstatSync(descriptor);
  let bytes = new Uint8Array(Math.min(size, most) + 1);
  for (let at = 0; ; ) {
    const count = readSync(descriptor, bytes, at, bytes.length - at, null);
    at += count;
    if (count === 0 || at > most) return bytes.subarray(0, at);
    if (at < bytes.length) continue;
    const grown = new Uint8Array(Math.min(2 * at, most) + 1);
    grown.set(bytes);
    bytes = grown;
  }
}

/** Reads a file of at most `maxBytes`, whatever kind of file it is; NOT_FOUND, TOO_LARGE, USAGE. */
export function readBounded(path: string, maxBytes: number): Uint8Array {
  try {
    const descriptor = openSync(path, "r");
    try {
      const bytes = readAtMost(descriptor, maxBytes);
      if (bytes.length <= maxBytes) return bytes;
      throw new LockstepError("TOO_LARGE", `${path} has more than the ${maxBytes} bytes allowed`);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw diskError(error, path);
  }
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
}

function syncDirectory(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** How a new file meets one that is already there: it takes its place, or it is refused (`EEXIST`). */
export type Existing = "replace" | "refuse";
/** What a power cut may not undo: the file under its name, or only that a file found under the name is whole. */
export type Durable = "name" | "content";

/** How to write a file. */
export interface Writing {
  readonly existing?: Existing;
  readonly durable?: Durable;
}

/**
 * Writes a file: to a temporary beside it, synced, then moved into place, and unless told otherwise the folder synced.
 * STORAGE_FULL when the disk is, with no trace left; USAGE when the file exists and may not be replaced.
 */
export function writeWhole(path: string, bytes: Uint8Array, mode: number, writing: Writing = {}): void {
  const { existing = "replace", durable = "name" } = writing;
  // Random, since a process id comes again: in a container the next start has the same, and would trip over what a
  // crash left.
  const temporary = `${path}.${randomBytes(8).toString("hex")}.tmp`;
  try {
    const descriptor = openSync(temporary, "wx", mode);
    try {
      writeAll(descriptor, bytes);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    // A link fails where a file already is, a rename replaces it: both are atomic.
    if (existing === "refuse") {
      linkSync(temporary, path);
      unlinkSync(temporary);
    } else renameSync(temporary, path);
    if (durable === "name") syncDirectory(dirname(path));
  } catch (error) {
    rmSync(temporary, { force: true });
    if (errnoOf(error) === "ENOENT")
      throw new LockstepError("NOT_FOUND", `there is no folder ${dirname(path)}; make it first`);
    if (errnoOf(error) === "EEXIST") throw new LockstepError("USAGE", `${path} exists already and is not overwritten`);
    throw diskError(error, path);
  }
}
