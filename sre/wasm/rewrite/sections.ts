// Assembles the rewritten module: the source's sections as they are, with what the passes append at their ends.
// Start, custom sections and imports of memories and tables are left out (SPEC rules M3, M7, E1).
import { hostType } from "./boundary.ts";
import { constant, indexed, OP } from "./code.ts";
import type { FlatCosts } from "./fuel.ts";
import { growType } from "./growth.ts";
import { INTERNAL_EXPORTS, type Layout, memoryExport, redirect, redirectGlobal } from "./layout.ts";
import { LINK_IMPORTS, LINK_MODULE, mostImport } from "./link.ts";
import { MENTION, type Module, type ModuleExport, SECTION, VALUE_TYPES } from "./module/index.ts";
import { Numbers } from "./numbers.ts";
import { writeProbeTable } from "./probes.ts";
import { Writer } from "./writer.ts";

const KINDS: Readonly<Record<ModuleExport["kind"], number>> = { function: 0, table: 1, memory: 2, global: 3, tag: 4 };
const { i32, i64 } = VALUE_TYPES;
const DOT = 0x2e;
const FUNCTION_FORM = 0x00;
/** A declarative segment of functions by their indices. */
const DECLARATIVE = [3, 0];

/** What the sections are made of. */
export interface Parts {
  readonly source: Uint8Array;
  readonly module: Module;
  readonly layout: Layout;
  readonly flat: FlatCosts;
  readonly kept: readonly ModuleExport[];
  /** Whether all memories are exported. */
  readonly memories: boolean;
  readonly code: Writer;
}

/** The whole module. */
export function assemble(parts: Parts): Uint8Array {
  const { source, module, layout, code } = parts;
  const out = new Writer(code.length + source.length);
  out.byte(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);
  const functions = functionSection(parts);
  const imports = importSection(parts);
  // Last of the first three, because the others may append types.
  out.section(SECTION.type, typeSection(parts));
  out.section(SECTION.import, imports);
  out.section(SECTION.function, functions);
  out.section(SECTION.table, owned(source, module, module.tables, layout.probes >= 0));
  out.section(SECTION.memory, owned(source, module, module.memories));
  copySection(out, parts, SECTION.tag);
  out.section(SECTION.global, globalSection(parts));
  out.section(SECTION.export, exportSection(parts));
  out.section(SECTION.element, elementSection(parts));
  if (module.dataCount !== null) {
    const count = new Writer(5);
    count.u32(module.dataCount);
    out.section(SECTION["data count"], count);
  }
  if (layout.functions > module.imports.length) out.section(SECTION.code, code);
  const data = new Writer(1024);
  const segments = module.raw.get(SECTION.data);
  if (segments !== undefined) data.u32(segments.count);
  copyRedirected(data, parts, SECTION.data);
  out.section(SECTION.data, data);
  return out.view();
}

function typeSection({ source, module, layout }: Parts): Writer {
  const out = new Writer(1024);
  out.u32(module.types.length + layout.types.count);
  const raw = module.raw.get(SECTION.type);
  if (raw !== undefined) out.copy(source, raw.start, raw.end);
  out.bytes(layout.types.view());
  return out;
}

/** Imported functions with the signatures that the host sees; in a linked module, then all else, and what is ours. */
function importSection({ source, module, layout }: Parts): Writer {
  const out = new Writer(1024);
  const others = module.linked ? module.foreign.length + layout.moved : 0;
  if (module.imports.length + others === 0) return out;
  out.u32(module.imports.length + others);
  for (const { entry, type } of module.imports) {
    out.copy(source, entry.start, endOfNames(source, entry.start));
    const { params, results } = hostType(type);
    out.op(FUNCTION_FORM);
    out.u32(layout.types.index(params, results));
  }
  if (!module.linked) return out;
  for (const { entry } of module.foreign) out.copy(source, entry.start, entry.end);
  const global = (name: string, type: number, mutable: 0 | 1) => {
    out.name(LINK_MODULE);
    out.name(name);
    out.byte(KINDS.global, type, mutable);
  };
  for (const name of Object.values(LINK_IMPORTS)) global(name, name === LINK_IMPORTS.fuel ? i64 : i32, 1);
  layout.mostMemory.forEach((most, index) => {
    if (most >= 0) global(mostImport("memory", index), i64, 0);
  });
  layout.mostTable.forEach((most, index) => {
    if (most >= 0) global(mostImport("table", index), i64, 0);
  });
  return out;
}

/** The byte after two names at `start`. */
function endOfNames(source: Uint8Array, start: number): number {
  const numbers = new Numbers(source, start);
  for (let names = 0; names < 2; names++) {
    const length = numbers.u32();
    numbers.at += length;
  }
  return numbers.at;
}

function functionSection({ module, layout, flat }: Parts): Writer {
  const { imports, functions, types } = module;
  const out = new Writer(1024);
  out.u32(layout.functions - imports.length);
  const hidden = (index: number) => layout.hiddenTypes + functions[index]!;
  for (let index = imports.length; index < functions.length; index++) {
    out.u32(flat[index - imports.length]! < 0 ? hidden(index) : functions[index]!);
  }
  imports.forEach((_, index) => {
    out.u32(hidden(index));
  });
  layout.growMemory.forEach((grow, index) => {
    if (grow >= 0) out.u32(layout.types.index(...growType(module.memories[index]!, null)));
  });
  layout.growTable.forEach((grow, index) => {
    const table = module.tables[index]!;
    if (grow >= 0) out.u32(layout.types.index(...growType(table, VALUE_TYPES[table.element])));
  });
  for (const index of layout.doors.keys()) {
    const { params, results } = hostType(types[functions[index]!]!);
    out.u32(layout.types.index(params, results));
  }
  return out;
}

