// The walls around one worker, as they are claimed in receipts: the outer ones from the proof, the others seen on the
// process itself.
import { readFileSync } from "node:fs";
import type { Wall } from "../../../../chain/protocol/index.ts";
import type { Walls } from "./start.ts";
import { TRY_NAMES, type Try } from "./tries.ts";

/** Whether the kernel has noted on the process that it gains no privileges; false where that can't be read. */
function gainsNothing(pid: number): boolean {
  try {
    return /^NoNewPrivs:\t1$/m.test(readFileSync(`/proc/${pid}/status`, "latin1"));
  } catch {
    return false;
  }
}

/** The walls around a worker, outermost first. `refused` is what the worker itself saw the permission model refuse. */
export function wallsAround({ namespaces, filter }: Walls, pid: number, refused: readonly Try[]): readonly Wall[] {
  const walls: Wall[] = ["process"];
  if (namespaces) walls.push("namespaces");
  if (gainsNothing(pid)) walls.push("no-new-privileges");
  if (filter !== null) walls.push("seccomp");
  if (TRY_NAMES.every((name) => refused.includes(name))) walls.push("node-permission");
  return walls;
}
