// The custom section in which a module carries the types of its exports: the compiler's word, written by the build and so
// part of the module's digest. The rewriter drops it with all other custom sections.
import { Reader } from "../../rewrite/module/reader.ts";
import { Refused } from "../../rewrite/refusal.ts";
import { Writer } from "../../rewrite/writer.ts";

/** The section's name. */
export const TYPES_SECTION = "lockstep.types";
/** Bytes of its text: types and functions of about forty bytes each, several thousand of them. */
export const TYPES_BYTES = 256 * 1024;

const HEADER_BYTES = 8;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A module with a text as its section. */
export function withTypes(module: Uint8Array, text: string): Uint8Array {
  const content = new Writer();
  content.name(TYPES_SECTION);
  content.bytes(encoder.encode(text));
  const whole = new Writer(module.length + content.length + 2 * HEADER_BYTES);
  whole.bytes(module);
  whole.section(0, content);
  return whole.view();
}

/** The text of a module's section; null when it has none, or more than one, or one that is no text or too long. */
export function typesIn(module: Uint8Array): string | null {
  try {
    const found = sectionsOf(new Reader(module, new Set()));
    return found.length === 1 && found[0]!.length <= TYPES_BYTES ? decoder.decode(found[0]) : null;
  } catch (error) {
    // A module that ends in the middle of something is refused by the rewriter, in better words.
    if (error instanceof Refused || error instanceof TypeError) return null;
    throw error;
  }
}

function sectionsOf(reader: Reader): Uint8Array[] {
  const found: Uint8Array[] = [];
  const whole = reader.end;
  reader.skip(HEADER_BYTES);
  while (reader.offset < whole) {
    const custom = reader.byte() === 0;
    const size = reader.u32();
    const start = reader.offset;
    reader.skip(size);
    if (!custom) continue;
    reader.end = reader.offset;
    reader.offset = start;
    const { start: from, end: to } = reader.name(size);
    if (reader.text(from, to) === TYPES_SECTION) found.push(reader.bytes.subarray(to, reader.end));
    reader.offset = reader.end;
    reader.end = whole;
  }
  return found;
}