/** Tables or memories, imported ones in front: all are the module's own now, unless it is linked. */
function owned(
  source: Uint8Array,
  { linked }: Module,
  all: Module["tables"] | Module["memories"],
  probed = false,
): Writer {
  const out = new Writer(64);
  const own = all.filter(({ imported }) => !(linked && imported));
  if (own.length === 0 && !probed) return out;
  out.u32(own.length + (probed ? 1 : 0));
  for (const { type } of own) out.copy(source, type.start, type.end);
  if (probed) writeProbeTable(out);
  return out;
}

function copySection(out: Writer, { source, module }: Parts, id: number): void {
  const raw = module.raw.get(id);
  if (raw === undefined) return;
  const content = new Writer(raw.end - raw.start + 5);
  content.u32(raw.count);
  content.copy(source, raw.start, raw.end);
  out.section(id, content);
}

/** The bytes of a section's entries, with thunks in the place of imported functions, and globals where they are now. */
function copyRedirected(out: Writer, { source, module, layout }: Parts, id: number): void {
  const raw = module.raw.get(id);
  if (raw === undefined) return;
  let at = raw.start;
  for (const mention of module.redirects) {
    if (mention.start < raw.start || mention.start >= raw.end) continue;
    out.copy(source, at, mention.start);
    const { kind, index } = mention;
    out.u32(kind === "function" ? redirect(module, layout, index) : redirectGlobal(layout, index));
    at = mention.end;
  }
  out.copy(source, at, raw.end);
}

function globalSection(parts: Parts): Writer {
  const { module, layout } = parts;
  const { fuel, stack, end, pages } = layout;
  const ours = module.linked ? [] : [fuel, stack, end, pages];
  const out = new Writer(1024);
  const own = module.raw.get(SECTION.global)?.count ?? 0;
  if (own + ours.length === 0) return out;
  out.u32(own + ours.length);
  copyRedirected(out, parts, SECTION.global);
  for (const index of ours) {
    const wide = index === fuel;
    out.byte(wide ? i64 : i32, 1);
    constant(out, wide ? OP.i64Const : OP.i32Const, 0);
    out.op(OP.end);
  }
  return out;
}

/** Ours, and what is kept of the guest's, under names that can't meet (SPEC rule M8). */
function exportSection({ source, module, layout, kept, memories }: Parts): Writer {
  const out = new Writer(1024);
  const ours: [name: string, kind: ModuleExport["kind"], index: number][] = [];
  if (!module.linked) {
    ours.push([INTERNAL_EXPORTS.fuel, "global", layout.fuel], [INTERNAL_EXPORTS.stack, "global", layout.stack]);
    ours.push([INTERNAL_EXPORTS.end, "global", layout.end], [INTERNAL_EXPORTS.pages, "global", layout.pages]);
    if (module.memories.length > 0) ours.push([INTERNAL_EXPORTS.memory, "memory", 0]);
  }
  if (module.start !== null) ours.push([INTERNAL_EXPORTS.start, "function", layout.doors.get(module.start)!]);
  if (memories) {
    for (let index = module.linked ? 0 : 1; index < module.memories.length; index++)
      ours.push([memoryExport(index), "memory", index]);
  }
  if (layout.probes >= 0) ours.push([INTERNAL_EXPORTS.probes, "table", layout.probes]);
  if (ours.length + kept.length === 0) return out;
  out.u32(ours.length + kept.length);
  for (const [name, kind, index] of ours) {
    out.name(name);
    indexed(out, KINDS[kind], index);
  }
  for (const { spelling, kind, index } of kept) {
    const start = startOfName(source, spelling.start);
    const dotted = source[start] === DOT && start < spelling.end ? 1 : 0;
    out.u32(spelling.end - start + dotted);
    if (dotted === 1) out.op(DOT);
    out.copy(source, start, spelling.end);
    const now = kind === "global" ? redirectGlobal(layout, index) : index;
    indexed(out, KINDS[kind], kind === "function" ? layout.doors.get(index)! : now);
  }
  return out;
}

/** The first byte of a name after its length. */
function startOfName(source: Uint8Array, start: number): number {
  const numbers = new Numbers(source, start);
  numbers.skipNumber();
  return numbers.at;
}

/** Besides the source's segments a declarative one: ref.func in code needs a mention outside, and exports are gone. */
function elementSection(parts: Parts): Writer {
  const { module, layout } = parts;
  const out = new Writer(1024);
  const lost: number[] = [];
  module.mentions.forEach((bits, index) => {
    if ((bits & MENTION.code) !== 0 && (bits & MENTION.data) === 0) lost.push(redirect(module, layout, index));
  });
  const raw = module.raw.get(SECTION.element);
  if (raw === undefined && lost.length === 0) return out;
  out.u32((raw?.count ?? 0) + (lost.length > 0 ? 1 : 0));
  copyRedirected(out, parts, SECTION.element);
  if (lost.length > 0) {
    out.byte(...DECLARATIVE);
    out.u32(lost.length);
    for (const index of lost) out.u32(index);
  }
  return out;
}
