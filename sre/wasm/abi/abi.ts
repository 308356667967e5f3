// What every guest ABI offers the engine: how a program becomes one or several core modules that may run, how its
// entries are spelled, and how values cross.
import type { Form, Info } from "../form.ts";
import type { Host } from "../host.ts";
import type { Profile } from "../profile.ts";
import type { FunctionImport, FunctionType, RewriteOptions } from "../rewrite/index.ts";
import type { Means, Script } from "./means.ts";

/** How one entry is to be called. */
export interface Entry {
  /** The exported function. */
  readonly name: string;
  /** How input and output cross, in the ABI's own words. */
  readonly convention: string;
}

/** What is known of a form without its code. */
export interface Known {
  /** Of each core module. */
  readonly infos: readonly Info[];
  /** What the ABI's form needs besides. */
  readonly extra: string;
}

/** A form compiled. */
export interface Ready extends Known {
  readonly kind: "ready";
  readonly abi: Abi;
  /** In the order of `infos`. */
  readonly modules: readonly WebAssembly.Module[];
  /** The form's script, if it has one. */
  readonly script: Script | null;
}

/** An instance that has run nothing. */
export interface Guest {
  /** Its own exports: the memory under `memory`, and the counters that rewriting appended. */
  readonly exports: Readonly<Record<string, unknown>>;
  /** What the ABI's helpers made of the exports. */
  readonly surface: Readonly<Record<string, unknown>>;
  /** Runs what the program wants to be run before its entry; null when that is nothing. */
  readonly start: (() => void) | null;
}

/** A host function that an ABI offers, with the type that the guest sees. */
export type Offer = Pick<FunctionImport, "module" | "name" | "type">;

/** A program before its ABI is known. */
export interface Sight {
  readonly source: Uint8Array;
  /** What it is as a core module, all imports and exports shown; null when it is none. */
  readonly core: Info | null;
}

/** What a program that is no core module shows. */
export interface Outline {
  readonly imports: readonly string[];
  readonly exports: readonly string[];
  /** In the order of the entries, such as `add: func(a: u32, b: u32) -> u32`. */
  readonly signatures: readonly string[];
}

/** What a tool wants to look at in a program's runs; null for nothing, as where answers are wanted. */
export type Watching = NonNullable<RewriteOptions["watch"]> | null;

/** A guest ABI. Everything here but `misfit` and `entries` is part of the profile. */
export interface Abi {
  readonly name: string;
  /** Host functions offered to core modules. */
  readonly imports: readonly Offer[];
  /** Why a program is not one of this ABI's, to be said after "it"; null when it is. */
  misfit(sight: Sight): string | null;
  /** Whether its programs need what only some hosts lend. */
  readonly needsMeans?: boolean;
  /**
   * Rewrites a program. Pure: no engine sees the bytes. Runs in a process that has run no guest. `means` must be there
   * where they are needed. `watch` is for tools alone, and by default null.
   */
  form(source: Uint8Array, profile: Profile, means?: Means | null, watch?: Watching): Form;
  /** The entries that a program has, as a call would spell them. */
  entries(known: Known): readonly string[];
  /** Of a program that is no core module: what it imports and exports, and its entries' types in the ABI's own words. */
  outline?(known: Known): Outline;
  /** The entry that a call names, or null. */
  entry(known: Known, name: string): Entry | null;
  /** Instantiates; only active segments act, no guest function runs. */
  instantiate(ready: Ready, host: Host): Guest;
  /**
   * Passes the input, runs the entry, takes the output. Throws `GuestEnded` when the guest breaks the contract, passes
   * the output limit or ends itself; what the guest's own code throws goes through.
   */
  invoke(guest: Guest, entry: Entry, input: Uint8Array, host: Host): Uint8Array;
}

/** Pages of 64 KiB that a program begins with. */
export const initialPages = ({ infos }: Known): number =>
  infos.reduce((sum, { memory }) => sum + (memory?.initial ?? 0), 0);

/** Fuel for making the instances of a program (SPEC rule F15). */
export const instanceCost = ({ infos }: Known): bigint =>
  BigInt(infos.reduce((sum, info) => sum + info.instanceCost, 0));

/** Whether a function type has exactly these parameters and results. */
export function hasType(type: FunctionType | null, params: readonly string[], results: readonly string[]): boolean {
  const same = (left: readonly string[], right: readonly string[]) =>
    left.length === right.length && left.every((name, index) => name === right[index]);
  return type !== null && same(type.params, params) && same(type.results, results);
}

/** Names that an entry may have: plain identifiers that are not the ABI's own. */
export const ENTRY_NAME = /^(?!__)[A-Za-z_][A-Za-z0-9_]*$/;

/** Names that a sentence has room for. */
const LISTED_NAMES = 10;

/** Names for a sentence: the first ten, and how many more there are. */
export function listed(names: readonly string[]): string {
  const more = names.length - LISTED_NAMES;
  return `${names.slice(0, LISTED_NAMES).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
