// What every guest ABI offers the engine: which imports it gives, how its entries look, and how a value crosses.

import type { Host } from "../host.ts";
import type { FunctionImport, FunctionType, ModuleExport } from "../rewrite/index.ts";

/** How one entry is to be called. */
export interface Entry {
  /** The exported function. */
  readonly name: string;
  /** How input and output cross, in the ABI's own words. */
  readonly convention: string;
}

/** An instance: its own exports, ours among them, and what the ABI's helpers made of them. */
export interface Guest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly surface: Readonly<Record<string, unknown>>;
}

/** A host function that an ABI offers, with the type that the guest sees. */
export type Offer = Pick<FunctionImport, "module" | "name" | "type">;

/** A guest ABI. Everything here is part of the profile. */
export interface Abi {
  readonly name: string;
  /** Host functions offered. */
  readonly imports: readonly Offer[];
  /** Why a module with these exports does not fit, or null when it does. */
  misfit(exports: readonly ModuleExport[]): string | null;
  /** The entries that a fitting module has, as a call would spell them. */
  entries(exports: readonly ModuleExport[]): readonly string[];
  /** The entry that a call names, or null. */
  entry(exports: readonly ModuleExport[], name: string): Entry | null;
  /** Whether the host needs to see an export. */
  keeps(candidate: ModuleExport): boolean;
  /** The import object's functions, acting for a host. Floats come and go as the integers of their bits. */
  bind(host: Host): WebAssembly.Imports;
  /** Instantiates; only active segments act, no guest function runs. */
  instantiate(module: WebAssembly.Module, imports: WebAssembly.Imports): Guest;
  /**
   * Passes the input, runs the entry, takes the output. Throws `GuestEnded` when the guest breaks the contract or
   * passes the output limit; what the guest's own code throws goes through.
   */
  invoke(guest: Guest, entry: Entry, input: Uint8Array, host: Host): Uint8Array;
}

/** Whether a function type has exactly these parameters and results. */
export function hasType(type: FunctionType | null, params: readonly string[], results: readonly string[]): boolean {
  const same = (left: readonly string[], right: readonly string[]) =>
    left.length === right.length && left.every((name, index) => name === right[index]);
  return type !== null && same(type.params, params) && same(type.results, results);
}

/** Names that an entry may have: plain identifiers that are not the ABI's own. */
export const ENTRY_NAME = /^(?!__)[A-Za-z_][A-Za-z0-9_]*$/;
