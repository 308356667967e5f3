// What makes a sandbox one of an SRE: its ABIs and its profiles. The sandboxes know no SRE by name.
import type { Digest, Sre } from "../../chain/protocol/index.ts";
import type { Task } from "../core/index.ts";
import { ABIS, type Abi } from "./abi/index.ts";
import { cacheKey } from "./cache.ts";
import { PROFILES, type Profile } from "./profile.ts";

/** A module that runs the programs of others. */
export interface Interpreter {
  readonly bytes: Uint8Array;
  /** What the bytes must be; whoever runs them looks. */
  readonly sha256: Digest;
}

/** An SRE whose guests are core modules in the end. */
export interface Kind {
  readonly sre: Extract<Sre, "wasm" | "quickjs">;
  readonly abis: readonly Abi[];
  /** The base first. */
  readonly profiles: readonly Profile[];
  /** What is rewritten and run in place of the module that a call names, which is given to it; null for the module itself. */
  readonly interpreter: Interpreter | null;
}

/** WebAssembly guests as they are brought. */
export const WASM: Kind = { sre: "wasm", abis: ABIS, profiles: PROFILES, interpreter: null };

/** What is rewritten for a task. */
export interface Source extends Interpreter {
  /** What the form, or what is made of it, is kept by. */
  readonly key: string;
  /** What the job gets to run by it; absent when it is the call's module itself. */
  readonly program?: Uint8Array;
}

/** What is rewritten for a task: its module, or what interprets it. */
export function sourceOf({ call, module }: Task, { interpreter }: Kind): Source {
  if (interpreter === null) return { bytes: module, sha256: call.module, key: cacheKey(call) };
  return { ...interpreter, key: cacheKey({ ...call, module: interpreter.sha256 }), program: module };
}
