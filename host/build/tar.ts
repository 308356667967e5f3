// Reads the files out of a tar archive in the ustar form, within limits: what npm packages of interpreters carry their
// standard library in.
import { LockstepError } from "../../chain/protocol/index.ts";

const BLOCK = 512;
const REGULAR = ["0", "\0"];

/** The regular files of an archive by path; BUILD_FAILED when it is cut short or names a path outside. */
export function untar(archive: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (let at = 0; at + BLOCK <= archive.length && archive[at] !== 0; ) {
    const text = (from: number, length: number) =>
      Buffer.from(archive.subarray(at + from, at + from + length))
        .toString("latin1")
        .replace(/\0.*$/s, "");
    const size = Number.parseInt(text(124, 12).trim() || "0", 8);
    const begin = at + BLOCK;
    if (!(begin + size <= archive.length)) throw new LockstepError("BUILD_FAILED", "the archive is cut short");
    const path = [text(345, 155), text(0, 100)]
      .filter((part) => part !== "")
      .join("/")
      .replace(/^\.\//, "");
    if (REGULAR.includes(String.fromCharCode(archive[at + 156]!))) {
      if (path.startsWith("/") || path.split("/").includes("..")) {
        throw new LockstepError("BUILD_FAILED", `the archive holds a file outside: ${JSON.stringify(path)}`);
      }
      files.set(path, archive.slice(begin, begin + size));
    }
    at = begin + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}
