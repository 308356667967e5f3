// What every language's adapter offers. An adapter turns source text that is already in memory into a module; it
// reads no file of the project itself, so that nothing outside the project can leak into the module.

/** A project's source: where it begins and every file that may be read, by path relative to the project's folder. */
export interface SourceTree {
  /** Path of the file that the compiler starts from, relative, with forward slashes. */
  readonly entry: string;
  /** Text of every source file by relative path with forward slashes. */
  readonly files: ReadonlyMap<string, string>;
}

/** The program that made a module, as a manifest names it. */
export interface Toolchain {
  readonly name: string;
  readonly version: string;
}

/** What an adapter gives back. */
export interface Compiled {
  readonly module: Uint8Array;
  readonly toolchain: Toolchain;
  /** Relative paths of the source files that the compiler read; no other file had any influence. */
  readonly used: readonly string[];
  /** The functions that can be called, as a call spells them. */
  readonly entries: readonly string[];
  /** The compiler's warnings, one `file:line:column: message` each. */
  readonly warnings: readonly string[];
}

/** One language's way from source to module. Rejects with BUILD_FAILED and the compiler's messages. */
export interface Adapter {
  readonly language: string;
  compile(tree: SourceTree): Promise<Compiled>;
}
