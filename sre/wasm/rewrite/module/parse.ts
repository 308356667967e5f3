// Reads every section but the insides of function bodies and validates it whole: order, lengths, names, indices,
// types, constant expressions. What the profile does not take is refused by name.
import { REWRITE_LIMITS } from "../limits.ts";
import { readConstant } from "./constant.ts";
import { readGlobalType, readTag } from "./declarations.ts";
import { type Draft, emptyDraft } from "./draft.ts";
import { readElement, readExport, readImport } from "./entries.ts";
import { featureOfType, OUTSIDE } from "./features.ts";
import type { Reader } from "./reader.ts";
import { SECTION } from "./sections.ts";
import { readMemory, readTable } from "./sizes.ts";
import { type FunctionType, MENTION, type Module, type ValueType } from "./types.ts";
import { readValueType } from "./valuetypes.ts";

/** Names and ids of sections, in the order in which they must stand. */
const SECTIONS = Object.entries(SECTION);
const MAGIC = [0x00, 0x61, 0x73, 0x6d];
const VERSION = [0x01, 0x00, 0x00, 0x00];
const COMPONENT = [0x0d, 0x00, 0x01, 0x00];

/** Parses a module; throws `Refused`. */
export function parseModule(reader: Reader): Module {
  header(reader);
  const draft = emptyDraft(reader.used, reader.linked);
  let place = -1;
  while (reader.offset < reader.bytes.length) {
    if (draft.mentions.length < draft.functions.length) draft.mentions = new Uint8Array(draft.functions.length);
    reader.section = "header";
    reader.end = reader.bytes.length;
    const at = reader.offset;
    const id = reader.byte();
    const size = reader.u32();
    if (size > reader.end - reader.offset) reader.refuse("malformed", `section ${id} is longer than the module`, at);
    reader.end = reader.offset + size;
    if (id === 0) {
      skipCustom(reader);
      continue;
    }
    place = nextPlace(reader, id, place, at);
    readSection(reader, draft, id);
    if (reader.offset !== reader.end) reader.refuse("malformed", "the section does not end where its size says");
  }
  finish(reader, draft);
  return draft;
}

function header(reader: Reader): void {
  const { bytes } = reader;
  if (bytes.length > REWRITE_LIMITS.moduleBytes) {
    const limit = REWRITE_LIMITS.moduleBytes;
    reader.refuse("limit", `the module has ${bytes.length} bytes; the profile takes at most ${limit}`);
  }
  const stands = (expected: readonly number[], at: number) =>
    expected.every((byte, index) => bytes[at + index] === byte);
  if (!stands(MAGIC, 0)) {
    reader.refuse("malformed", "not a WebAssembly module: it does not begin with the bytes 00 61 73 6d");
  }
  if (stands(COMPONENT, 4)) reader.refuseFeature(OUTSIDE.component, "the version says so", 4);
  if (!stands(VERSION, 4)) reader.refuse("malformed", "is not of WebAssembly binary version 1", 4);
  reader.skip(8);
}

/** A custom section means nothing to the profile (SPEC rule M3), but it must have a name. */
function skipCustom(reader: Reader): void {
  reader.section = "custom";
  reader.name(Number.POSITIVE_INFINITY);
  reader.offset = reader.end;
}

function nextPlace(reader: Reader, id: number, place: number, at: number): number {
  const next = SECTIONS.findIndex(([, known]) => known === id);
  if (next < 0) reader.refuse("malformed", `has a section of unknown kind ${id}`, at);
  const [name] = SECTIONS[next]!;
  if (next <= place) reader.refuse("malformed", `has its ${name} section twice or out of order`, at);
  reader.section = name;
  return next;
}

function readSection(reader: Reader, draft: Draft, id: number): void {
  if (id === SECTION.start) readStart(reader, draft);
  else if (id === SECTION["data count"]) draft.dataCount = reader.u32();
  else {
    const [limit, what, entry] = ENTRY_READERS[id]!;
    const count = reader.count(limit, what);
    draft.raw.set(id, { start: reader.offset, end: reader.end, count });
    if (id === SECTION.code) checkBodies(reader, draft, count);
    for (let index = 0; index < count; index++) entry(reader, draft);
  }
}

type EntryReader = (reader: Reader, draft: Draft) => void;

