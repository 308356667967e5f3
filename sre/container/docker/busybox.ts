// The static busybox that the host lends to containers: its shell and tar pass a job's files in and out of any image.
import { closeSync, openSync, readSync } from "node:fs";
import { delimiter, join } from "node:path";
import { LockstepError } from "../../../chain/protocol/index.ts";

const HEAD_BYTES = 4096;
/** The kind of program header that names a loader: a program with one is not static. */
const INTERPRETER = 3;

/** The first static busybox on a path of folders such as `PATH`. NOT_FOUND where there is none. */
export function findBusybox(path: string): string {
  const found = path.split(delimiter).map((folder) => join(folder || ".", "busybox"));
  const usable = found.find(isStatic);
  if (usable !== undefined) return usable;
  throw new LockstepError("NOT_FOUND", "containers need a static busybox, and none is in PATH; install busybox-static");
}

/** Whether a file is a program of 64 bits, little-endian, without a loader. */
function isStatic(file: string): boolean {
  const head = headOf(file);
  if (head.length < 64 || head.toString("latin1", 1, 4) !== "ELF" || head[4] !== 2 || head[5] !== 1) return false;
  const [start, size, count] = [Number(head.readBigUInt64LE(32)), head.readUInt16LE(54), head.readUInt16LE(56)];
  const ends = start + size * count;
  if (ends > head.length) return false;
  return Array.from({ length: count }, (_, at) => head.readUInt32LE(start + at * size)).every(
    (kind) => kind !== INTERPRETER,
  );
}

/** The beginning of a file; nothing when it can't be read. */
function headOf(file: string): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  try {
    const handle = openSync(file, "r");
    try {
      return head.subarray(0, readSync(handle, head));
    } finally {
      closeSync(handle);
    }
  } catch {
    return head.subarray(0, 0);
  }
}
