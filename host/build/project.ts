// Recognises what a path holds. A person's word goes first, then the project file's, then what the files tell.
import { existsSync, statSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { z } from "zod";
import { LockstepError } from "../../chain/protocol/index.ts";
import { isKernel } from "../../sre/webgpu/index.ts";
import { type ImageFiles, isArchive, readImageArchive } from "./image.ts";
import { installedIn } from "./installed.ts";
import type { Language, SourceTree } from "./language.ts";
import { LANGUAGE_NAMES, LANGUAGES, languageOf } from "./languages.ts";
import { BUILD_LIMITS } from "./limits.ts";
import { readBounded, readHead, readSource, readSourceFile, statOf } from "./source.ts";
import { COMPONENT_ABI, isWit } from "./wasm-tools.ts";

/** The name of the file that makes a folder a project. */
const PROJECT_FILE = "lockstep.json";

/** A relative path with forward slashes that stays inside its folder. */
const insidePath = z
  .string()
  .max(256)
  .regex(/^[^\\]+$/, "must use forward slashes")
  .refine((path) => path.split("/").every((part) => part !== "" && part !== "." && part !== ".."), {
    message: "must be a relative path inside the project, without . or ..",
  });

const projectFile = z.strictObject({
  language: z.enum(LANGUAGE_NAMES),
  entry: insidePath.optional(),
  abi: z.string().optional(),
  world: z.string().max(256).optional(),
});
type Settings = z.output<typeof projectFile>;

/** What a path turned out to be: source in a language, or a module or image to be taken as it is. */
export type Project =
  | {
      readonly kind: "source";
      readonly language: Language;
      readonly tree: SourceTree;
      /** The guest ABI to compile for, when somebody says it. */
      readonly abi: string | undefined;
      /** Whether it is one file without a project around it. */
      readonly alone: boolean;
    }
  | { readonly kind: "module"; readonly module: Uint8Array }
  | { readonly kind: "image"; readonly image: ImageFiles };

/** What a person says against the guess. */
export interface Overrides {
  /** The language, by its name in the table. */
  readonly language?: string | undefined;
  /** The guest ABI, by name. */
  readonly abi?: string | undefined;
}

const failed = (message: string) => new LockstepError("BUILD_FAILED", message);

/**
 * Reads what `path` names:
 * - a folder with a `lockstep.json`, for example `{"language": "assemblyscript", "entry": "src/index.ts"}`, or with
 *   one of the files that mark a language's project; its source is every file below it that the language takes for
 *   source, without `node_modules` and names that begin with a dot. With a world described in `wit/` it is a component
 *   unless somebody says otherwise;
 * - one source file, which stands alone;
 * - a file that is WebAssembly or a kernel already, or an image's archive.
 *
 * NOT_FOUND when there is nothing, USAGE for an unknown language or ABI, TOO_LARGE over a limit, INVALID_MODULE for a
 * `.wasm` file that is not WebAssembly, BUILD_FAILED for anything else.
 */
export function readProject(path: string, overrides: Overrides = {}): Project {
  const stats = statOf(path);
  const chosen = overrides.language === undefined ? undefined : languageOf(overrides.language);
  if (stats.isDirectory()) return readFolder(path, chosen, overrides.abi);
  if (!stats.isFile()) throw failed(`${path} is neither a file nor a folder; what can be built is ${supported()}`);
  const language = chosen ?? languageOfFile(path);
  if (language === undefined) return readModule(path);
  const entry = basename(path);
  const tree = { entry, files: new Map([[entry, readSourceFile(path, entry)]]) };
  return { kind: "source", language, tree, abi: allowed(language, overrides.abi), alone: true };
}

/** The language of a file that is named alone: by its ending; of several, the first that shows a sign, or else the first. */
function languageOfFile(path: string): Language | undefined {
  const meant = LANGUAGES.filter(({ endings }) => endings.includes(extname(path)));
  if (meant.length < 2) return meant[0];
  const source = new TextDecoder().decode(readSourceFile(path, basename(path))).replace(COMMENTS, "");
  const shows = ({ signs }: Language) =>
    signs !== undefined &&
    (signs.words.test(source) || signs.beside.some((name) => existsSync(join(dirname(path), name))));
  return meant.find(shows) ?? meant[0];
}

/** Comments, roughly: a sign in a text is as good as one in code. */
const COMMENTS = /\/\*[\s\S]*?\*\/|\/\/.*/g;

function readModule(path: string): Project {
  if (isArchive(readHead(path))) {
    return {
      kind: "image",
      image: readImageArchive(readBounded(path, BUILD_LIMITS.archiveBytes, "an image's archive")),
    };
  }
  const module = readBounded(path, BUILD_LIMITS.moduleBytes, "a module");
  if (isWebAssembly(module) || isKernel(module)) return { kind: "module", module };
  if (extname(path) !== ".wasm") throw failed(`no way to build ${basename(path)}; what can be built is ${supported()}`);
  const magic = "it does not begin with the bytes 00 61 73 6d";
  throw new LockstepError("INVALID_MODULE", `${path} is not WebAssembly: ${magic}`);
}

/** Whether bytes begin as a WebAssembly binary does; says nothing about the rest. */
function isWebAssembly(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && bytes[0] === 0x00 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d;
}

/** What can be built, one a line. */
function supported(): string {
  const single = LANGUAGES.filter(({ endings }) => endings.length > 0);
  const files = single.map(({ endings, title }) => `a source file ${endings.join(", ")} (${title})`);
  const ready = ["a ready WebAssembly module or component (.wasm)", "a kernel (.kernel)", "an image's archive (.tar)"];
  return ["", `a folder with a ${PROJECT_FILE}`, ...files, ...ready].join("\n  ");
}

function readFolder(folder: string, chosen: Language | undefined, abi: string | undefined): Project {
  const settings = readSettings(join(folder, PROJECT_FILE));
  const language = chosen ?? (settings === null ? guess(folder) : languageOf(settings.language));
  // What the project file says of another language's source does not hold for the chosen one.
  const own = settings?.language === language.name ? settings : null;
  const worlds = language.abis.includes(COMPONENT_ABI);
  const files = readSource(folder, (path) => language.isSource(path) || (worlds && isWit(path)));
  const entry = own?.entry ?? language.starts.find((start) => files.has(start));
  if (entry === undefined) {
    const wanted = language.starts.join(" or ");
    throw failed(
      `${folder} has no ${wanted} for ${language.title} to start from; name the file as "entry" in ${PROJECT_FILE}`,
    );
  }
  if (!files.has(entry)) {
    throw failed(
      `${join(folder, PROJECT_FILE)}: entry "${entry}" is not a source file of ${language.title} in ${folder}`,
    );
  }
  // Who describes a world means a component of it.
  const shown = worlds && [...files.keys()].some(isWit) ? COMPONENT_ABI : undefined;
  const tree = { entry, files, world: own?.world, installed: installedIn(folder) };
  return { kind: "source", language, tree, abi: allowed(language, abi ?? own?.abi ?? shown), alone: false };
}

/** The language of a folder without a project file. */
function guess(folder: string): Language {
  const marked = (path: string) => statSync(join(folder, path), { throwIfNoEntry: false })?.isFile() ?? false;
  const [found, ...others] = LANGUAGES.filter(({ starts }) => starts.some(marked));
  if (found === undefined) {
    throw failed(
      `${folder} has no ${PROJECT_FILE}; write {"language": "assemblyscript", "entry": "src/index.ts"} there, ` +
        "or make a project with: lockstep init DIR",
    );
  }
  if (others.length === 0) return found;
  const names = [found, ...others].map(({ name }) => name).join(" or ");
  throw failed(`${folder} could be ${names}; say which with --lang, or as "language" in a ${PROJECT_FILE}`);
}

/** The ABI, if the language can be compiled for it. */
function allowed({ abis, title }: Language, abi: string | undefined): string | undefined {
  if (abi === undefined || abis.includes(abi)) return abi;
  throw new LockstepError("USAGE", `${title} is not built for the ABI "${abi}"; use ${abis.join(" or ")}`);
}

function readSettings(file: string): Settings | null {
  if (!existsSync(file)) return null;
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8").decode(readBounded(file, BUILD_LIMITS.projectBytes, PROJECT_FILE)));
  } catch (error) {
    if (error instanceof LockstepError) throw error;
    throw failed(`${file} is not JSON`);
  }
  const parsed = projectFile.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue?.path.length ? ` at "${issue.path.join(".")}"` : "";
  throw failed(`${file} is not a project file${where}: ${issue?.message ?? "unknown form"}`);
}
