// A valid module as data, for the oracle: everything that it must know or write anew. It trusts its input.
import { Cursor } from "./bytes.ts";
import type { Letters } from "./instructions.ts";

/** A function type in letters. */
export interface FunctionType {
  readonly params: Letters;
  readonly results: Letters;
}

export interface Limits {
  readonly wide: boolean;
  readonly min: bigint;
  readonly max: bigint | null;
}

export interface Import {
  readonly module: string;
  readonly name: string;
  readonly type: number;
}

export interface Global {
  readonly type: string;
  readonly mutable: boolean;
  readonly init: Uint8Array;
}

export interface Export {
  readonly name: string;
  readonly kind: number;
  readonly index: number;
}

export interface Segment {
  readonly flags: number;
  /** From the flags to the count of items. */
  readonly head: Uint8Array;
  /** Where it goes, of an active one. */
  readonly offset: Uint8Array | null;
  /** Function indices, or expressions. */
  readonly functions: readonly number[] | null;
  readonly expressions: readonly Uint8Array[];
}

export interface Code {
  /** Types of parameters and locals, one letter each. */
  readonly locals: Letters;
  readonly declared: Letters;
  /** Where the body begins, and where its instructions do. */
  readonly from: number;
  readonly start: number;
  readonly end: number;
}

export interface Module {
  readonly bytes: Uint8Array;
  readonly types: FunctionType[];
  readonly imports: Import[];
  /** Type index of every function, imports first. */
  readonly functions: number[];
  readonly tables: { readonly type: string; readonly limits: Limits; readonly raw: Uint8Array }[];
  readonly memories: Limits[];
  readonly tags: number[];
  readonly globals: Global[];
  readonly exports: Export[];
  start: number | null;
  readonly segments: Segment[];
  dataCount: number | null;
  readonly code: Code[];
  data: Uint8Array | null;
}

const LETTERS: Readonly<Record<number, string>> = {
  ...{ 127: "i", 126: "l", 125: "f", 124: "d", 123: "v", 112: "c", 111: "e", 105: "x" },
};

/** The letter of a value type's byte. */
export function letter(byte: number): string {
  const found = LETTERS[byte];
  if (found === undefined) throw new Error(`the oracle does not know value type 0x${byte.toString(16)}`);
  return found;
}

/** The byte of a letter. */
export const TYPE_BYTES: Readonly<Record<string, number>> = {
  ...{ i: 0x7f, l: 0x7e, f: 0x7d, d: 0x7c, v: 0x7b, c: 0x70, e: 0x6f, x: 0x69 },
};

const letters = (cursor: Cursor): Letters => {
  let all = "";
  for (let count = cursor.u32(); count > 0; count--) all += letter(cursor.byte());
  return all;
};

function limits(cursor: Cursor): Limits {
  const flags = cursor.byte();
  const min = cursor.u64();
  return { wide: (flags & 4) !== 0, min, max: flags & 1 ? cursor.u64() : null };
}

/** Reads a constant expression, its end included. */
export function expression(cursor: Cursor): Uint8Array {
  const start = cursor.at;
  for (;;) {
    const opcode = cursor.byte();
    if (opcode === 0x0b) return cursor.bytes.subarray(start, cursor.at);
    if (opcode === 0x43) cursor.at += 4;
    else if (opcode === 0x44) cursor.at += 8;
    else if (opcode === 0xfd) {
      cursor.u32();
      cursor.at += 16;
    } else if (opcode === 0x41 || opcode === 0x42 || opcode === 0x23 || opcode === 0xd2) cursor.skipNumber();
    else if (opcode === 0xd0) cursor.at += 1;
  }
}

const name = (cursor: Cursor): string => Buffer.from(cursor.take(cursor.u32())).toString("utf8");

/** An imported memory or table is the module's own once it is rewritten (SPEC, the boundary). */
function readImport(cursor: Cursor, module: Module): void {
  const [from, what] = [name(cursor), name(cursor)];
  const kind = cursor.byte();
  if (kind === 0) {
    const type = cursor.u32();
    module.imports.push({ module: from, name: what, type });
    module.functions.push(type);
  } else if (kind === 1) readTable(cursor, module);
  else if (kind === 2) module.memories.push(limits(cursor));
  else throw new Error("the oracle takes no imported globals and tags");
}

function readTable(cursor: Cursor, { tables }: Module): void {
  const start = cursor.at;
  const type = letter(cursor.byte());
  tables.push({ type, limits: limits(cursor), raw: cursor.bytes.subarray(start, cursor.at) });
}

function readSegment(cursor: Cursor): Segment {
  const start = cursor.at;
  const flags = cursor.u32();
  if (!(flags & 1) && flags & 2) cursor.u32();
  const offset = flags & 1 ? null : expression(cursor);
  if (flags & 3) cursor.byte();
  const head = cursor.bytes.subarray(start, cursor.at);
  const functions: number[] = [];
  const expressions: Uint8Array[] = [];
  for (let count = cursor.u32(); count > 0; count--) {
    if (flags & 4) expressions.push(expression(cursor));
    else functions.push(cursor.u32());
  }
  return { flags, head, offset, functions: flags & 4 ? null : functions, expressions };
}

function readCode(cursor: Cursor, module: Module): void {
  const end = cursor.u32() + cursor.at;
  const from = cursor.at;
  const { params } = module.types[module.functions[module.imports.length + module.code.length]!]!;
  let declared = "";
  for (let groups = cursor.u32(); groups > 0; groups--) {
    const count = cursor.u32();
    declared += letter(cursor.byte()).repeat(count);
  }
  module.code.push({ locals: params + declared, declared, from, start: cursor.at, end });
  cursor.at = end;
}

const SECTIONS: Readonly<Record<number, (cursor: Cursor, module: Module) => void>> = {
  1: (cursor, { types }) => {
    if (cursor.byte() !== 0x60) throw new Error("the oracle takes function types only");
    const params = letters(cursor);
    types.push({ params, results: letters(cursor) });
  },
  2: readImport,
  3: (cursor, { functions }) => void functions.push(cursor.u32()),
  4: readTable,
  5: (cursor, { memories }) => void memories.push(limits(cursor)),
  6: (cursor, { globals }) => {
    const type = letter(cursor.byte());
    const mutable = cursor.byte() === 1;
    globals.push({ type, mutable, init: expression(cursor) });
  },
  7: (cursor, { exports }) => {
    const called = name(cursor);
    const kind = cursor.byte();
    exports.push({ name: called, kind, index: cursor.u32() });
  },
  9: (cursor, { segments }) => void segments.push(readSegment(cursor)),
  10: readCode,
  13: (cursor, { tags }) => {
    cursor.byte();
    tags.push(cursor.u32());
  },
};

/** Reads a valid module that imports no globals and no tags. */
export function readModule(bytes: Uint8Array): Module {
  const module: Module = {
    ...{ bytes, types: [], imports: [], functions: [], tables: [], memories: [], tags: [], globals: [], exports: [] },
    ...{ start: null, segments: [], dataCount: null, code: [], data: null },
  };
  const cursor = new Cursor(bytes, 8);
  while (cursor.at < bytes.length) {
    const id = cursor.byte();
    const end = cursor.u32() + cursor.at;
    if (id === 8) module.start = cursor.u32();
    else if (id === 12) module.dataCount = cursor.u32();
    else if (id === 11) module.data = bytes.subarray(cursor.at, end);
    else if (id !== 0) for (let count = cursor.u32(); count > 0; count--) SECTIONS[id]!(cursor, module);
    cursor.at = end;
  }
  return module;
}
