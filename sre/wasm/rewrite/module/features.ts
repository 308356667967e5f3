// What a module uses that the profile at hand does not take, by name, and how to build without it. A person reads
// this at the end of their first attempt, so each says what to do.
import type { Feature } from "./types.ts";

/** A feature outside the base profile. */
export interface Outside {
  readonly feature: string;
  readonly remedy: string;
}

const row = (feature: string, remedy: string): Outside => ({ feature, remedy });

/** Features by their name in this folder. */
export const OUTSIDE = {
  threads: row("threads", "rebuild without -pthread"),
  relaxedSimd: row("relaxed SIMD", "rebuild without -mrelaxed-simd"),
  gc: row("garbage-collected types", "build for linear memory"),
  references: row("typed function references", "build for WebAssembly 2.0"),
  legacyExceptions: row(
    "the legacy form of exceptions",
    "rebuild with -mllvm -wasm-use-legacy-eh=false for a profile with exceptions, or without -fwasm-exceptions",
  ),
  pageSizes: row("custom page sizes", "rebuild with pages of 64 KiB"),
  wide: row("wide arithmetic", "rebuild without -mwide-arithmetic"),
  stackSwitching: row("stack switching", "rebuild without it"),
  component: row("components", "give the core module inside"),
} as const;

/** Optional features, which another profile may take. */
export const OPTIONAL: Readonly<Record<Feature, Outside>> = {
  memory64: row("memory64", "choose a profile with memory64, or build for wasm32"),
  "multi-memory": row("multi-memory", "choose a profile with multi-memory, or build with one memory"),
  exceptions: row("exceptions", "choose a profile with exceptions, or rebuild without -fwasm-exceptions"),
};

/** The feature of an opcode that the profile has no row for; null for one that means nothing anywhere. */
export function featureOfOpcode(prefix: number, number: number): Outside | null {
  if (prefix === 0xfe) return OUTSIDE.threads;
  if (prefix === 0xfb) return OUTSIDE.gc;
  if (prefix === 0xfd) return number >= 0x100 && number <= 0x12f ? OUTSIDE.relaxedSimd : null;
  if (prefix === 0xfc) return number >= 0x13 && number <= 0x16 ? OUTSIDE.wide : null;
  if ((number >= 0x06 && number <= 0x09) || number === 0x18 || number === 0x19) return OUTSIDE.legacyExceptions;
  if (number === 0x14 || number === 0x15 || (number >= 0xd4 && number <= 0xd6)) return OUTSIDE.references;
  if (number === 0xd3) return OUTSIDE.gc;
  return number >= 0xe0 && number <= 0xe6 ? OUTSIDE.stackSwitching : null;
}

/** The feature of a value type's or type definition's first byte; null for one that means nothing anywhere. */
export function featureOfType(byte: number): Outside | null {
  if (byte === 0x63 || byte === 0x64) return OUTSIDE.references;
  if (byte === 0x68 || byte === 0x75 || byte === 0x5d) return OUTSIDE.stackSwitching;
  if (byte === 0x4e || byte === 0x4f || byte === 0x50 || byte === 0x5e || byte === 0x5f) return OUTSIDE.gc;
  return (byte >= 0x65 && byte <= 0x67) || (byte >= 0x6a && byte <= 0x6e) || (byte >= 0x71 && byte <= 0x74)
    ? OUTSIDE.gc
    : null;
}
