// What a guest is to find besides its input, as people say it on the command line: arguments, environment, files.
import type { Command } from "commander";
import {
  type BlobRef,
  type ContextRequest,
  contextRequest,
  document,
  filePathFault,
  LockstepError,
} from "../../chain/protocol/index.ts";
import { type Carried, NOTHING } from "../build/index.ts";
import { HOST_LIMITS, readBounded } from "../node/data.ts";
import type { Session } from "./session.ts";
import { refOf } from "./values.ts";

/** The options. */
export interface ContextOptions {
  readonly arg?: readonly string[];
  readonly env?: readonly string[];
  readonly file?: readonly string[];
}

/** A context that is asked for, and the files that it names. */
export interface WantedContext {
  readonly request: ContextRequest;
  readonly files: readonly Uint8Array[];
}

const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

/** Adds the options. */
export function withContextOptions(command: Command): Command {
  return command
    .option("--arg <text>", "argument for the guest; may be repeated", collect)
    .option("--env <name=value>", "variable of the guest's environment; may be repeated", collect)
    .option("--file <path=file>", "file that the guest finds at a path below its root; may be repeated", collect);
}

/** The two sides of each text around its first `=`; USAGE without one, and where a left side comes twice. */
function pairs(option: string, texts: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const text of texts) {
    const at = text.indexOf("=");
    if (at < 1) throw new LockstepError("USAGE", `${option} ${text} lacks a "=" between its two sides`);
    const name = text.slice(0, at);
    if (found.has(name)) throw new LockstepError("USAGE", `${option} names ${name} twice; name it once`);
    found.set(name, text.slice(at + 1));
  }
  return found;
}

/** Reads what the options name, beside what the function itself brings; what neither says is left to its default. USAGE, MALFORMED when a context can't have it, or why a file can't be read. */
export function readContext(
  { crypto }: Session,
  { arg, env, file }: ContextOptions,
  carried: Carried = NOTHING,
): WantedContext {
  const refs: Record<string, BlobRef> = {};
  const files: Uint8Array[] = [];
  const add = (path: string, bytes: Uint8Array) => {
    refs[path] = refOf(crypto, bytes);
    files.push(bytes);
  };
  for (const [path, bytes] of carried.files) add(path, bytes);
  for (const [path, local] of pairs("--file", file ?? [])) {
    const below = path.replace(/^\//, "");
    const fault = filePathFault(below);
    if (fault !== null) throw new LockstepError("USAGE", `--file ${path}=${local}: the guest's path ${fault}`);
    add(below, readBounded(local, HOST_LIMITS.blobBytes));
  }
  const args = [...carried.args, ...(arg ?? [])];
  const variables = { ...carried.env, ...Object.fromEntries(pairs("--env", env ?? [])) };
  const json = {
    ...(args.length === 0 ? {} : { args }),
    ...(Object.keys(variables).length === 0 ? {} : { env: variables }),
    ...(files.length === 0 ? {} : { files: refs }),
  };
  return { request: document(contextRequest, json, "the context"), files };
}
