// Which process a container belongs to, as a word that can be asked later whether that process still lives.
import { readFileSync, readlinkSync } from "node:fs";

/** The word for a process of this machine: its namespace, its number, and when it began, which no other shares. */
export function lifeOf(pid: number): string | null {
  try {
    // What stands before the last bracket is the program's own to choose.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /su, "")
      .split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return null;
    return `${readlinkSync("/proc/self/ns/pid").replace(/\D/gu, "")}-${pid}-${fields[19]}`;
  } catch {
    return null;
  }
}

/** Whether the process of a word lives; false for one that is no such word, or of a namespace that can't be seen from here. */
export function lives(word: string): boolean {
  const pid = /^\d+-(\d+)-\d+$/u.exec(word)?.[1];
  return pid !== undefined && lifeOf(Number(pid)) === word;
}