const ENTRY_READERS: Readonly<Record<number, readonly [limit: number, what: string, read: EntryReader]>> = {
  [SECTION.type]: [REWRITE_LIMITS.types, "types", addType],
  [SECTION.import]: [REWRITE_LIMITS.imports, "imports", readImport],
  [SECTION.function]: [REWRITE_LIMITS.functions, "functions", readFunction],
  [SECTION.table]: [REWRITE_LIMITS.tables, "tables", (reader, draft) => readTable(reader, draft, false)],
  [SECTION.memory]: [REWRITE_LIMITS.memories, "memories", (reader, draft) => readMemory(reader, draft, false)],
  [SECTION.global]: [REWRITE_LIMITS.globals, "globals", readGlobal],
  [SECTION.export]: [REWRITE_LIMITS.exports, "exports", readExport],
  [SECTION.element]: [REWRITE_LIMITS.elementSegments, "element segments", readElement],
  [SECTION.code]: [REWRITE_LIMITS.functions, "function bodies", readBody],
  [SECTION.data]: [REWRITE_LIMITS.dataSegments, "data segments", readData],
  [SECTION.tag]: [REWRITE_LIMITS.tags, "tags", readTag],
};

function addType(reader: Reader, draft: Draft): void {
  const at = reader.offset;
  const type = readType(reader);
  draft.types.push(type);
  draft.typeEntries += type.params.length + type.results.length;
  const limit = REWRITE_LIMITS.typeEntries;
  if (draft.typeEntries > limit) {
    reader.refuse("limit", `has types of more than ${limit} parameters and results together`, at);
  }
}

function readType(reader: Reader): FunctionType {
  const at = reader.offset;
  const form = reader.byte();
  if (form !== 0x60) {
    const outside = featureOfType(form);
    const hex = `a type of form 0x${form.toString(16)}`;
    if (outside !== null) reader.refuseFeature(outside, hex, at);
    reader.refuse("malformed", `has ${hex}, which means nothing`, at);
  }
  const list = (limit: number, what: string) => {
    const types: ValueType[] = [];
    for (let left = reader.count(limit, what); left > 0; left--) types.push(readValueType(reader));
    return types;
  };
  return { params: list(REWRITE_LIMITS.params, "parameters"), results: list(REWRITE_LIMITS.results, "results") };
}

function readFunction(reader: Reader, draft: Draft): void {
  draft.functions.push(reader.index(draft.types.length, "type"));
}

function readGlobal(reader: Reader, draft: Draft): void {
  const index = draft.globals.length;
  const global = readGlobalType(reader, index);
  readConstant(reader, draft, global.type, `global ${index}`);
  draft.globals.push({ ...global, imported: false });
}

function readStart(reader: Reader, draft: Draft): void {
  const at = reader.offset;
  const index = reader.index(draft.functions.length, "function");
  const type = draft.types[draft.functions[index]!]!;
  if (type.params.length + type.results.length > 0) {
    reader.refuse("invalid", `starts with function ${index}, which has parameters or results`, at);
  }
  draft.mentions[index]! |= MENTION.start;
  draft.start = index;
}

function checkBodies(reader: Reader, draft: Draft, bodies: number): void {
  const own = draft.functions.length - draft.imports.length;
  if (own !== bodies) reader.refuse("malformed", `declares ${own} functions but has ${bodies} bodies`);
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
  const index = draft.dataSegments++;
  if (flags > 2) reader.refuse("malformed", `data segment ${index} has unknown flags ${flags}`, at);
  if (flags !== 1) {
    const target = flags === 2 ? reader.u32() : 0;
    const memory = draft.memories[target];
    if (memory === undefined)
      reader.refuse("index", `data segment ${index} fills memory ${target}, which the module lacks`, at);
    readConstant(reader, draft, memory.wide ? "i64" : "i32", `the offset of data segment ${index}`);
  }
  const bytes = reader.u32();
  reader.skip(bytes);
  if (flags !== 1) draft.activeBytes += bytes;
}

function finish(reader: Reader, draft: Draft): void {
  reader.section = "last";
  reader.end = reader.bytes.length;
  if (draft.mentions.length < draft.functions.length) draft.mentions = new Uint8Array(draft.functions.length);
  checkBodies(reader, draft, draft.bodies.length);
  const { dataCount, dataSegments } = draft;
  if (dataCount !== null && dataCount !== dataSegments) {
    reader.refuse("malformed", `counts ${dataCount} data segments but has ${dataSegments}`);
  }
}
