// What every language offers the build: how its programs are recognised, how source becomes a module, and what a new
// project looks like. An adapter gets the source in memory and reads no file of the project itself, so that nothing
// outside the project can leak into the module.
import { LockstepError } from "../../chain/protocol/index.ts";

/** A project's source: where it begins and every file that may be read, by path relative to the project's folder. */
export interface SourceTree {
  /** Path of the file that the compiler starts from, relative, with forward slashes. */
  readonly entry: string;
  /** Every source file by relative path with forward slashes. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Name of the world that a component is made for, where the project describes several. */
  readonly world?: string | undefined;
  /** What others wrote and was installed in the project's folder; absent for a file that stands alone. */
  readonly installed?: Installed;
}

/** Files of installed packages, read when they are asked for. */
export interface Installed {
  /** A file by relative path: where it really lies, and its bytes; null when there is none. TOO_LARGE over a limit. */
  read(path: string): InstalledFile | null;
}

/** A file of a package, by path relative to the project's folder, links followed. */
export interface InstalledFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** The program that made a module, as a manifest names it. */
export interface Toolchain {
  readonly name: string;
  readonly version: string;
}

/** What every job of a program must find besides its input: for an interpreter, the program itself. */
export interface Carried {
  /** Before the arguments that a job has of its own. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** By path below the guest's root, without a slash before it. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** Nothing besides the input. */
export const NOTHING: Carried = { args: [], env: {}, files: new Map() };

/** What an adapter gives back. */
export interface Compiled {
  readonly module: Uint8Array;
  /** The layers of an image, whose configuration is the module; absent for a module that is whole. */
  readonly parts?: readonly Uint8Array[];
  readonly toolchain: Toolchain;
  /** Relative paths of the source files that the compiler read; no other file had any influence. */
  readonly used: readonly string[];
  /** Of these the installed ones, by path. */
  readonly installed?: ReadonlyMap<string, Uint8Array>;
  /** The functions that can be called, as a call spells them; null where the module's own exports say it. */
  readonly entries: readonly string[] | null;
  /** The compiler's warnings, one `file:line:column: message` each. */
  readonly warnings: readonly string[];
  /** Where places in the module lie in the source, for a guest that tells them. */
  readonly places?: Places;
  /** What the module needs besides; nothing when it is a whole program. */
  readonly carried?: Carried;
  /** The ABI that it was compiled for, where the module does not show it. */
  readonly abi?: string;
  /** Entries that the toolchain added for itself, which nobody calls. */
  readonly internal?: readonly string[];
  /** Why the same source and toolchain may give other bytes the next time, where they do. */
  readonly varies?: string;
}

/** What `init` copies. */
export interface Template {
  /** A folder of guest-examples. */
  readonly example: string;
  /** Its files; the one called `input` is what to run it on. */
  readonly files: readonly string[];
  /** What its function does, for a README. */
  readonly about: string;
}

/** How a place in a module becomes one in its source. */
export interface Places {
  /** The source file that the module is, where there is no map. */
  readonly file: string;
  /** A source map. */
  readonly map: string | null;
}

/** A program or package that languages are built with. */
export interface Tool {
  /** As manifests name it. */
  readonly name: string;
  /** Ways to get it, one line each: a command, or where a package is. Empty where it is a part of the installation. */
  readonly ways: readonly string[];
  /** The version that is on this machine and can be used; null for none. */
  version(): Promise<string | null>;
}

/** What tells a language of several with the same ending. */
export interface Signs {
  /** Names of files beside it. */
  readonly beside: readonly string[];
  /** Words that only this language has. */
  readonly words: RegExp;
}

/** One language: a row of the table in `languages.ts`. */
export interface Language {
  /** As project files, manifests and `--lang` spell it, for example `assemblyscript`. */
  readonly name: string;
  /** As people spell it, for example `AssemblyScript`. */
  readonly title: string;
  /** Endings, with the dot, of files that are a whole program each when they are named alone. */
  readonly endings: readonly string[];
  /** Where others have the same ending, how a file that is named alone is told to be of this language. */
  readonly signs?: Signs;
  /** Files that the compiler starts from unless a project says otherwise; one of them also makes a folder a project. */
  readonly starts: readonly string[];
  /** What it is built with: any of these; none where nothing is compiled. */
  readonly tools: readonly Tool[];
  /** What components in it are built with, where that is something else. */
  readonly componentTools?: readonly Tool[];
  /** Guest ABIs that source can be compiled for. */
  readonly abis: readonly string[];
  /** Whether a file of a project, by its relative path, belongs to the source. */
  isSource(path: string): boolean;
  /**
   * Source to module, for one of `abis`; undefined: for the one that the source looks made for. Rejects with
   * BUILD_FAILED and the compiler's messages.
   */
  compile(tree: SourceTree, abi: string | undefined): Promise<Compiled>;
  /** The ending of a file that holds a module; default `.wasm`. */
  readonly output?: ".wasm" | ".js" | ".kernel" | ".tar";
  readonly template: Template;
  /** The same for a component, where there is an example of one. */
  readonly component?: Template;
}

/** A source file as text; BUILD_FAILED when it is not UTF-8. */
export function textOf(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new LockstepError("BUILD_FAILED", `${path} is not UTF-8 text`);
  }
}
