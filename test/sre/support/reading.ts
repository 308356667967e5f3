// The validator as tests ask it: refused why and where, or taken.
import { FEATURES, type Feature, type ModuleRead, readModule } from "../../../sre/wasm/rewrite/module/index.ts";
import { type Refusal, Refused } from "../../../sre/wasm/rewrite/refusal.ts";

/** A profile of everything, and one of nothing but the base. */
export const EVERYTHING: ReadonlySet<Feature> = new Set(FEATURES);
export const BASE: ReadonlySet<Feature> = new Set();

/** Why a module is refused, or null when it is taken. */
export function refusal(module: Uint8Array, allowed: ReadonlySet<Feature> = EVERYTHING): Refusal | null {
  try {
    readModule(module, allowed);
    return null;
  } catch (error) {
    if (error instanceof Refused) return error.refusal;
    throw error;
  }
}

/** Reads a module that must be taken. */
export function read(module: Uint8Array, allowed: ReadonlySet<Feature> = EVERYTHING): ModuleRead {
  return readModule(module, allowed);
}
