// Reads source and modules from disk into memory, within limits. Symbolic links are not followed: the source is what
// lies in the folder, so that the same folder builds the same module elsewhere.
import {
  closeSync,
  type Dir,
  type Dirent,
  opendirSync,
  openSync,
  readFileSync,
  readSync,
  type Stats,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { LockstepError } from "../../chain/protocol/index.ts";
import { fileError } from "./file-error.ts";
import { BUILD_LIMITS } from "./limits.ts";

/** Bytes of a beginning: what the header of a tar has. */
const HEAD_BYTES = 512;

/** Every file below a folder that `isSource` takes, by relative path; without `node_modules` and hidden names. */
export function readSource(folder: string, isSource: (path: string) => boolean): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  let bytes = 0;
  for (const relative of filesBelow(folder)) {
    if (!isSource(relative)) continue;
    if (files.size === BUILD_LIMITS.files) {
      throw new LockstepError("TOO_LARGE", `${folder} has more than ${BUILD_LIMITS.files} source files`);
    }
    const content = readSourceFile(join(folder, relative), relative);
    bytes += content.length;
    if (bytes > BUILD_LIMITS.sourceBytes) {
      throw new LockstepError("TOO_LARGE", `the source in ${folder} is over ${BUILD_LIMITS.sourceBytes} bytes`);
    }
    files.set(relative, content);
  }
  return files;
}

/** One source file, known in the project as `relative`. */
export function readSourceFile(file: string, relative: string): Uint8Array {
  // Control characters and backslashes would make the source digest's lines ambiguous.
  if (/[\\\p{Cc}]/u.test(relative)) {
    throw new LockstepError("BUILD_FAILED", `${JSON.stringify(relative)} is not a usable name for a source file`);
  }
  return readBounded(file, BUILD_LIMITS.fileBytes, "a source file");
}

/** Relative paths of the files below a folder, with forward slashes, in no promised order. */
function* filesBelow(folder: string): Generator<string> {
  const pending = [""];
  let visits = 0;
  for (let prefix = pending.pop(); prefix !== undefined; prefix = pending.pop()) {
    const handle = openFolder(join(folder, prefix));
    try {
      for (let item: Dirent | null = handle.readSync(); item !== null; item = handle.readSync()) {
        if (++visits > BUILD_LIMITS.visits) {
          throw new LockstepError("TOO_LARGE", `${folder} holds more than ${BUILD_LIMITS.visits} files and folders`);
        }
        if (item.name.startsWith(".") || item.name === "node_modules") continue;
        const relative = prefix + item.name;
        if (item.isFile()) yield relative;
        if (!item.isDirectory()) continue;
        if (relative.split("/").length > BUILD_LIMITS.depth) {
          throw new LockstepError("TOO_LARGE", `${join(folder, relative)} is nested deeper than ${BUILD_LIMITS.depth}`);
        }
        pending.push(`${relative}/`);
      }
    } finally {
      handle.closeSync();
    }
  }
}

function openFolder(path: string): Dir {
  try {
    return opendirSync(path);
  } catch (error) {
    throw fileError(error, "read", path);
  }
}

/** A file's bytes; TOO_LARGE over the limit, which `what` names in the message, BUILD_FAILED for what is no file. */
export function readBounded(file: string, limit: number, what: string): Uint8Array {
  const tooLarge = () =>
    new LockstepError("TOO_LARGE", `${file} is over the limit of ${limit} bytes for ${what}`, { limit });
  try {
    const stats = statSync(file);
    // A device or pipe in a stranger's folder has no end, or never begins.
    if (!stats.isFile())
      throw new LockstepError("BUILD_FAILED", `${file} is no regular file; what is built is read whole`);
    if (stats.size > limit) throw tooLarge();
    const bytes = new Uint8Array(readFileSync(file));
    // The file may have grown since.
    if (bytes.length > limit) throw tooLarge();
    return bytes;
  } catch (error) {
    throw fileError(error, "read", file);
  }
}

/** How a file begins: what tells one format from another. */
export function readHead(file: string): Uint8Array {
  try {
    const handle = openSync(file, "r");
    try {
      const head = new Uint8Array(HEAD_BYTES);
      return head.subarray(0, readSync(handle, head));
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    throw fileError(error, "read", file);
  }
}

/** What a path is; NOT_FOUND when there is nothing. */
export function statOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw fileError(error, "read", path);
  }
}
