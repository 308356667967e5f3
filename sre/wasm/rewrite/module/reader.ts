// Reads WebAssembly's binary format with every bound checked. All bytes are hostile: a read past the end, an
// overlong number or an absurd count is a refusal that says where, never an engine's exception.
import { type RefusalCode, Refused } from "../refusal.ts";
import { OPTIONAL, type Outside } from "./features.ts";
import type { Feature } from "./types.ts";
import { isUtf8, textOf } from "./utf8.ts";

const CUT_SHORT = "the bytes end in the middle of something; get or build the whole module again";
/** Bytes of the longest LEB128 number of 64 bits. */
const U64_DIGITS = 10;
/** Wider numbers read as this, 2^53: all that anyone asks of them is whether they pass a cap. */
const WIDEST = 0x20_0000_0000_0000;

/** A cursor over a module's bytes that knows where it stands. Offsets count from the start of the module. */
export class Reader {
  readonly bytes: Uint8Array;
  /** Optional features that the profile takes, and those that the module was seen to use. */
  readonly allowed: ReadonlySet<Feature>;
  readonly used = new Set<Feature>();
  /** Whether the module is one of several that are linked. */
  readonly linked: boolean;
  offset: number;
  /** Reads stop here: the end of the module, a section or a body. */
  end: number;
  section = "header";
  /** The index of the function whose body is being read. */
  function: number | null = null;

  constructor(bytes: Uint8Array, allowed: ReadonlySet<Feature>, linked = false) {
    this.bytes = bytes;
    this.allowed = allowed;
    this.linked = linked;
    this.offset = 0;
    this.end = bytes.length;
  }

  /** Throws a refusal at `offset`, by default the cursor. */
  refuse(code: RefusalCode, what: string, offset: number = this.offset, feature: string | null = null): never {
    const where = this.function === null ? `${this.section} section` : `code section, function ${this.function}`;
    const message = `${what} (${where}, offset 0x${offset.toString(16)})`;
    throw new Refused({ code, message, section: this.section, function: this.function, offset, feature });
  }

  /** Refuses a feature outside every profile; `how` it is used. */
  refuseFeature({ feature, remedy }: Outside, how: string, offset: number): never {
    this.refuse("unsupported", `uses ${feature} (${how}); ${remedy}`, offset, feature);
  }

  /** Notes that an optional feature is used; refuses it if the profile lacks it. */
  require(feature: Feature, how: string, offset: number): void {
    if (this.used.has(feature)) return;
    if (!this.allowed.has(feature)) this.refuseFeature(OPTIONAL[feature], how, offset);
    this.used.add(feature);
  }

  /** One byte. */
  byte(): number {
    if (this.offset >= this.end) this.refuse("malformed", CUT_SHORT);
    return this.bytes[this.offset++]!;
  }

  /** Passes over `count` bytes. */
  skip(count: number): void {
    if (count > this.end - this.offset) this.refuse("malformed", CUT_SHORT);
    this.offset += count;
  }

  /** An unsigned LEB128 number below 2^32. */
  u32(): number {
    const first = this.bytes[this.offset]!;
    if (first < 0x80 && this.offset < this.end) {
      this.offset++;
      return first;
    }
    const start = this.offset;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      if (shift === 28 && byte > 0x0f) break;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    this.refuse("malformed", "a number is longer than an unsigned 32-bit LEB128 may be", start);
  }

  /** An unsigned LEB128 number below 2^64; `WIDEST` for everything from there on. */
  u64(): number {
    const start = this.offset;
    let value = 0;
    for (let digit = 0, scale = 1; digit < U64_DIGITS; digit++, scale *= 0x80) {
      const byte = this.byte();
      if (digit === U64_DIGITS - 1 && byte > 1) break;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return Math.min(value, WIDEST);
    }
    this.refuse("malformed", "a number is longer than an unsigned 64-bit LEB128 may be", start);
  }

  /** Passes over a signed LEB128 number of so many bits, checking its length and its unused bits. */
  skipSigned(bits: 32 | 33 | 64): void {
    if (this.offset < this.end && this.bytes[this.offset]! < 0x80) {
      this.offset++;
      return;
    }
    const start = this.offset;
    const last = bits === 64 ? 9 : 4;
    const used = bits - 7 * last;
    for (let index = 0; index <= last; index++) {
      const byte = this.byte();
      if (byte >= 0x80) continue;
      // In the last byte, all bits above the number's own must repeat its sign.
      const rest = (byte & 0x7f) >> (used - 1);
      if (index < last || rest === 0 || rest === 0x7f >> (used - 1)) return;
      break;
    }
    this.refuse("malformed", `a number is longer than a signed ${bits}-bit LEB128 may be`, start);
  }

  /** A count of things that each take at least one byte, at most `limit`: it can't promise more than is there. */
  count(limit: number, what: string): number {
    const start = this.offset;
    const count = this.u32();
    if (count > limit) this.refuse("limit", `has ${count} ${what}; the profile takes at most ${limit}`, start);
    if (count > this.end - this.offset) this.refuse("malformed", `promises ${count} ${what} and then ends`, start);
    return count;
  }

  /** An index that must be below `count`. */
  index(count: number, what: string): number {
    const start = this.offset;
    const index = this.u32();
    if (index >= count) this.refuse("index", `names ${what} ${index}, but there are ${count}`, start);
    return index;
  }

  /** A name: its bytes, checked to be UTF-8, as a range. */
  name(limit: number): { readonly start: number; readonly end: number } {
    const at = this.offset;
    const length = this.u32();
    if (length > limit) this.refuse("limit", `has a name of ${length} bytes; the profile takes at most ${limit}`, at);
    const start = this.offset;
    this.skip(length);
    if (!isUtf8(this.bytes, start, this.offset)) this.refuse("malformed", "has a name that is not UTF-8", at);
    return { start, end: this.offset };
  }

  /** The text of a name that was read. */
  text(start: number, end: number): string {
    return textOf(this.bytes, start, end);
  }
}

/** A name as messages show it: whatever is not printable ASCII becomes U+FFFD. */
export function display(name: string): string {
  return name.replace(/[^\x20-\x7e]/gu, "\uFFFD");
}
