// Source to module and manifest: finds out what a path holds, lets the language's adapter compile it, and inspects
// the result as a stranger's module would be inspected. There is no cache of results: a compile takes 1 to 2 s in a
// process of its own, and a cache would be one more thing that could hand out the wrong module.
import { randomBytes } from "node:crypto";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DOCUMENT_LIMITS, LockstepError } from "../../chain/protocol/index.ts";
import { archiveOf, type Image } from "../../sre/container/index.ts";
import { inspectProgram, JAVASCRIPT_ABI } from "../../sre/quickjs/index.ts";
import { inspect } from "../../sre/wasm/index.ts";
import { means } from "../../sre/wasm/means.ts";
import { inspectKernel, isKernel, WEBGPU_ABI } from "../../sre/webgpu/index.ts";
import { fileError } from "./file-error.ts";
import { type ImageFiles, inspectImage, sha256 } from "./image.ts";
import { type Carried, type Compiled, NOTHING, type Places } from "./language.ts";
import { BUILD_LIMITS } from "./limits.ts";
import { blobRefOf, encodeManifest, type Manifest, sourceDigest } from "./manifest.ts";
import { type Overrides, type Project, readProject } from "./project.ts";
import { COMPONENT_ABI, componentOf, isComponent, isWit } from "./wasm-tools.ts";

/** What building gives. */
export interface Built {
  readonly module: Uint8Array;
  readonly manifest: Manifest;
  /** The compiler's warnings, one `file:line:column: message` each, and what else its user should know. */
  readonly warnings: readonly string[];
  /** What the entries take and give, such as `add: func(a: u32, b: u32) -> u32`; empty where the module does not say. */
  readonly signatures: readonly string[];
  /** Where places in the module lie in the source; null where a guest tells none. */
  readonly places: Places | null;
  /** What each of its jobs must bring. */
  readonly carried: Carried;
  /** What it is made of besides, an image's layers; empty for a module that is whole. */
  readonly parts: readonly Uint8Array[];
  /** What an image says of itself; null for a module that is none. */
  readonly image: Image | null;
}

/** Options of `build`. */
export interface BuildOptions extends Overrides {
  /** The one function to be called, where the guess is wrong. */
  readonly entry?: string | undefined;
  /**
   * Where to write the module; its manifest goes beside it (see `manifestPath`), and so do the files that its jobs must
   * bring (see `carriedFolder`). Nothing is written without it.
   */
  readonly out?: string | undefined;
}

/**
 * Builds what `path` names (see `readProject` for what that can be). The same source and toolchain give the same
 * bytes in any folder on any machine; where a toolchain does not allow that, a warning says so. Errors: NOT_FOUND,
 * USAGE for an override that can't be, TOO_LARGE, INVALID_MODULE, and BUILD_FAILED with the compiler's messages as
 * `file:line:column: message`.
 */
export async function build(path: string, options: BuildOptions = {}): Promise<Built> {
  return finish(await obtain(readProject(path, options)), options);
}

/** The same of an image whose files are there already. */
export function buildImage(image: ImageFiles, options: BuildOptions = {}): Built {
  return finish(takenAsItIs({ kind: "image", image }), options);
}

function finish({ module, places, warnings, carried, parts, ...origin }: Obtained, options: BuildOptions): Built {
  if (module.length > BUILD_LIMITS.moduleBytes) {
    throw new LockstepError("TOO_LARGE", `the module is over the limit of ${BUILD_LIMITS.moduleBytes} bytes`);
  }
  const inspected = inspectAny(origin.sre, module, options.abi ?? origin.abi, options.entry);
  // A person knows best, then the language how its entries are called; else the module's own exports must do.
  const shown = inspected.entries.filter((name) => !origin.internal.includes(name));
  const entries = options.entry === undefined ? (origin.entries ?? shown) : inspected.entries;
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
    sre: inspected.sre,
    abi: inspected.abi,
    profile: inspected.profile,
    language: origin.language,
    entries: callable,
    toolchain: origin.toolchain,
    source: origin.source,
  };
  const named = inspected.signatures.filter((signature) => callable.some((name) => signature.startsWith(`${name}: `)));
  const image = "image" in inspected ? inspected.image : null;
  const built = { module, places, manifest, warnings, carried, parts, image, signatures: named };
  if (options.out !== undefined) writeBuilt(options.out, built);
  return built;
}

/** What is known of a module, whatever runs it. */
function inspectAny(sre: string, module: Uint8Array, abi: string | undefined, entry: string | undefined) {
  if (sre === "container") return { sre: "container", signatures: [], ...inspectImage(module, abi, entry) } as const;
  if (abi === WEBGPU_ABI) return { sre: "gpu", signatures: [], ...inspectKernel(module, entry) } as const;
  if (abi === JAVASCRIPT_ABI) return { sre: "quickjs", signatures: [], ...inspectProgram(module, entry) } as const;
  return { sre: "wasm", ...inspect(module, { abi, entry }, means) } as const;
}

