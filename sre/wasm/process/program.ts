// The program of a worker process, put together once: its modules as JavaScript, each with what it imports. A worker gets
// it through its pipe and starts several times faster than from the files, whose types each start would take out again.
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { fileURLToPath } from "node:url";
import { encodeFrame } from "../wire.ts";

/** A module of a program: its code, and the names of the modules that its imports mean. */
interface Module {
  readonly source: string;
  readonly imports: Readonly<Record<string, string>>;
}

/** The specifier of an import or export from elsewhere, at the beginning of a line; what is of types alone is gone by then. */
const FROM = /^(?:import|export)\b(?:[^"';]*?\bfrom)?\s*"([^"]+)"/gm;

/** The programs: files of the rooms below sre. */
const ENTRIES = ["wasm/worker", "wasm/rewriter", "quickjs/worker", "quickjs/rewriter"] as const;
/** A program of a worker process. */
export type Entry = (typeof ENTRIES)[number];

/** The extension of our own files. */
const EXTENSION = import.meta.url.endsWith(".ts") ? "ts" : "js";

let packed: Uint8Array | null = null;

/** What `boot.js` reads: the frame with the modules of all programs. */
export function programs(): Uint8Array {
  packed ??= pack(
    new Map(ENTRIES.map((entry) => [entry, new URL(`../../${entry}.${EXTENSION}`, import.meta.url).href])),
  );
  return packed;
}

/** The frame with the modules of programs, which are found by name in files. */
export function pack(entries: ReadonlyMap<string, string>): Uint8Array {
  const names = new Map<string, string>();
  const modules: Record<string, Module> = {};
  const nameOf = (url: string): string => {
    const known = names.get(url);
    if (known !== undefined) return known;
    const name = `lockstep:${names.size}`;
    names.set(url, name);
    const source = javascriptOf(url);
    const imports: Record<string, string> = {};
    for (const [, specifier] of source.matchAll(FROM)) {
      const meant = elsewhere(specifier!, url);
      if (meant !== null) imports[specifier!] = nameOf(meant);
    }
    modules[name] = { source, imports };
    return name;
  };
  const named = Object.fromEntries([...entries].map(([entry, url]) => [entry, nameOf(url)]));
  return encodeFrame([new TextEncoder().encode(JSON.stringify({ entries: named, modules }))]);
}

/** The file that a specifier means; null for what Node brings itself. */
function elsewhere(specifier: string, from: string): string | null {
  if (specifier.startsWith("node:")) return null;
  return specifier.startsWith(".") ? new URL(specifier, from).href : import.meta.resolve(specifier);
}

function javascriptOf(url: string): string {
  const source = readFileSync(fileURLToPath(url), "utf8");
  return url.endsWith(".ts") ? quietly(() => stripTypeScriptTypes(source)) : source;
}

/** Without the warning that this function of Node's may still change: nobody who reads it can do anything. */
function quietly<T>(act: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return act();
  } finally {
    process.emitWarning = emitWarning;
  }
}
