// Which file an import from a package means: Node's algorithm, for packages that lie in the project's own `node_modules`.
// It reads nothing itself, and runs nothing of a package. Where a package has a build for browsers it is taken: like a
// browser, the interpreter has none of Node's modules.
import { builtinModules } from "node:module";

/** A file as the project has it: where it really lies, relative to the project's folder, and its text. */
export interface PackageFile {
  readonly path: string;
  readonly text: string;
}

/** Reads a file below a `node_modules` folder of the project, by relative path; null when there is none. */
export type ReadPackage = (path: string) => Promise<PackageFile | null>;

/** How a package is asked for: by `import` or by `require`. */
export type Kind = "import" | "require";

/** What of a package.json counts here. */
interface Manifest {
  readonly main?: unknown;
  readonly module?: unknown;
  readonly browser?: unknown;
  readonly exports?: unknown;
  readonly imports?: unknown;
}

/** A folder with a package.json. */
interface Package {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** What a specifier may leave out in a package, in the order in which it is tried. */
const ENDINGS = ["", ".js", ".mjs", ".cjs", ".json"];
const NAME = /^((?:@[\w.~-]+\/)?[\w~-][\w.~-]*)((?:\/.+)?)$/;
const FOLDER = /^((?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+)\//;
/** Targets nest conditions in conditions; real ones four deep. */
const MOST_DEPTH = 16;

/** Why there is no file. */
export class NoPackage extends Error {}

/** Whether a file lies in a package. */
export const isInPackage = (path: string): boolean => FOLDER.test(path);

/** The file that a specifier means in the file `from`; NoPackage with a sentence when there is none. */
export async function resolvePackage(
  read: ReadPackage,
  specifier: string,
  from: string,
  kind: Kind,
): Promise<PackageFile> {
  const own = await packageOf(read, from);
  if (/^\.\.?(?:\/|$)/.test(specifier)) {
    const path = join(from.split("/").slice(0, -1).join("/"), specifier);
    return found(await fileOrFolder(read, path, kind), specifier);
  }
  if (specifier.startsWith("#")) {
    const target = own === null ? null : targetIn(own.manifest.imports, specifier, kind);
    if (own === null || target === null) throw new NoPackage(`no package.json has "${specifier}" among its imports`);
    if (target.startsWith("#")) throw new NoPackage(`"${specifier}" leads to another import of that kind`);
    if (!target.startsWith("./")) return resolvePackage(read, target, from, kind);
    return found(await read(join(own.folder, target)), specifier);
  }
  const [, name, rest] = NAME.exec(specifier) ?? [];
  if (name === undefined || specifier.startsWith("node:")) throw new NoPackage(absent(specifier));
  for (const folder of foldersAbove(from)) {
    const other = await packageIn(read, `${folder}node_modules/${name}`);
    if (other !== null) return entryOf(read, other, `.${rest}`, kind, specifier);
  }
  throw new NoPackage(absent(specifier));
}

/** Says what an import lacks that no package has. */
function absent(specifier: string): string {
  const bare = specifier.replace(/^node:/, "");
  if (specifier.startsWith("node:") || builtinModules.includes(bare)) {
    return `"${specifier}" is a module of Node's: functions have no files, network, processes or threads`;
  }
  if (!NAME.test(specifier)) return `"${specifier}" is neither a file of the project nor the name of a package`;
  const name = NAME.exec(specifier)![1];
  return `"${name}" is not in the project's node_modules: install it in the project's folder (npm install ${name})`;
}

const join = (folder: string, path: string) => normal(`${folder}/${path}`);

/** A relative path without `.` and `..`; NoPackage when it leaves the project. */
function normal(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) throw new NoPackage("it leads out of the project");
  }
  return parts.join("/");
}

/** Where packages are looked for from a file on: its folder and all above, each with a slash at its end. */
function foldersAbove(from: string): string[] {
  const parts = from.split("/").slice(0, -1);
  const all = Array.from({ length: parts.length + 1 }, (_, index) => parts.slice(0, parts.length - index));
  return all.filter((folder) => folder.at(-1) !== "node_modules").map((folder) => folder.map((f) => `${f}/`).join(""));
}

