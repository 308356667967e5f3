// Reads the checkout for the house tests: its files, and what each imports.
// It works on text with patterns, so it sees what a reader sees and needs no compiler.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The checkout's folder. */
export const ROOT = join(import.meta.dirname, "../..");

/** The folders whose code the house rules hold. */
export const CODE = ["host", "sre", "chain", "test", "bench"] as const;

/** The paths of all files below a folder of the checkout, relative to it, in order; none where it is absent. */
export function filesBelow(folder: string): string[] {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
    .filter((path) => !path.includes("node_modules/"))
    .sort();
}

/** A file's text. */
export const textOf = (path: string): string => readFileSync(join(ROOT, path), "utf8");

const STATEMENT = /^\s*(?:import|export)\b(?:[^"'`;=]*?\bfrom)?\s*"([^"]+)"/gm;
const DYNAMIC = /\bimport\(\s*"([^"]+)"/g;

/** The specifiers that a module's text imports or re-exports from, as written. */
export function specifiers(text: string): string[] {
  return [STATEMENT, DYNAMIC].flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1] as string));
}

/** The package that a bare specifier names: `@a/b/c.js` → `@a/b`; null for relative paths and `node:` modules. */
export function packageOf(specifier: string): string | null {
  if (specifier.startsWith(".") || specifier.startsWith("node:")) return null;
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/** A module's code without its comments, good enough to look for words that only code may not hold. */
export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1");
}
