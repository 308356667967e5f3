// The few parts of the AssemblyScript compiler's interface that we use, typed here: its own declarations are
// generated for another module system and pull in the whole compiler.
import * as compiler from "assemblyscript/asc";

/** A compiler message with its place. */
export interface Diagnostic {
  /** 0 pedantic, 1 info, 2 warning, 3 error. */
  readonly category: number;
  readonly message: string;
  readonly range: {
    readonly start: number;
    readonly source: {
      readonly normalizedPath: string;
      /** Line of an offset, from 1; remembers the column for `columnAt`. */
      lineAt(offset: number): number;
      /** Column belonging to the last `lineAt`, from 1. */
      columnAt(): number;
    };
  } | null;
}

/** How the compiler reads and writes. */
export interface CompilerHost {
  readFile(name: string): string | null;
  writeFile(name: string, contents: Uint8Array | string): void;
  listFiles(): string[];
  reportDiagnostic(diagnostic: Diagnostic): void;
}

/** Runs the compiler with command-line arguments; its failure is in `error`. */
export const main = compiler.main as unknown as (
  args: readonly string[],
  host: CompilerHost,
) => Promise<{ readonly error: Error | null }>;

/** The compiler's version, for example `0.28.20`. */
export const version: string = compiler.version;
