// Modules made ready, kept by content and ABI up to a number and a size, the least recently used leaving first.
import type { Abi } from "./abi/index.ts";
import { type Prepared, prepare } from "./engine.ts";

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

/** A bounded cache of modules made ready. */
export class ModuleCache {
  private readonly kept = new Map<string, Kept>();
  private bytes = 0;

  /** The module of that digest for that ABI; null when it is not here. */
  find(digest: string, abi: string): Prepared | null {
    const key = `${abi} ${digest}`;
    const found = this.kept.get(key);
    if (found === undefined) return null;
    this.kept.delete(key);
    this.kept.set(key, found);
    return found.prepared;
  }

  /** Makes a module ready and keeps it. A fault of the engine is not kept: it may pass. */
  add(digest: string, abi: Abi, source: Uint8Array): Prepared {
    const prepared = prepare(source, abi);
    if (prepared.kind === "fault") return prepared;
    this.kept.set(`${abi.name} ${digest}`, { prepared, bytes: source.length });
    this.bytes += source.length;
    for (const [key, entry] of this.kept) {
      if (this.kept.size <= CACHE_LIMITS.modules && this.bytes <= CACHE_LIMITS.sourceBytes) break;
      this.kept.delete(key);
      this.bytes -= entry.bytes;
    }
    return prepared;
  }
}
