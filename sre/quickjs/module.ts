// Three changes to a WebAssembly module before it is rewritten like any other: the host gets the memory and a way to grow it,
// the stack in the memory gets smaller, and the data that it begins with becomes the image of an interpreter that is ready. The bytes are the pinned
// interpreter's, so nothing here is checked twice.
import { PAGE_BYTES, Writer } from "../wasm/parts.ts";
import { APPENDED, STACK } from "./interpreter.ts";

/** Numbers of the binary format. */
const SECTION = {
  types: 1,
  imports: 2,
  functions: 3,
  globals: 6,
  exports: 7,
  dataCount: 12,
  code: 10,
  data: 11,
} as const;
const HEADER_BYTES = 8;
const KIND = { function: 0, memory: 2 } as const;
const I32 = 0x7f;
const FUNCTION_TYPE = 0x60;
const OP = { end: 0x0b, i32Const: 0x41, localGet: 0x20, memoryGrow: 0x40 } as const;
/** Bytes of the pieces in which memory is looked at: what is all zeros is left out. */
const PIECE_BYTES = 4096;

/** A section's content. */
interface Section {
  readonly id: number;
  readonly bytes: Uint8Array;
}

/** Reads an unsigned LEB128 number; the number and where it ends. */
function u32(bytes: Uint8Array, at: number): readonly [value: number, end: number] {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++]!;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at];
  }
}

function sectionsOf(module: Uint8Array): Section[] {
  const sections: Section[] = [];
  for (let at = HEADER_BYTES; at < module.length; ) {
    const id = module[at]!;
    const [size, start] = u32(module, at + 1);
    at = start + size;
    sections.push({ id, bytes: module.subarray(start, at) });
  }
  return sections;
}

function moduleOf(source: Uint8Array, sections: readonly Section[]): Uint8Array {
  const out = new Writer(source.length * 2);
  out.bytes(source.subarray(0, HEADER_BYTES));
  for (const { id, bytes } of sections) {
    out.op(id);
    out.u32(bytes.length);
    out.bytes(bytes);
  }
  return out.view().slice();
}

/** A section of so many items more, which `write` appends. */
function grown({ id, bytes }: Section, items: number, write: (out: Writer) => void): Section {
  const [count, start] = u32(bytes, 0);
  const out = new Writer(bytes.length + 64);
  out.u32(count + items);
  out.bytes(bytes.subarray(start));
  write(out);
  return { id, bytes: out.view() };
}

const countOf = ({ bytes }: Section): number => u32(bytes, 0)[0];

/** The imports, all of functions but the memory, which comes last and gets another initial number of pages. */
function withPages({ id, bytes }: Section, pages: number): Section {
  const [count, start] = u32(bytes, 0);
  let at = start;
  for (let index = 1; ; index++) {
    for (let name = 0; name < 2; name++) {
      const [length, begin] = u32(bytes, at);
      at = begin + length;
    }
    if (index === count) break;
    at = u32(bytes, at + 1)[1];
  }
  // Behind the kind and the flag that there is a maximum.
  const initial = at + 2;
  const out = new Writer(bytes.length + 8);
  out.bytes(bytes.subarray(0, initial));
  out.u32(pages);
  out.bytes(bytes.subarray(u32(bytes, initial)[1]));
  return { id, bytes: out.view() };
}

/** The number as an instruction spells it, and as a word of memory. */
function spellings(value: number): readonly [operand: Uint8Array, word: Uint8Array] {
  const [operand, word] = [new Writer(), new Writer()];
  operand.s32(value);
  for (let shift = 0; shift < 32; shift += 8) word.byte((value >>> shift) & 0xff);
  return [operand.view(), word.view()];
}

/** The section with bytes replaced by as many others, wherever they stand. */
function replaced({ id, bytes }: Section, from: Uint8Array, to: Uint8Array): Section {
  const out = bytes.slice();
  for (let at = 0; at + from.length <= out.length; at++) {
    if (from.every((byte, index) => out[at + index] === byte)) out.set(to, at);
  }
  return { id, bytes: out };
}

/**
 * Lets the heap begin lower, which makes the stack below it smaller: the stack pointer's first value, a constant of the start
 * and a word of the static data say where. The pinned file has the bytes nowhere else.
 */
function withSmallStack(section: Section): Section {
  const [from, to] = [spellings(STACK.heap), spellings(STACK.moved)];
  if (section.id === SECTION.globals || section.id === SECTION.code) return replaced(section, from[0], to[0]);
  return section.id === SECTION.data ? replaced(section, from[1], to[1]) : section;
}

/** Appends the exports of `APPENDED`, moves the heap down, and takes the memory back to as many pages as data and stack need. */
export function withHostAccess(source: Uint8Array, pages: number): Uint8Array {
  const sections = sectionsOf(source).map(withSmallStack);
  const find = (id: number) => sections.find((section) => section.id === id)!;
  const type = countOf(find(SECTION.types));
  // All imports but the memory are functions.
  const index = countOf(find(SECTION.imports)) - 1 + countOf(find(SECTION.functions));
  const additions: Readonly<Record<number, readonly [items: number, write: (out: Writer) => void]>> = {
    [SECTION.types]: [1, (out) => out.byte(FUNCTION_TYPE, 1, I32, 1, I32)],
    [SECTION.functions]: [1, (out) => out.u32(type)],
    [SECTION.exports]: [
      2,
      (out) => {
        out.name(APPENDED.memory);
        out.byte(KIND.memory, 0);
        out.name(APPENDED.grow);
        out.op(KIND.function);
        out.u32(index);
      },
    ],
    [SECTION.code]: [1, (out) => out.byte(6, 0, OP.localGet, 0, OP.memoryGrow, 0, OP.end)],
  };
  const changed = sections.map((section) => {
    if (section.id === SECTION.imports) return withPages(section, pages);
    const addition = additions[section.id];
    return addition === undefined ? section : grown(section, ...addition);
  });
  return moduleOf(source, changed);
}

/** The ranges of a memory that are not all zeros, in whole pieces. */
function ranges(memory: Uint8Array): readonly (readonly [start: number, end: number])[] {
  const found: [number, number][] = [];
  for (let at = 0; at < memory.length; at += PIECE_BYTES) {
    if (memory.subarray(at, at + PIECE_BYTES).every((byte) => byte === 0)) continue;
    const last = found.at(-1);
    if (last !== undefined && last[1] === at) last[1] = at + PIECE_BYTES;
    else found.push([at, at + PIECE_BYTES]);
  }
  return found;
}

/** The module whose memory begins as this one. */
export function withImage(module: Uint8Array, memory: Uint8Array): Uint8Array {
  const parts = ranges(memory);
  const data = new Writer(memory.length);
  data.u32(parts.length);
  for (const [start, end] of parts) {
    data.byte(0, OP.i32Const);
    data.s32(start);
    data.op(OP.end);
    data.u32(end - start);
    data.copy(memory, start, end);
  }
  const count = new Writer();
  count.u32(parts.length);
  const changed = sectionsOf(module).map(({ id, bytes }) => {
    if (id === SECTION.imports) return withPages({ id, bytes }, memory.length / PAGE_BYTES);
    if (id === SECTION.data) return { id, bytes: data.view() };
    return { id, bytes: id === SECTION.dataCount ? count.view() : bytes };
  });
  return moduleOf(module, changed);
}