async function packageIn(read: ReadPackage, folder: string): Promise<Package | null> {
  const file = await read(`${folder}/package.json`);
  if (file === null) return null;
  let manifest: unknown;
  try {
    manifest = JSON.parse(file.text);
  } catch {
    throw new NoPackage(`${file.path} is not JSON`);
  }
  if (!isObject(manifest)) throw new NoPackage(`${file.path} is no object`);
  return { folder: file.path.slice(0, -"/package.json".length), manifest };
}

/** The package that a file lies in. */
function packageOf(read: ReadPackage, path: string): Promise<Package | null> | null {
  const folder = FOLDER.exec(path)?.[1];
  return folder === undefined ? null : packageIn(read, folder);
}

async function fileAt(read: ReadPackage, path: string): Promise<PackageFile | null> {
  for (const ending of ENDINGS) {
    const file = await read(path + ending);
    if (file !== null) return file;
  }
  return null;
}

/** The file at a path, or the main one of a folder there. */
async function fileOrFolder(read: ReadPackage, path: string, kind: Kind): Promise<PackageFile | null> {
  const file = await fileAt(read, path);
  if (file !== null) return file;
  const inner = await packageIn(read, path);
  return inner === null ? fileAt(read, `${path}/index`) : mainOf(read, inner, kind);
}

/** The main file of a folder with a package.json, by the fields that are older than its exports. */
async function mainOf(read: ReadPackage, { folder, manifest }: Package, kind: Kind): Promise<PackageFile | null> {
  const { browser, module, main } = manifest;
  for (const field of [browser, kind === "import" ? module : undefined, main, "."]) {
    if (typeof field !== "string") continue;
    const path = join(folder, field);
    const file = (await fileAt(read, path)) ?? (await fileAt(read, `${path}/index`));
    if (file !== null) return file;
  }
  return null;
}

function found(file: PackageFile | null, specifier: string): PackageFile {
  if (file !== null) return file;
  throw new NoPackage(`there is no JavaScript file "${specifier}" in the package`);
}

/** The file of a package that a subpath means, `.` for the package itself. */
async function entryOf(read: ReadPackage, of: Package, subpath: string, kind: Kind, specifier: string) {
  const { folder, manifest } = of;
  if (manifest.exports !== undefined && manifest.exports !== null) {
    const target = targetIn(subpaths(manifest.exports), subpath, kind);
    if (target === null)
      throw new NoPackage(`the package in ${folder} does not export "${subpath}" for "${specifier}"`);
    return found(await read(join(folder, target)), specifier);
  }
  const file = subpath === "." ? mainOf(read, of, kind) : fileOrFolder(read, join(folder, subpath), kind);
  return found(await file, specifier);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Exports as a table of subpaths: where it is none, all of it is the package's own. */
function subpaths(exports: unknown): unknown {
  return isObject(exports) && Object.keys(exports).some((key) => key.startsWith(".")) ? exports : { ".": exports };
}

/** The target of a name in a table of exports or imports; null for none. */
function targetIn(table: unknown, name: string, kind: Kind): string | null {
  if (!isObject(table)) return null;
  if (Object.hasOwn(table, name) && !name.includes("*")) return choose(table[name], kind, "", 0);
  let best: readonly [before: string, target: unknown, star: string] | null = null;
  for (const [pattern, target] of Object.entries(table)) {
    const [before, after, ...more] = pattern.split("*");
    if (before === undefined || after === undefined || more.length > 0) continue;
    if (name.length < before.length + after.length || !name.startsWith(before) || !name.endsWith(after)) continue;
    if (best !== null && best[0].length >= before.length) continue;
    best = [before, target, name.slice(before.length, name.length - after.length)];
  }
  return best === null ? null : choose(best[1], kind, best[2], 0);
}

/** The path of the first condition that holds. */
function choose(target: unknown, kind: Kind, star: string, depth: number): string | null {
  if (typeof target === "string") return target.replaceAll("*", star);
  if (depth === MOST_DEPTH) return null;
  const holds = (key: string) => key === kind || key === "browser" || key === "module" || key === "default";
  const inside = Array.isArray(target)
    ? target
    : isObject(target)
      ? Object.entries(target).flatMap(([key, value]) => (holds(key) ? [value] : []))
      : [];
  for (const one of inside) {
    const chosen = choose(one, kind, star, depth + 1);
    if (chosen !== null) return chosen;
  }
  return null;
}
