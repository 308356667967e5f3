// Recognises what a path holds and reads its source into memory, within limits. Symbolic links are not followed:
// the source is what lies in the folder, so that the same folder builds the same module elsewhere.
import { type Dir, type Dirent, existsSync, opendirSync, readFileSync, type Stats, statSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { z } from "zod";
import { LockstepError } from "../../chain/protocol/index.ts";
import type { SourceTree } from "./adapter.ts";
import { fileError } from "./file-error.ts";
import { BUILD_LIMITS } from "./limits.ts";

/** The name of the file that makes a folder a project. */
export const PROJECT_FILE = "lockstep.json";

/** What can be built, in words, for messages. */
export const SUPPORTED =
  "a folder with a lockstep.json, an AssemblyScript file (.ts), or a ready WebAssembly module (.wasm)";

/** A relative path with forward slashes that stays inside its folder. */
const insidePath = z
  .string()
  .max(256)
  .regex(/^[^\\]+$/, "must use forward slashes")
  .refine((path) => path.split("/").every((part) => part !== "" && part !== "." && part !== ".."), {
    message: "must be a relative path inside the project, without . or ..",
  });

const projectFile = z.strictObject({ language: z.enum(["assemblyscript"]), entry: insidePath });

/** What a path turned out to be: source in a language, or a module to be taken as it is. */
export type Project =
  | { readonly kind: "source"; readonly language: "assemblyscript"; readonly tree: SourceTree; readonly alone: boolean }
  | { readonly kind: "module"; readonly module: Uint8Array };

const failed = (message: string) => new LockstepError("BUILD_FAILED", message);

/**
 * Reads what `path` names:
 * - a folder with `lockstep.json`, for example `{"language": "assemblyscript", "entry": "src/index.ts"}`; its source
 *   is every `.ts` file below it, without `node_modules` and names that begin with a dot;
 * - one `.ts` file, which is AssemblyScript and stands alone;
 * - a file that is WebAssembly already.
 *
 * NOT_FOUND when there is nothing, TOO_LARGE over a limit, INVALID_MODULE for a `.wasm` file that is not WebAssembly,
 * BUILD_FAILED for anything else.
 */
export function readProject(path: string): Project {
  const stats = statOf(path);
  if (stats.isDirectory()) return readFolder(path);
  if (!stats.isFile()) throw failed(`${path} is neither a file nor a folder; what can be built is ${SUPPORTED}`);
  if (path.endsWith(".ts")) {
    const entry = basename(path);
    const files = new Map([[entry, readText(path, entry)]]);
    return { kind: "source", language: "assemblyscript", tree: { entry, files }, alone: true };
  }
  const module = readBounded(path, BUILD_LIMITS.moduleBytes, "a module");
  if (isWebAssembly(module)) return { kind: "module", module };
  if (extname(path) === ".wasm") {
    throw new LockstepError(
      "INVALID_MODULE",
      `${path} is not WebAssembly: it does not begin with the bytes 00 61 73 6d`,
    );
  }
  throw failed(`no way to build ${basename(path)}; what can be built is ${SUPPORTED}`);
}

/** Whether bytes begin as a WebAssembly binary does; says nothing about the rest. */
function isWebAssembly(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && bytes[0] === 0x00 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d;
}

function readFolder(folder: string): Project {
  const settings = readSettings(join(folder, PROJECT_FILE), folder);
  const files = new Map<string, string>();
  let bytes = 0;
  for (const relative of sourceFiles(folder)) {
    if (files.size === BUILD_LIMITS.files) {
      throw new LockstepError("TOO_LARGE", `${folder} has more than ${BUILD_LIMITS.files} source files`);
    }
    const text = readText(join(folder, relative), relative);
    bytes += text.length;
    if (bytes > BUILD_LIMITS.sourceBytes) {
      throw new LockstepError("TOO_LARGE", `the source in ${folder} is over ${BUILD_LIMITS.sourceBytes} bytes`);
    }
    files.set(relative, text);
  }
  if (!files.has(settings.entry)) {
    throw failed(`${join(folder, PROJECT_FILE)}: entry "${settings.entry}" is not a source file (.ts) in ${folder}`);
  }
  return { kind: "source", language: settings.language, tree: { entry: settings.entry, files }, alone: false };
}

function readSettings(file: string, folder: string): z.output<typeof projectFile> {
  if (!existsSync(file)) {
    throw failed(
      `${folder} has no ${PROJECT_FILE}; write {"language": "assemblyscript", "entry": "src/index.ts"} there, ` +
        "or make a project with: lockstep init DIR",
    );
  }
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

/** Relative paths of the source files below a folder, with forward slashes, in no promised order. */
function* sourceFiles(folder: string): Generator<string> {
  const pending = [""];
  let visits = 0;
  for (let prefix = pending.pop(); prefix !== undefined; prefix = pending.pop()) {
    const handle = openFolder(join(folder, prefix));
    try {
      for (let item: Dirent | null = handle.readSync(); item !== null; item = handle.readSync()) {
        if (++visits > BUILD_LIMITS.visits) {
          throw new LockstepError("TOO_LARGE", `${folder} holds more than ${BUILD_LIMITS.visits} files and folders`);
        }
        if (item.name.startsWith(".") || item.name === "node_modules") continue;
        const relative = prefix + item.name;
        if (item.isFile() && item.name.endsWith(".ts")) yield relative;
        if (!item.isDirectory()) continue;
        if (relative.split("/").length > BUILD_LIMITS.depth) {
          throw new LockstepError("TOO_LARGE", `${join(folder, relative)} is nested deeper than ${BUILD_LIMITS.depth}`);
        }
        pending.push(`${relative}/`);
      }
    } finally {
      handle.closeSync();
    }
  }
}

function openFolder(path: string): Dir {
  try {
    return opendirSync(path);
  } catch (error) {
    throw fileError(error, "read", path);
  }
}

function readText(file: string, relative: string): string {
  // Control characters and backslashes would make the source digest's lines ambiguous.
  if (/[\\\p{Cc}]/u.test(relative)) throw failed(`${JSON.stringify(relative)} is not a usable name for a source file`);
  const bytes = readBounded(file, BUILD_LIMITS.fileBytes, "a source file");
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw failed(`${relative} is not UTF-8 text`);
  }
}

function readBounded(file: string, limit: number, what: string): Uint8Array {
  const tooLarge = () =>
    new LockstepError("TOO_LARGE", `${file} is over the limit of ${limit} bytes for ${what}`, { limit });
  try {
    if (statSync(file).size > limit) throw tooLarge();
    const bytes = new Uint8Array(readFileSync(file));
    // The file may have grown since.
    if (bytes.length > limit) throw tooLarge();
    return bytes;
  } catch (error) {
    throw fileError(error, "read", file);
  }
}

function statOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw fileError(error, "read", path);
  }
}
