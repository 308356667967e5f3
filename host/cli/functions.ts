// From what a person names on the command line to a function that can be called: source is built, a module is taken as
// it is, and the entry is the only one there is unless one is named.
import { LockstepError } from "../../chain/protocol/index.ts";
import { type BuildOptions, type Built, build } from "../build/index.ts";
import { INPUT_BYTES } from "../defaults.ts";
import { readBounded } from "../node/data.ts";
import type { Session } from "./session.ts";

/** A function ready to be called. */
export interface Callable extends Built {
  readonly entry: string;
}

/** What a deployment says of a function besides its module, limits and price. */
export function termsOf({ manifest: { abi, profile }, entry }: Callable) {
  return { sre: "wasm", abi, profile, entry, callers: null } as const;
}

/** The entry of a module: the named one, or the only one. USAGE naming what there is. */
export function entryOf({ manifest }: Built, named: string | undefined): string {
  const { entries } = manifest;
  if (named !== undefined && !entries.includes(named)) {
    throw new LockstepError("USAGE", `there is no entry "${named}"; the module exports ${entries.join(", ")}`);
  }
  if (named === undefined && entries.length > 1) {
    throw new LockstepError("USAGE", `the module exports ${entries.join(", ")}; say which with --entry`);
  }
  return named ?? entries[0]!;
}

/** Builds or reads what lies at a path, with progress and the compiler's warnings for people. */
export async function buildAt({ output }: Session, path: string, options: BuildOptions = {}): Promise<Built> {
  output.progress(`building ${path}`);
  const built = await build(path, options);
  output.progressDone();
  for (const warning of built.warnings) output.note(warning);
  return built;
}

/** The function at a path, built where it is source. */
export async function callableAt(session: Session, path: string, entry: string | undefined): Promise<Callable> {
  const built = await buildAt(session, path);
  return { ...built, entry: entryOf(built, entry) };
}

async function readStdin(stdin: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of stdin) {
    size += part.length;
    if (size > INPUT_BYTES)
      throw new LockstepError("TOO_LARGE", `the input has more than the ${INPUT_BYTES} bytes allowed`);
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** The bytes of an input: a file, standard input for `-`, or nothing when none is named. */
export async function readInput({ stdin }: Session, path: string | undefined): Promise<Uint8Array> {
  if (path === undefined) return new Uint8Array();
  return path === "-" ? await readStdin(stdin) : readBounded(path, INPUT_BYTES);
}
