// Reads every section but the insides of function bodies, refuses what the profile does not take, and checks
// each index: a module that names something one past the end must never come to name what we append.
import { REWRITE_LIMITS } from "./limits.ts";
import { featureOf } from "./opcodes.ts";
import type { Reader } from "./reader.ts";
import {
  type Entries,
  type ExportKind,
  type FunctionImport,
  type FunctionType,
  type Module,
  type ModuleExport,
  type Range,
  type Redirect,
  VALUE_TYPES,
  type ValueType,
} from "./types.ts";

/** Section ids by name, in the order in which they must stand. */
const SECTIONS: readonly (readonly [id: number, name: string])[] = [
  [1, "type"],
  [2, "import"],
  [3, "function"],
  [4, "table"],
  [5, "memory"],
  [6, "global"],
  [7, "export"],
  [8, "start"],
  [9, "element"],
  [12, "data count"],
  [10, "code"],
  [11, "data"],
];
const TAG_SECTION = 13;
const EXPORT_KINDS: readonly ExportKind[] = ["function", "table", "memory", "global"];
const TYPE_NAMES = new Map<number, ValueType>();
for (const name of Object.keys(VALUE_TYPES) as ValueType[]) TYPE_NAMES.set(VALUE_TYPES[name], name);

/** Module under construction: the same members, still open. */
type Draft = { -readonly [Key in keyof Module]: Module[Key] } & {
  types: FunctionType[];
  imports: FunctionImport[];
  functions: number[];
  exports: ModuleExport[];
  bodies: Range[];
  redirects: Redirect[];
  raw: Map<number, Entries>;
};

/** Parses a module; throws `Refused`. */
export function parseModule(reader: Reader): Module {
  header(reader);
  const draft: Draft = {
    types: [],
    imports: [],
    functions: [],
    tables: 0,
    tableElements: 0,
    memory: null,
    globals: 0,
    exports: [],
    start: null,
    elements: 0,
    dataCount: null,
    bodies: [],
    redirects: [],
    raw: new Map(),
  };
  let place = -1;
  while (reader.offset < reader.bytes.length) {
    reader.section = "section header";
    reader.end = reader.bytes.length;
    const at = reader.offset;
    const id = reader.byte();
    const size = reader.u32();
    if (size > reader.end - reader.offset) reader.refuse("malformed", `section ${id} is longer than the module`, at);
    reader.end = reader.offset + size;
    if (id === 0) {
      reader.offset = reader.end; // A custom section means nothing to the profile (SPEC rule M3).
      continue;
    }
    const index = SECTIONS.findIndex((row) => row[0] === id);
    if (id === TAG_SECTION) reader.refuse("unsupported", "uses exceptions (a tag section)", at);
    if (index < 0) reader.refuse("malformed", `has a section of unknown kind ${id}`, at);
    if (index <= place) reader.refuse("malformed", `has its ${SECTIONS[index]![1]} section twice or out of order`, at);
    place = index;
    reader.section = SECTIONS[index]![1];
    readSection(reader, draft, id);
    if (reader.offset !== reader.end) reader.refuse("malformed", "the section does not end where its size says");
  }
  reader.section = "module";
  const own = draft.functions.length - draft.imports.length;
  if (own !== draft.bodies.length) {
    reader.refuse("malformed", `declares ${own} functions but has ${draft.bodies.length} bodies`);
  }
  return draft;
}

function header(reader: Reader): void {
  if (reader.bytes.length > REWRITE_LIMITS.moduleBytes) {
    const limit = REWRITE_LIMITS.moduleBytes;
    reader.refuse("limit", `the module has ${reader.bytes.length} bytes; the profile takes at most ${limit}`);
  }
  const expected = [0x00, 0x61, 0x73, 0x6d];
  if (expected.some((byte, index) => reader.bytes[index] !== byte)) {
    reader.refuse("malformed", "not a WebAssembly module: it does not begin with the bytes 00 61 73 6d");
  }
  const version = [0x01, 0x00, 0x00, 0x00];
  if (version.every((byte, index) => reader.bytes[4 + index] === byte)) {
    reader.skip(8);
    return;
  }
  if (reader.bytes[6] === 1) {
    reader.refuse("unsupported", "is a WebAssembly component; give the core module", 4);
  }
  reader.refuse("malformed", "is not of WebAssembly binary version 1", 4);
}

function readSection(reader: Reader, draft: Draft, id: number): void {
  if (id === 8) {
    draft.start = reader.index(draft.functions.length, "function");
    return;
  }
  if (id === 12) {
    draft.dataCount = reader.u32();
    return;
  }
  const [limit, what, entry] = ENTRY_READERS[id]!;
  const count = reader.count(limit, what);
  draft.raw.set(id, { start: reader.offset, end: reader.end, count });
  for (let index = 0; index < count; index++) entry(reader, draft);
}

