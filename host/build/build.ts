// Source to module and manifest: finds out what a path holds, lets the language's adapter compile it, and inspects
// the result as a stranger's module would be inspected. There is no cache of results: a compile takes 1 to 2 s in a
// process of its own, and a cache would be one more thing that could hand out the wrong module.
import { randomBytes } from "node:crypto";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DOCUMENT_LIMITS, LockstepError } from "../../chain/protocol/index.ts";
import { inspect } from "../../sre/wasm/index.ts";
import type { Adapter, Compiled } from "./adapter.ts";
import { assemblyScript } from "./assemblyscript.ts";
import { fileError } from "./file-error.ts";
import { BUILD_LIMITS } from "./limits.ts";
import { blobRefOf, encodeManifest, type Manifest, sourceDigest } from "./manifest.ts";
import { type Project, readProject } from "./project.ts";

const ADAPTERS: Readonly<Record<"assemblyscript", Adapter>> = { assemblyscript: assemblyScript() };

/** What building gives. */
export interface Built {
  readonly module: Uint8Array;
  readonly manifest: Manifest;
  /** The compiler's warnings, one `file:line:column: message` each. */
  readonly warnings: readonly string[];
}

/** Options of `build`. */
export interface BuildOptions {
  /** Where to write the module; its manifest goes beside it (see `manifestPath`). Nothing is written without it. */
  readonly out?: string;
}

/**
 * Builds what `path` names (see `readProject` for what that can be). The same source and toolchain give the same
 * bytes in any folder on any machine. Errors: NOT_FOUND, TOO_LARGE, INVALID_MODULE, and BUILD_FAILED with the
 * compiler's messages as `file:line:column: message`.
 */
export async function build(path: string, options: BuildOptions = {}): Promise<Built> {
  const { module, warnings, ...origin } = await obtain(readProject(path));
  if (module.length > BUILD_LIMITS.moduleBytes) {
    throw new LockstepError("TOO_LARGE", `the module is over the limit of ${BUILD_LIMITS.moduleBytes} bytes`);
  }
  const inspected = inspect(module);
  // The language knows best how its entries are called; without it, the module's own exports must do.
  const entries = origin.entries ?? inspected.entries;
  if (entries.length > BUILD_LIMITS.entries) {
    throw new LockstepError("TOO_LARGE", `the module exports more than ${BUILD_LIMITS.entries} callable functions`);
  }
  const longest = DOCUMENT_LIMITS.identifierChars;
  const callable = entries.filter((name) => name.length <= longest);
  if (callable.length === 0) {
    throw new LockstepError("INVALID_MODULE", `every function of the module has a name over ${longest} characters`);
  }
  const manifest: Manifest = {
    version: 1,
    module: blobRefOf(module),
    abi: inspected.abi,
    profile: inspected.profile,
    language: origin.language,
    entries: callable,
    toolchain: origin.toolchain,
    source: origin.source,
  };
  if (options.out !== undefined) writeBuilt(options.out, module, manifest);
  return { module, manifest, warnings };
}

/** A module and what its making tells of it; null where nothing does. */
type Obtained = Pick<Built, "module" | "warnings"> &
  Pick<Manifest, "language" | "toolchain" | "source"> & { readonly entries: readonly string[] | null };

async function obtain(project: Project): Promise<Obtained> {
  if (project.kind === "module") {
    return { module: project.module, warnings: [], language: "wasm", toolchain: null, source: null, entries: null };
  }
  const compiled = await compile(project);
  const files = compiled.used.map((path) => [path, project.tree.files.get(path) ?? ""] as const);
  const { module, warnings, toolchain, entries } = compiled;
  return { module, warnings, toolchain, entries, language: project.language, source: sourceDigest(files) };
}

/** Where the manifest of a module lies: beside it, `.wasm` replaced by or else followed by `.manifest.json`. */
export function manifestPath(modulePath: string): string {
  return `${modulePath.replace(/\.wasm$/, "")}.manifest.json`;
}

function compile({ language, tree, alone }: Extract<Project, { kind: "source" }>): Promise<Compiled> {
  return ADAPTERS[language].compile(tree).catch((error: unknown) => {
    throw alone ? withHint(error) : error;
  });
}

/** A file that is built alone can import nothing; the compiler's "not found" doesn't say why. */
function withHint(error: unknown): unknown {
  if (!(error instanceof LockstepError) || !error.message.includes("not found")) return error;
  const hint = "a single file is built alone; to import others, make the folder a project with a lockstep.json";
  return new LockstepError(error.code, `${error.message}\n(${hint})`, error.data);
}

function writeBuilt(out: string, module: Uint8Array, manifest: Manifest): void {
  try {
    mkdirSync(dirname(resolve(out)), { recursive: true });
  } catch (error) {
    throw fileError(error, "write", out);
  }
  writeWhole(out, module);
  writeWhole(manifestPath(out), encodeManifest(manifest));
}

/** Writes a file so that a reader sees the old one or the new one, never a part. */
function writeWhole(path: string, bytes: Uint8Array): void {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    writeFileSync(temporary, bytes, { flag: "wx" });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw fileError(error, "write", path);
  }
}
