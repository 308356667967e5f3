// Compiled modules, kept up to a number and a size, the least recently used leaving first.
import type { Prepared } from "./engine.ts";

/** Bounds of a cache of compiled modules. */
export const CACHE_LIMITS = {
  /** Modules: a worker serves a handful of deployments at a time. */
  modules: 32,
  /** Bytes of source modules together; engines need about ten times that for code and metadata. */
  sourceBytes: 64 * 1024 * 1024,
} as const;

interface Kept {
  readonly prepared: Prepared;
  readonly bytes: number;
}

/** What a module made ready is kept by: all that it depends on. */
export function cacheKey(call: { readonly profile: string; readonly abi: string; readonly module: string }): string {
  return `${call.profile} ${call.abi} ${call.module}`;
}

/** A bounded cache of modules made ready. */
export class ModuleCache {
  private readonly kept = new Map<string, Kept>();
  private bytes = 0;

  /** The module of that key; null when it is not here. */
  find(key: string): Prepared | null {
    const found = this.kept.get(key);
    if (found === undefined) return null;
    this.kept.delete(key);
    this.kept.set(key, found);
    return found.prepared;
  }

  /** Keeps a module whose source has so many bytes. A fault of the engine is not kept: it may pass. */
  keep(key: string, prepared: Prepared, bytes: number): Prepared {
    if (prepared.kind === "fault") return prepared;
    this.kept.set(key, { prepared, bytes });
    this.bytes += bytes;
    for (const [oldest, entry] of this.kept) {
      if (this.kept.size <= CACHE_LIMITS.modules && this.bytes <= CACHE_LIMITS.sourceBytes) break;
      this.kept.delete(oldest);
      this.bytes -= entry.bytes;
    }
    return prepared;
  }
}
