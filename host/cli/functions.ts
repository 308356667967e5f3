// From what a person names on the command line to a function that can be called: source is built, a module is taken as
// it is, and the entry is the only one there is unless one is named.
import { join } from "node:path";
import { type Command, Option } from "commander";
import { LockstepError } from "../../chain/protocol/index.ts";
import { CONTAINER_ABIS } from "../../sre/container/index.ts";
import { JAVASCRIPT_ABI } from "../../sre/quickjs/index.ts";
import { ABI_NAMES } from "../../sre/wasm/index.ts";
import { FLOATS, WEBGPU_ABI } from "../../sre/webgpu/index.ts";
import {
  type BuildOptions,
  type Built,
  build,
  buildImage,
  type Carried,
  LANGUAGE_NAMES,
  readImageArchive,
} from "../build/index.ts";
import { INPUT_BYTES } from "../defaults.ts";
import { readBounded } from "../node/data.ts";
import { shellWord } from "../shell-word.ts";
import { type EngineOptions, engineSocket, withEngine } from "./engine.ts";
import { floatsHere } from "./kernels.ts";
import type { Session } from "./session.ts";

/** A function ready to be called. */
export interface Callable extends Built {
  readonly entry: string;
}

/** What a deployment says of a function besides its module, limits and price. */
export function termsOf({ manifest: { abi, profile, sre }, entry }: Callable) {
  return { sre, abi, profile, entry, callers: null } as const;
}

/** The only entry of a module; USAGE naming what there is when there are several. */
function onlyEntry({ manifest: { entries } }: Built): string {
  if (entries.length === 1) return entries[0]!;
  throw new LockstepError("USAGE", `the module exports ${entries.join(", ")}; say which with --entry`);
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
export async function callableAt(session: Session, path: string, options: GuessOptions = {}): Promise<Callable> {
  const built = await buildAt(session, path, overridesOf(options));
  const { manifest } = built;
  const profile = manifest.profile === FLOATS ? await floatsHere() : manifest.profile;
  return { ...built, manifest: { ...manifest, profile }, entry: onlyEntry(built) };
}

/** What commands take to say which function is meant: besides a path, an image at an engine. */
export interface FunctionOptions extends GuessOptions, EngineOptions {
  readonly image?: string;
}

/** Adds the argument and the options of a function. */
export function withFunction(command: Command, engine: string): Command {
  const named = withGuessOptions(
    command.argument("[path]", "a project's folder, a source file, a module or an image's archive"),
  );
  return withEngine(
    named.option("--image <name>", "in a path's place: an image at the engine, NAME@sha256:… or its id"),
    engine,
  );
}

/** The function that a path or `--image` names. USAGE where both do or neither. */
export async function callableNamed(
  session: Session,
  path: string | undefined,
  options: FunctionOptions,
): Promise<Callable> {
  const { image } = options;
  if ((path === undefined) === (image === undefined)) {
    throw new LockstepError("USAGE", "name one function: by its path, or an image at an engine with --image");
  }
  if (image === undefined) return callableAt(session, path!, options);
  // Loaded here, since most commands need no engine.
  const { saveImage } = await import("../../sre/container/docker.ts");
  session.output.progress(`saving ${image}`);
  const archive = await saveImage(engineSocket(session, options), image);
  const built = buildImage(readImageArchive(archive), overridesOf(options));
  session.output.progressDone();
  return { ...built, entry: onlyEntry(built) };
}

/** What is said of an image for people, a row each; none for a module that is none. */
export function imageLines({ image, manifest }: Built): readonly string[] {
  if (image === null) return [];
  const { architecture, command, layers } = image;
  return [
    `image     sha256:${manifest.module.sha256} for linux/${architecture}, runs ${command.map(shellWord).join(" ")}`,
    ...layers.map((layer, at) => `${at === 0 ? "layers  " : "        "}  sha256:${layer}`),
  ];
}

/** One line about the language of a function, for people. */
export function languageSentence({ language, toolchain }: Built["manifest"]): string {
  if (toolchain === null) return `${language}, taken as it is`;
  return `${language}, by ${toolchain.name} ${toolchain.version}`;
}

/** The options by which jobs bring what a function needs, once `build` has written its files; null for nothing. */
export function carriedOptions({ args, env, files }: Carried, folder: string): string | null {
  const words = [
    ...args.flatMap((arg) => ["--arg", arg]),
    ...Object.entries(env).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
    ...[...files.keys()].flatMap((path) => ["--file", `${path}=${join(folder, path)}`]),
  ];
  return words.length === 0 ? null : words.map(shellWord).join(" ");
}

/** What commands take against a wrong guess. */
export interface GuessOptions {
  readonly lang?: string;
  readonly abi?: string;
  readonly entry?: string;
}

/** Adds the options against a wrong guess. */
export function withGuessOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--lang <name>", "language of the source, by default what its files tell").choices(LANGUAGE_NAMES),
    )
    .addOption(
      new Option("--abi <name>", "guest ABI, by default what the module shows").choices([
        ...ABI_NAMES,
        JAVASCRIPT_ABI,
        ...CONTAINER_ABIS,
        WEBGPU_ABI,
      ]),
    )
    .option("--entry <name>", "exported function to call, when there are several");
}

/** The same for the build. */
export const overridesOf = ({ abi, entry, lang }: GuessOptions): BuildOptions => ({ abi, entry, language: lang });

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

/** What commands take to say what goes into a function. */
export interface InputOptions {
  readonly input?: string;
  readonly inputJson?: string;
}

/** Adds the options that say what goes in. */
export function withInput(command: Command): Command {
  return command
    .option("-i, --input <file>", "input file, or - for standard input; without it the input is empty")
    .addOption(
      new Option("--input-json <text>", "input as JSON: the array of the arguments of a function with types").conflicts(
        "input",
      ),
    );
}

/** The bytes of an input: a file, standard input for `-`, a text of JSON, or nothing when none is named. USAGE. */
export async function readInput({ stdin }: Session, { input, inputJson }: InputOptions): Promise<Uint8Array> {
  if (inputJson !== undefined) return new TextEncoder().encode(jsonText(inputJson));
  if (input === undefined) return new Uint8Array();
  return input === "-" ? await readStdin(stdin) : readBounded(input, INPUT_BYTES);
}

/** A text of JSON as it is: nobody should buy a job whose input can't be read. */
function jsonText(text: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch {
    throw new LockstepError("USAGE", "--input-json is no JSON; quote it for the shell, as in --input-json '[2, 3]'");
  }
}
