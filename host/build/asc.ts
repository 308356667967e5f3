// The few parts of the AssemblyScript compiler's interface that we use, typed here: its own declarations replace the
// global `console` and more for every file that is checked along with them.

/** A compiler message with its place. */
export interface Diagnostic {
  /** 0 pedantic, 1 info, 2 warning, 3 error. */
  readonly category: number;
  readonly message: string;
  /** Where, as an offset in UTF-16 code units; null for messages about the whole. */
  readonly range: { readonly start: number; readonly source: { readonly normalizedPath: string } } | null;
}

/** How the compiler reads and writes. */
export interface CompilerHost {
  readFile(name: string): string | null;
  writeFile(name: string, contents: Uint8Array | string): void;
  listFiles(): string[];
  reportDiagnostic(diagnostic: Diagnostic): void;
}

interface Compiler {
  main(args: readonly string[], host: CompilerHost): Promise<{ readonly error: Error | null }>;
  readonly version: string;
}

// Not a literal in the import, so that the type checker doesn't load those declarations.
const specifier: string = "assemblyscript/asc";
const compiler = (await import(specifier)) as Compiler;

/** Runs the compiler with command-line arguments; its failure is in `error`. */
export const { main } = compiler;

/** The compiler's version, for example `0.28.20`. */
export const { version } = compiler;
