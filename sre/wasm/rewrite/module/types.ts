// What the rewriter knows of a module besides its code: plain data, indices as the source numbers them.

/** Value types of the profile by their byte; `exnref` only with exceptions. */
export const VALUE_TYPES = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
  funcref: 0x70,
  externref: 0x6f,
  exnref: 0x69,
} as const;
/** The name of a value type. */
export type ValueType = keyof typeof VALUE_TYPES;

/** A function's signature. */
export interface FunctionType {
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** A range of source bytes. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A section's content after its count of entries, and that count. */
export interface Entries extends Range {
  readonly count: number;
}

/** An imported function: function `index` of its kind, in the order of the imports. */
export interface FunctionImport {
  readonly module: string;
  readonly name: string;
  readonly type: FunctionType;
  /** The whole entry in the import section. */
  readonly entry: Range;
}

/** What an export can be. */
export type ExportKind = "function" | "table" | "memory" | "global" | "tag";

/** An export; `type` only for functions. */
export interface ModuleExport {
  /** The name, whatever is not printable ASCII shown as U+FFFD; `spelling` is what counts. */
  readonly name: string;
  /** The name in the source, its length in front. */
  readonly spelling: Range;
  readonly kind: ExportKind;
  readonly index: number;
  readonly type: FunctionType | null;
}

/** Size limits of a memory (in pages of 64 KiB) or table (in elements). A 64-bit maximum above 2^53 reads as 2^53. */
export interface Limits {
  readonly initial: number;
  readonly maximum: number | null;
  /** Whether addresses are i64 (memory64). */
  readonly wide: boolean;
}

/** A memory; `type` is the bytes of its limits in the source. */
export interface Memory extends Limits {
  readonly imported: boolean;
  readonly type: Range;
}

/** A table; `type` is the bytes of its element type and limits in the source. */
export interface Table extends Limits {
  readonly element: "funcref" | "externref" | "exnref";
  readonly imported: boolean;
  readonly type: Range;
}

/** A global. */
export interface Global {
  readonly type: ValueType;
  readonly mutable: boolean;
  readonly imported: boolean;
}

/** An index outside code that names another thing after rewriting: an import's thunk, or a global that has moved up. */
export interface Redirect extends Range {
  readonly kind: "function" | "global";
  readonly index: number;
}

/** An imported memory, table, global or tag. */
export interface Foreign {
  readonly module: string;
  readonly name: string;
  readonly kind: Exclude<ExportKind, "function">;
  readonly index: number;
  /** The whole entry in the import section. */
  readonly entry: Range;
}

/** How a function is mentioned besides calls of it; bits of `Module.mentions`. */
export const MENTION = {
  /** In an element segment or a global: its address is taken. */
  data: 1,
  export: 2,
  start: 4,
  /** By ref.func in live code; such a function always has one of the first two, too. */
  code: 8,
} as const;

/** A parsed module: everything but the insides of function bodies. */
export interface Module {
  readonly types: readonly FunctionType[];
  /** Imported functions. */
  readonly imports: readonly FunctionImport[];
  /** All other imports, in their order. In a module that stands alone memories and tables, which become owned. */
  readonly foreign: readonly Foreign[];
  /** Whether it is one of several modules that share counters (SPEC rules K1 to K8). */
  readonly linked: boolean;
  /** Type index of each function, imported ones first. */
  readonly functions: readonly number[];
  /** In index order: imported first. */
  readonly tables: readonly Table[];
  /** Elements of all tables together at the start. */
  readonly tableElements: number;
  /** In index order: imported first. */
  readonly memories: readonly Memory[];
  /** In index order: imported first. */
  readonly globals: readonly Global[];
  /** Type index of each tag, imported ones first. */
  readonly tags: readonly number[];
  readonly exports: readonly ModuleExport[];
  readonly start: number | null;
  /** Instructions of constant expressions, and elements by index. */
  readonly constants: number;
  /** Element segments' types. */
  readonly elements: readonly ("funcref" | "externref" | "exnref")[];
  /** Bytes of active data segments together. */
  readonly activeBytes: number;
  /** The data count section's number: data indices in code need it. */
  readonly dataCount: number | null;
  readonly bodies: readonly Range[];
  /** Bits of `MENTION` by function index. */
  readonly mentions: Uint8Array;
  /** What must be named anew in globals and segments, by rising offset. */
  readonly redirects: readonly Redirect[];
  /** Raw content by section id, as far as the writer copies or re-reads it. */
  readonly raw: ReadonlyMap<number, Entries>;
  /** The optional features that the module uses: what its profile must have. */
  readonly features: ReadonlySet<Feature>;
}

/** Features that a profile may have besides the base. */
export const FEATURES = ["memory64", "multi-memory", "exceptions"] as const;
/** The name of an optional feature. */
export type Feature = (typeof FEATURES)[number];
