// Programs of several rewritten modules that share counters: instances are made in order, each taking its imports from
// those before it, wasm to wasm.
import {
  LINK_IMPORTS,
  LINK_MODULE,
  type Linking,
  mostImport,
  type Rewritten,
  rewrite,
} from "../../../sre/wasm/rewrite/index.ts";
import type { Ended, Means } from "./meter.ts";
import { wat } from "./wat.ts";

const PLENTY = 2n ** 50n;
const LEAST = -(2n ** 63n);

/** A part of a program: its name, under which later parts import from it, and its text or bytes. */
export type Part = readonly [name: string, source: string | Uint8Array];

/** A program's counters and its parts' exports. */
export interface Program {
  readonly counters: Readonly<Record<keyof typeof LINK_IMPORTS, WebAssembly.Global>>;
  readonly exports: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** A module rewritten to be linked; throws with the refusal's message. */
export function rewrittenLinked(source: string | Uint8Array): Rewritten & { readonly linking: Linking } {
  const options = { refuseImport: () => null, keepExport: () => true, linked: true };
  const result = rewrite(typeof source === "string" ? wat(source) : source, options);
  if (result.kind === "refused") throw new Error(result.refusal.message);
  return { ...result.module, linking: result.module.linking! };
}

/** Makes the instances of a program; starts of modules run when all counters are set. */
export function link(parts: readonly Part[], means: Means & { readonly elements?: number } = {}): Program {
  const counter = (value: "i32" | "i64", start: number | bigint) =>
    new WebAssembly.Global({ value, mutable: true }, start);
  const counters = {
    fuel: counter("i64", means.fuel ?? PLENTY),
    stack: counter("i32", means.stack ?? 262_144),
    end: counter("i32", 0),
    pages: counter("i32", means.pages ?? 65_536),
    elements: counter("i32", means.elements ?? 1_000_000),
  };
  const exports: Record<string, Readonly<Record<string, unknown>>> = {};
  /** True maxima of memories and tables by the object that crosses. */
  const most = new Map<unknown, bigint>();
  for (const [name, source] of parts) {
    const part = rewrittenLinked(source);
    const imports: Record<string, Record<string, unknown>> = { ...means.imports, ...exports } as never;
    const ours: Record<string, unknown> = {};
    for (const key of Object.keys(LINK_IMPORTS) as (keyof typeof LINK_IMPORTS)[])
      ours[LINK_IMPORTS[key]] = counters[key];
    for (const kind of ["memory", "table"] as const) {
      const spaces = kind === "memory" ? part.linking.memories : part.linking.tables;
      spaces.forEach(({ from, grows }, index) => {
        if (from === null || !grows) return;
        const maximum = most.get(imports[from[0]]![from[1]])!;
        ours[mostImport(kind, index)] = new WebAssembly.Global({ value: "i64", mutable: false }, maximum);
      });
    }
    const instance = new WebAssembly.Instance(new WebAssembly.Module(part.bytes), {
      ...imports,
      [LINK_MODULE]: ours,
    } as never);
    for (const { name: exported, kind, index } of part.exports) {
      if (kind !== "memory" && kind !== "table") continue;
      const { from, maximum } = (kind === "memory" ? part.linking.memories : part.linking.tables)[index]!;
      if (from === null) most.set(instance.exports[exported], maximum === null ? 2n ** 53n : BigInt(maximum));
    }
    (instance.exports[".start"] as (() => void) | undefined)?.();
    exports[name] = instance.exports;
  }
  return { counters, exports };
}

/** Calls an export `part.name` in a fresh program. */
export function callLinked(
  parts: readonly Part[],
  entry: string,
  args: readonly unknown[] = [],
  means: Means & { readonly elements?: number } = {},
): Omit<Ended, "exports"> & Program {
  const program = link(parts, means);
  const [part, name] = entry.split(".") as [string, string];
  const { counters } = program;
  const before = counters.fuel.value as bigint;
  let value: unknown;
  let failed: unknown = null;
  try {
    value = (program.exports[part]![name] as (...values: unknown[]) => unknown)(...args);
  } catch (error) {
    failed = error;
  }
  const fuel = counters.fuel.value as bigint;
  const stack = counters.stack.value as number;
  const past = fuel === LEAST ? "fault" : fuel < 0n ? "out-of-fuel" : stack < 0 ? "stack" : null;
  const end = past ?? (failed === null ? "ok" : failed instanceof WebAssembly.RuntimeError ? "trap" : "thrown");
  return { end, value, used: before - fuel, ...program };
}