/** A module and what its making tells of it; null where nothing does. */
interface Obtained
  extends Pick<Built, "module" | "places" | "warnings" | "carried" | "parts">,
    Pick<Manifest, "language" | "toolchain" | "source"> {
  readonly entries: readonly string[] | null;
  /** Entries that the toolchain added for itself. */
  readonly internal: readonly string[];
  /** The ABI that somebody says it is for, or that is the language's only one. */
  readonly abi: string | undefined;
  /** The kind of sandbox, so far as the files tell it; the ABI may tell another. */
  readonly sre: string;
}

function takenAsItIs(project: Exclude<Project, { kind: "source" }>): Obtained {
  const unknown = { toolchain: null, source: null, entries: null, internal: [], abi: undefined, places: null };
  const common = { warnings: [], carried: NOTHING, ...unknown };
  if (project.kind === "module") {
    const { module } = project;
    const kernel = isKernel(module) ? { abi: WEBGPU_ABI, language: "kernel" } : { language: "wasm" };
    return { ...common, module, parts: [], sre: "wasm", ...kernel };
  }
  const { config, layers } = project.image;
  return { module: config, parts: layers, sre: "container", language: "image", ...common };
}

async function obtain(project: Project): Promise<Obtained> {
  if (project.kind !== "source") return takenAsItIs(project);
  const { abi, language, tree } = project;
  const compiled = await compile(project);
  const {
    parts,
    places = null,
    toolchain,
    installed,
    entries,
    internal = [],
    varies,
    warnings,
    carried = NOTHING,
  } = compiled;
  const component = abi === COMPONENT_ABI && !isComponent(compiled.module);
  const module = component ? await componentOf(compiled.module, tree) : compiled.module;
  const world = abi === COMPONENT_ABI ? [...tree.files.keys()].filter(isWit) : [];
  const used = new Set([...compiled.used, ...world]);
  const bytesOf = (path: string) => tree.files.get(path) ?? installed?.get(path) ?? new Uint8Array();
  const source = sourceDigest([...used].map((path) => [path, bytesOf(path)] as const));
  const notes = varies === undefined ? [] : [`the same source gives other bytes next time: ${varies}`];
  return {
    module,
    places,
    toolchain,
    entries,
    internal,
    abi: abi ?? compiled.abi ?? (language.abis.length === 1 ? language.abis[0] : undefined),
    source,
    carried,
    parts: parts ?? [],
    sre: parts === undefined ? "wasm" : "container",
    language: language.name,
    warnings: [...warnings, ...notes],
  };
}

/** Where the manifest of a module lies: beside it, `.wasm`, `.js`, `.kernel` or `.tar` replaced by or else followed by `.manifest.json`. */
export function manifestPath(modulePath: string): string {
  return `${modulePath.replace(/\.(?:wasm|js|kernel|tar)$/, "")}.manifest.json`;
}

/** Where the files lie that a module's jobs must bring: in a folder beside it. */
export function carriedFolder(modulePath: string): string {
  return `${modulePath.replace(/\.wasm$/, "")}.files`;
}

function compile({ abi, language, tree, alone }: Extract<Project, { kind: "source" }>): Promise<Compiled> {
  return language.compile(tree, abi).catch((error: unknown) => {
    throw alone ? withHint(error) : error;
  });
}

/** How compilers say that an import is not there. */
const NOT_THERE = /not found|there is no file|not in the project's node_modules/;

/** A file that is built alone can import nothing; the compiler's "not found" doesn't say why. */
function withHint(error: unknown): unknown {
  if (!(error instanceof LockstepError) || !NOT_THERE.test(error.message)) return error;
  const hint = "a single file is built alone; to import others, make the folder a project with a lockstep.json";
  return new LockstepError(error.code, `${error.message}\n(${hint})`, error.data);
}

function writeBuilt(out: string, { module, manifest, carried, image, parts }: Built): void {
  makeFolder(out);
  for (const [path, bytes] of carried.files) {
    const file = join(carriedFolder(out), path);
    makeFolder(file);
    writeWhole(file, bytes);
  }
  // An image without its layers could not be run.
  const layers = new Map(parts.map((part) => [sha256(part), part]));
  writeWhole(out, image === null ? module : archiveOf(manifest.module.sha256, module, layers));
  writeWhole(manifestPath(out), encodeManifest(manifest));
}

/** Makes the folder that a file is to lie in. */
function makeFolder(file: string): void {
  try {
    mkdirSync(dirname(resolve(file)), { recursive: true });
  } catch (error) {
    throw fileError(error, "write", file);
  }
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
