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
  /** Classes that the compiler makes one instance of, after it has put `program` on their prototype. */
  readonly transforms: readonly (new () => { afterCompile(): void })[];
}

/** A type as the compiler resolved it. It prints as source would: `i32`, `usize`, `bool`, `guest/Point | null`. */
export interface Type {
  /** For classes, arrays, strings; null for numbers, functions and all else. */
  readonly classReference: Class | null;
  readonly isManaged: boolean;
  readonly isNullableReference: boolean;
  toString(): string;
}

/** A class with all its types known. */
export interface Class {
  /** Its runtime type. */
  readonly id: number;
  /** Bytes of an object. */
  readonly nextMemoryOffset: number;
  readonly typeArguments: readonly Type[] | null;
  readonly isInterface: boolean;
  readonly prototype: { readonly internalName: string };
  /** Fields, its own and inherited, and methods. */
  readonly members: ReadonlyMap<string, Member> | null;
}

/** A member of a class; a field has an instance with a place. */
export interface Member {
  /** Whether any of some flags is set, which `MEMBER_FLAGS` names. */
  isAny(flags: number): boolean;
  readonly instance?: { readonly isField?: boolean; readonly memoryOffset: number; readonly type: Type } | null;
}

/** Flags of members: private, protected. */
export const MEMBER_FLAGS = { hidden: (1 << 9) | (1 << 10) } as const;

/** A function's types. It prints as source would: `(i32, ~lib/string/String) => void`. */
export interface Signature {
  readonly parameterTypes: readonly Type[];
  readonly returnType: Type;
  toString(): string;
}

/** Something that a file exports. */
export interface Element {
  /** For functions: what became of it, one for each set of type arguments. */
  readonly instances?: ReadonlyMap<
    string,
    { readonly signature?: Signature; readonly typeArguments?: readonly Type[] | null }
  > | null;
}

/** A source file as the compiler sees it. */
export interface SourceFile {
  readonly exports: ReadonlyMap<string, Element> | null;
  /** Files of which it exports everything. */
  readonly exportsStar: readonly SourceFile[] | null;
}

/** What the compiler made of all sources. */
export interface Program {
  /** Files by path without `.ts`. */
  readonly filesByName: ReadonlyMap<string, SourceFile>;
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
