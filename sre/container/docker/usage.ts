// What a container took, as the kernel counted it: a control group of its own is made before it and read after its end,
// when the engine has removed its own group but not this one around it.
import { mkdirSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import type { Usage } from "../../core/index.ts";

const ROOT = "/sys/fs/cgroup";
/** Hierarchies of version 1 that count what is wanted. */
const COUNTERS = { cpu: "cpuacct", memory: "memory" } as const;

/** A control group around one container. */
export interface Account {
  readonly name: string;
  /** Its path, as the engine wants a container's parent. */
  readonly parent: string;
  /** What was counted; null when the kernel does not say. */
  read(): Usage | null;
  /** Removes the group; one that is still in use stays. */
  close(): void;
}

/** Removes the groups that begin with a prefix and that nothing runs in: what a crash left. */
export function closeAccounts(prefix: string, kept: ReadonlySet<string>): void {
  const unified = there(join(ROOT, "cgroup.controllers"));
  const folder = unified ? ROOT : join(ROOT, COUNTERS.memory);
  for (const name of namesIn(folder)) if (name.startsWith(prefix) && !kept.has(name)) closeAll(name, unified);
}

/** Makes a group of that name; null where this machine lets nobody, or where the engine leaves groups to systemd. */
export function openAccount(name: string, driver: string): Account | null {
  if (driver !== "cgroupfs") return null;
  const parent = `/${name}`;
  const unified = there(join(ROOT, "cgroup.controllers"));
  const folders = unified ? [ROOT] : Object.values(COUNTERS).map((hierarchy) => join(ROOT, hierarchy));
  try {
    for (const folder of folders) mkdirSync(join(folder, name));
  } catch {
    closeAll(name, unified);
    return null;
  }
  return {
    name,
    parent,
    read: () => (unified ? readUnified(join(ROOT, name)) : readSplit(name)),
    close: () => closeAll(name, unified),
  };
}

function readUnified(folder: string): Usage | null {
  const micros = /^usage_usec (\d+)$/mu.exec(text(join(folder, "cpu.stat")))?.[1];
  return usageOf(micros === undefined ? null : BigInt(micros), text(join(folder, "memory.peak")));
}

function readSplit(name: string): Usage | null {
  const nanos = text(join(ROOT, COUNTERS.cpu, name, "cpuacct.usage"));
  const micros = /^\d+$/u.test(nanos) ? BigInt(nanos) / 1000n : null;
  return usageOf(micros, text(join(ROOT, COUNTERS.memory, name, "memory.max_usage_in_bytes")));
}

function usageOf(cpuUs: bigint | null, peak: string): Usage | null {
  const peakBytes = /^\d{1,15}$/u.test(peak) ? Number(peak) : null;
  return cpuUs === null || peakBytes === null ? null : { cpuUs, peakBytes };
}

/** In version 1 the engine makes the same path in every other hierarchy too. */
function closeAll(name: string, unified: boolean): void {
  const folders = unified ? [ROOT] : namesIn(ROOT).map((hierarchy) => join(ROOT, hierarchy));
  for (const folder of folders) {
    try {
      rmdirSync(join(folder, name));
    } catch {}
  }
}

/** What lies in a folder; nothing when it can't be read. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** A file's text; empty when it can't be read. */
function text(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}

function there(path: string): boolean {
  return text(path) !== "";
}
