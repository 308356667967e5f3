// Imports, exports and element segments: the entries through which a module meets its host or takes addresses.
import { REWRITE_LIMITS } from "../limits.ts";
import { readConstant, readElementIndex } from "./constant.ts";
import { readGlobalType, readTag } from "./declarations.ts";
import type { Draft } from "./draft.ts";
import { display, type Reader } from "./reader.ts";
import { readMemory, readTable } from "./sizes.ts";
import { type ExportKind, type Foreign, MENTION } from "./types.ts";
import { type ReferenceType, readReferenceType } from "./valuetypes.ts";

const KINDS: readonly ExportKind[] = ["function", "table", "memory", "global", "tag"];

/** Reads an import: functions, and memories and tables; in a linked module globals and tags, too. */
export function readImport(reader: Reader, draft: Draft): void {
  const start = reader.offset;
  const from = reader.name(REWRITE_LIMITS.nameBytes);
  const named = reader.name(REWRITE_LIMITS.nameBytes);
  const module = display(reader.text(from.start, from.end));
  const name = display(reader.text(named.start, named.end));
  const kind = KINDS[reader.byte()];
  if (kind === undefined) reader.refuse("malformed", "has an import of unknown kind", reader.offset - 1);
  if (kind === "function") {
    const type = reader.index(draft.types.length, "type");
    draft.functions.push(type);
    draft.imports.push({ module, name, type: draft.types[type]!, entry: { start, end: reader.offset } });
    return;
  }
  if (!reader.linked && (kind === "global" || kind === "tag")) {
    const remedy = `define the ${kind} in the module`;
    reader.refuse("import", `imports the ${kind} "${module}"."${name}", which no host offers; ${remedy}`, start);
  }
  const index = FOREIGN[kind](reader, draft, start);
  draft.foreign.push({ module, name, kind, index, entry: { start, end: reader.offset } });
}

/** Reads the type of an import that is no function; its index. */
const FOREIGN: Readonly<Record<Foreign["kind"], (reader: Reader, draft: Draft, start: number) => number>> = {
  table(reader, draft, start) {
    if (draft.tables.length >= REWRITE_LIMITS.tables) reader.refuse("limit", "imports too many tables", start);
    readTable(reader, draft, true);
    return draft.tables.length - 1;
  },
  memory(reader, draft, start) {
    if (draft.memories.length >= REWRITE_LIMITS.memories) reader.refuse("limit", "imports too many memories", start);
    readMemory(reader, draft, true);
    return draft.memories.length - 1;
  },
  global(reader, draft) {
    const index = draft.globals.length;
    draft.globals.push({ ...readGlobalType(reader, index), imported: true });
    return index;
  },
  tag(reader, draft) {
    readTag(reader, draft);
    return draft.tags.length - 1;
  },
};

/** Reads an export. */
export function readExport(reader: Reader, draft: Draft): void {
  const at = reader.offset;
  const named = reader.name(REWRITE_LIMITS.nameBytes);
  const spelling = { start: at, end: reader.offset };
  const text = reader.text(named.start, named.end);
  const name = display(text);
  const kind = KINDS[reader.byte()];
  if (kind === undefined) reader.refuse("malformed", `export "${name}" is of unknown kind`, reader.offset - 1);
  if (draft.exportNames.has(text)) reader.refuse("invalid", `exports "${name}" twice`, at);
  draft.exportNames.add(text);
  const { functions, tables, memories, globals, tags } = draft;
  const spaces = { function: functions, table: tables, memory: memories, global: globals, tag: tags };
  const index = reader.index(spaces[kind].length, kind);
  if (kind === "function") draft.mentions[index]! |= MENTION.export;
  const type = kind === "function" ? draft.types[functions[index]!]! : null;
  draft.exports.push({ name, spelling, kind, index, type });
}

/**
 * Reads an element segment. Its flags: 1 passive or declarative, 2 a table named or declarative, 4 elements are
 * expressions.
 */
export function readElement(reader: Reader, draft: Draft): void {
  const at = reader.offset;
  const index = draft.elements.length;
  const flags = reader.u32();
  if (flags > 7) reader.refuse("malformed", `element segment ${index} has unknown flags ${flags}`, at);
  const active = (flags & 1) === 0;
  const target = active && (flags & 2) !== 0 ? reader.u32() : 0;
  if (active) readOffset(reader, draft, target, at);
  const type = readElementType(reader, flags);
  if (active && draft.tables[target]!.element !== type) {
    reader.refuse("invalid", `element segment ${index} fills table ${target} with another type, ${type}`, at);
  }
  for (let left = reader.count(REWRITE_LIMITS.tableElements, "elements"); left > 0; left--) {
    if (flags & 4) readConstant(reader, draft, type, `element segment ${index}`);
    else readElementIndex(reader, draft);
  }
  draft.elements.push(type);
}

function readOffset(reader: Reader, draft: Draft, target: number, at: number): void {
  const table = draft.tables[target];
  const what = `element segment ${draft.elements.length}`;
  if (table === undefined) reader.refuse("index", `${what} fills table ${target}, which the module lacks`, at);
  readConstant(reader, draft, table.wide ? "i64" : "i32", `the offset of ${what}`);
}

function readElementType(reader: Reader, flags: number): ReferenceType {
  if ((flags & 3) === 0) return "funcref";
  if (flags & 4) return readReferenceType(reader);
  if (reader.byte() !== 0) reader.refuse("malformed", "has an element segment of unknown kind", reader.offset - 1);
  return "funcref";
}