type EntryReader = (reader: Reader, draft: Draft) => void;

const ENTRY_READERS: Readonly<Record<number, readonly [limit: number, what: string, read: EntryReader]>> = {
  1: [REWRITE_LIMITS.types, "types", (reader, draft) => draft.types.push(readType(reader))],
  2: [REWRITE_LIMITS.imports, "imports", readImport],
  3: [
    REWRITE_LIMITS.functions,
    "functions",
    (reader, draft) => draft.functions.push(reader.index(draft.types.length, "type")),
  ],
  4: [REWRITE_LIMITS.tables, "tables", readTable],
  5: [1, "memories", readMemory],
  6: [REWRITE_LIMITS.globals, "globals", readGlobal],
  7: [REWRITE_LIMITS.exports, "exports", readExport],
  9: [REWRITE_LIMITS.elementSegments, "element segments", readElement],
  10: [REWRITE_LIMITS.functions, "function bodies", readBody],
  11: [REWRITE_LIMITS.dataSegments, "data segments", readData],
};

function readType(reader: Reader): FunctionType {
  const at = reader.offset;
  const form = reader.byte();
  if (form === 0x5e || form === 0x5f || form === 0x50 || form === 0x4f || form === 0x4e) {
    reader.refuse("unsupported", "uses garbage-collected types; build for linear memory", at);
  }
  if (form !== 0x60) reader.refuse("malformed", `has a type of unknown form 0x${form.toString(16)}`, at);
  const list = (limit: number, what: string) => {
    const types: ValueType[] = [];
    for (let left = reader.count(limit, what); left > 0; left--) types.push(readValueType(reader));
    return types;
  };
  return { params: list(REWRITE_LIMITS.params, "parameters"), results: list(REWRITE_LIMITS.results, "results") };
}

/** Reads a value type of the profile; names the feature of any other. */
export function readValueType(reader: Reader): ValueType {
  const at = reader.offset;
  const byte = reader.byte();
  const name = TYPE_NAMES.get(byte);
  if (name !== undefined) return name;
  if (byte === 0x7b) reader.refuse("unsupported", "uses SIMD (type v128); rebuild without -msimd128", at);
  if (byte >= 0x63 && byte <= 0x74) {
    reader.refuse(
      "unsupported",
      `uses reference type 0x${byte.toString(16)}; only funcref and externref are taken`,
      at,
    );
  }
  reader.refuse("malformed", `has an unknown value type 0x${byte.toString(16)}`, at);
}

/** Reads a reference type, funcref or externref. */
export function readReferenceType(reader: Reader): void {
  const at = reader.offset;
  const name = readValueType(reader);
  if (name !== "funcref" && name !== "externref") reader.refuse("malformed", `${name} is not a reference type`, at);
}

function readImport(reader: Reader, draft: Draft): void {
  const at = reader.offset;
  const module = reader.name(REWRITE_LIMITS.nameBytes);
  const name = reader.name(REWRITE_LIMITS.nameBytes);
  const kind = reader.byte();
  if (kind === 0) {
    const type = reader.index(draft.types.length, "type");
    draft.functions.push(type);
    draft.imports.push({ module, name, type: draft.types[type]! });
    return;
  }
  const what = ["function", "table", "memory", "global", "tag"][kind];
  if (what === undefined) reader.refuse("malformed", `has an import of unknown kind ${kind}`, at);
  reader.refuse("import", `imports the ${what} "${module}"."${name}"; only functions may be imported`, at);
}

function readLimits(reader: Reader, what: string): { initial: number; maximum: number | null } {
  const at = reader.offset;
  const flags = reader.byte();
  if (flags & 2) reader.refuse("unsupported", `uses threads (${what} is shared); rebuild without -pthread`, at);
  if (flags & 4) reader.refuse("unsupported", `uses memory64 (${what} has 64-bit indices); build for wasm32`, at);
  if (flags & 8) reader.refuse("unsupported", `uses custom page sizes (${what})`, at);
  if (flags > 1) reader.refuse("malformed", `${what} has unknown limits flags 0x${flags.toString(16)}`, at);
  const initial = reader.u32();
  const maximum = flags === 1 ? reader.u32() : null;
  if (maximum !== null && maximum < initial) reader.refuse("malformed", `${what} has a maximum below its start`, at);
  return { initial, maximum };
}

function readTable(reader: Reader, draft: Draft): void {
  const at = reader.offset;
  if (reader.bytes[at] === 0x40) reader.refuse("unsupported", "uses tables with initialisers", at);
  readReferenceType(reader);
  const { initial } = readLimits(reader, `table ${draft.tables}`);
  draft.tables++;
  draft.tableElements += initial;
  const limit = REWRITE_LIMITS.tableElements;
  if (draft.tableElements > limit) {
    reader.refuse("limit", `its tables have ${draft.tableElements} elements; the profile takes at most ${limit}`, at);
  }
}

