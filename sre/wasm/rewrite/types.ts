// What the rewriter knows of a module besides its code: plain data, indices as the source numbers them.

/** Value types of the profile by their byte. */
export const VALUE_TYPES = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, funcref: 0x70, externref: 0x6f } as const;
/** The name of a value type. */
export type ValueType = keyof typeof VALUE_TYPES;

/** A function's signature. */
export interface FunctionType {
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** An imported function. */
export interface FunctionImport {
  readonly module: string;
  readonly name: string;
  readonly type: FunctionType;
}

/** A range of source bytes. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** What an export can be. */
export type ExportKind = "function" | "table" | "memory" | "global";

/** An export; `type` only for functions. */
export interface ModuleExport {
  /** Printable ASCII as it is, every other byte as U+FFFD. */
  readonly name: string;
  /** The name in the source, its length in front. */
  readonly spelling: Range;
  readonly kind: ExportKind;
  readonly index: number;
  readonly type: FunctionType | null;
}

/** A section's content after its count of entries, and that count. */
export interface Entries extends Range {
  readonly count: number;
}

/** An index of an imported function outside code; it must come to name that import's thunk. */
export interface Redirect extends Range {
  readonly function: number;
}

/** A parsed module: everything but the insides of function bodies. */
export interface Module {
  readonly types: readonly FunctionType[];
  readonly imports: readonly FunctionImport[];
  /** Type index of each function, imported ones first. */
  readonly functions: readonly number[];
  readonly tables: number;
  /** Elements of all tables together at the start. */
  readonly tableElements: number;
  /** Pages of 64 KiB; null without a memory. */
  readonly memory: { readonly initial: number; readonly maximum: number | null } | null;
  readonly globals: number;
  readonly exports: readonly ModuleExport[];
  readonly start: number | null;
  readonly elements: number;
  /** The data count section's number: data indices in code need it. */
  readonly dataCount: number | null;
  readonly bodies: readonly Range[];
  /** Mentions of imported functions in globals and element segments, by rising offset. */
  readonly redirects: readonly Redirect[];
  /** Raw content by section id, as far as the writer copies or re-reads it. */
  readonly raw: ReadonlyMap<number, Entries>;
}
