// Runs single functions of rewritten modules, so that a test can count the fuel by hand.
import { expect } from "vitest";
import { type Rewritten, rewrite } from "../../../sre/wasm/rewrite/index.ts";
import { wat } from "./wat.ts";

/** Fuel, stack metric and pages that a run begins with. */
export interface Means {
  readonly fuel?: bigint;
  readonly stack?: number;
  readonly pages?: number;
  readonly imports?: WebAssembly.Imports;
}

/** How one call ended, and what is left. */
export interface Ended {
  readonly end: "ok" | "trap" | "out-of-fuel" | "stack" | "fault" | "thrown";
  /** A function's result, an array of several. */
  readonly value: unknown;
  readonly used: bigint;
  readonly exports: Readonly<Record<string, unknown>>;
}

const PLENTY = 2n ** 50n;
const LEAST = -(2n ** 63n);

/** A module after rewriting; text is parsed first. */
function metered(source: string | Uint8Array): Rewritten {
  const result = rewrite(typeof source === "string" ? wat(source) : source, {
    refuseImport: () => null,
    keepExport: () => true,
  });
  if (result.kind === "refused") throw new Error(result.refusal.message);
  return result.module;
}

/** A module's bytes after rewriting; text is parsed first. */
export const rewritten = (source: string | Uint8Array): Uint8Array => metered(source).bytes;

/** Fuel for making an instance of a module (SPEC rule F15). */
export const instanceFuel = (source: string | Uint8Array): bigint => BigInt(metered(source).instanceCost);

/** Makes an instance and sets its counters. */
export function start(source: string | Uint8Array, means: Means = {}): Readonly<Record<string, unknown>> {
  const module = new WebAssembly.Module(rewritten(source));
  const { exports } = new WebAssembly.Instance(module, means.imports ?? {});
  const set = (name: string, value: bigint | number) => {
    (exports[name] as WebAssembly.Global<bigint | number>).value = value;
  };
  set(".fuel", means.fuel ?? PLENTY);
  set(".stack", means.stack ?? 262_144);
  set(".pages", means.pages ?? 65_536);
  return exports;
}

/** Calls the guest's export `name` in a fresh instance. */
export function call(
  source: string | Uint8Array,
  name: string,
  args: readonly unknown[] = [],
  means: Means = {},
): Ended {
  const exports = start(source, means);
  const limit = means.fuel ?? PLENTY;
  let value: unknown;
  let failed: unknown = null;
  try {
    value = (exports[name] as (...values: unknown[]) => unknown)(...args);
  } catch (error) {
    failed = error;
  }
  const fuel = (exports[".fuel"] as WebAssembly.Global<bigint>).value;
  const stack = (exports[".stack"] as WebAssembly.Global<number>).value;
  const broken = failed instanceof WebAssembly.RuntimeError ? "trap" : "thrown";
  const past = fuel === LEAST ? "fault" : fuel < 0n ? "out-of-fuel" : stack < 0 ? "stack" : null;
  const end = past ?? (failed === null ? "ok" : broken);
  return { end, value, used: limit - fuel, exports };
}

/** Asserts that a call costs so much, ends well with just that limit, and runs out with one less (SPEC rule F1). */
export function costs(source: string | Uint8Array, name: string, args: readonly unknown[], fuel: number): void {
  const ended = call(source, name, args);
  expect([ended.end, ended.used]).toEqual(["ok", BigInt(fuel)]);
  expect(call(source, name, args, { fuel: BigInt(fuel) })).toMatchObject({ end: "ok", value: ended.value });
  expect(call(source, name, args, { fuel: BigInt(fuel - 1) }).end).toBe("out-of-fuel");
}