function readMemory(reader: Reader, draft: Draft): void {
  const at = reader.offset;
  draft.memory = readLimits(reader, "memory 0");
  if (draft.memory.initial > 65536 || (draft.memory.maximum ?? 0) > 65536) {
    reader.refuse("malformed", "memory 0 is larger than 4 GiB", at);
  }
}

function readGlobal(reader: Reader, draft: Draft): void {
  readValueType(reader);
  const mutability = reader.byte();
  if (mutability > 1) reader.refuse("malformed", `global ${draft.globals} has unknown mutability`, reader.offset - 1);
  readConstant(reader, draft);
  draft.globals++;
}

/** Reads a constant expression: one constant, ref.null or ref.func, then end (SPEC rule M5). */
function readConstant(reader: Reader, draft: Draft): void {
  const at = reader.offset;
  const opcode = reader.byte();
  if (opcode === 0x41) reader.skipSigned(32);
  else if (opcode === 0x42) reader.skipSigned(64);
  else if (opcode === 0x43) reader.skip(4);
  else if (opcode === 0x44) reader.skip(8);
  else if (opcode === 0xd0) readReferenceType(reader);
  else if (opcode === 0xd2) readFunctionReference(reader, draft);
  else {
    const feature = featureOf(opcode)?.feature ?? "extended constant expressions";
    reader.refuse("unsupported", `uses ${feature} (opcode 0x${opcode.toString(16)} in a constant expression)`, at);
  }
  if (reader.byte() !== 0x0b) {
    reader.refuse("unsupported", "uses extended constant expressions", reader.offset - 1);
  }
}

/** Reads a function index outside code and notes it when it names an import, which gets a thunk. */
function readFunctionReference(reader: Reader, draft: Draft): void {
  const start = reader.offset;
  const index = reader.index(draft.functions.length, "function");
  if (index >= draft.imports.length) return;
  if (draft.redirects.length >= REWRITE_LIMITS.redirects) {
    reader.refuse("limit", `mentions imported functions more than ${REWRITE_LIMITS.redirects} times`, start);
  }
  draft.redirects.push({ start, end: reader.offset, function: index });
}

function readExport(reader: Reader, draft: Draft): void {
  const at = reader.offset;
  const name = reader.name(REWRITE_LIMITS.nameBytes);
  const spelling = { start: at, end: reader.offset };
  if (name.startsWith("$")) reader.refuse("export", `exports "${name}"; names that begin with $ are reserved`, at);
  const kind = EXPORT_KINDS[reader.byte()];
  if (kind === undefined) reader.refuse("malformed", `export "${name}" is of unknown kind`, at);
  const memories = draft.memory === null ? 0 : 1;
  const counts = { function: draft.functions.length, table: draft.tables, memory: memories, global: draft.globals };
  const index = reader.index(counts[kind], kind);
  const type = kind === "function" ? draft.types[draft.functions[index]!]! : null;
  draft.exports.push({ name, spelling, kind, index, type });
}

function readElement(reader: Reader, draft: Draft): void {
  const at = reader.offset;
  const flags = reader.u32();
  if (flags > 7) reader.refuse("malformed", `element segment has unknown flags ${flags}`, at);
  if ((flags & 1) === 0) {
    if (flags & 2) reader.index(draft.tables, "table");
    else if (draft.tables === 0) reader.refuse("index", "an element segment fills table 0, but there is none", at);
    readConstant(reader, draft);
  }
  if ((flags & 3) !== 0) {
    if (flags & 4) readReferenceType(reader);
    else if (reader.byte() !== 0) reader.refuse("malformed", "element segment of unknown kind", reader.offset - 1);
  }
  for (let left = reader.count(REWRITE_LIMITS.tableElements, "elements"); left > 0; left--) {
    if (flags & 4) readConstant(reader, draft);
    else readFunctionReference(reader, draft);
  }
  draft.elements++;
}

function readBody(reader: Reader, draft: Draft): void {
  const size = reader.u32();
  const start = reader.offset;
  reader.skip(size);
  draft.bodies.push({ start, end: reader.offset });
}

function readData(reader: Reader, draft: Draft): void {
  const at = reader.offset;
  const flags = reader.u32();
  if (flags > 2) reader.refuse("malformed", `data segment has unknown flags ${flags}`, at);
  if (flags !== 1) {
    if (draft.memory === null) reader.refuse("index", "a data segment fills memory 0, but there is none", at);
    if (flags === 2) reader.index(1, "memory");
    readConstant(reader, draft);
  }
  reader.skip(reader.u32());
}
