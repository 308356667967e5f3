// A module under construction: what parsing fills section by section.
import type {
  Entries,
  Foreign,
  FunctionImport,
  FunctionType,
  Global,
  Memory,
  Module,
  ModuleExport,
  Range,
  Redirect,
  Table,
} from "./types.ts";
import type { ReferenceType } from "./valuetypes.ts";

/** The members of a `Module`, still open. */
export interface Draft extends Module {
  readonly types: FunctionType[];
  /** Parameters and results of all of them. */
  typeEntries: number;
  readonly imports: FunctionImport[];
  readonly foreign: Foreign[];
  readonly functions: number[];
  readonly tables: Table[];
  tableElements: number;
  readonly memories: Memory[];
  readonly globals: Global[];
  readonly tags: number[];
  readonly exports: ModuleExport[];
  /** The export names so far, as they are. */
  readonly exportNames: Set<string>;
  start: number | null;
  readonly elements: ReferenceType[];
  constants: number;
  dataCount: number | null;
  dataSegments: number;
  activeBytes: number;
  readonly bodies: Range[];
  mentions: Uint8Array;
  readonly redirects: Redirect[];
  readonly raw: Map<number, Entries>;
}

/** An empty module; `features` is the reader's set of those that were seen. */
export function emptyDraft(features: Module["features"], linked: boolean): Draft {
  return {
    linked,
    types: [],
    typeEntries: 0,
    imports: [],
    foreign: [],
    functions: [],
    tables: [],
    tableElements: 0,
    memories: [],
    globals: [],
    tags: [],
    exports: [],
    exportNames: new Set(),
    start: null,
    elements: [],
    constants: 0,
    dataCount: null,
    dataSegments: 0,
    activeBytes: 0,
    bodies: [],
    mentions: new Uint8Array(0),
    redirects: [],
    raw: new Map(),
    features,
  };
}
