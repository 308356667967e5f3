// What a worker tries itself before it reads its first job, to see Node's permission model refuse it. Nothing of a
// guest has run yet, so its word is good.
import { openSync } from "node:fs";

const module = <Name extends "child_process" | "worker_threads">(name: Name) => process.getBuiltinModule(name);

/** Each try does no harm where it succeeds; the binary of this very Node is a file that is surely there. */
const TRIES = {
  read: () => openSync(process.execPath, "r"),
  write: () => openSync(process.execPath, "r+"),
  spawn: () => module("child_process").spawnSync(process.execPath, ["--version"]),
  thread: () => new (module("worker_threads").Worker)("", { eval: true }),
} as const satisfies Readonly<Record<string, () => unknown>>;

/** A thing that the permission model must refuse. */
export type Try = keyof typeof TRIES;
/** All of them. */
export const TRY_NAMES = Object.keys(TRIES) as readonly Try[] as readonly [Try, ...Try[]];

/** Those that the permission model refused in this process; that a file is not there is no refusal. */
export function refusedHere(): readonly Try[] {
  if (process.permission === undefined) return [];
  return TRY_NAMES.filter((name) => {
    try {
      TRIES[name]();
      return false;
    } catch (error) {
      return (error as { readonly code?: unknown }).code === "ERR_ACCESS_DENIED";
    }
  });
}
