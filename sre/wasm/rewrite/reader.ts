// Reads WebAssembly's binary format with every bound checked. All bytes are hostile: a read past the end, an
// overlong number or an absurd count is a refusal that says where, never an engine's exception.
import { type RefusalCode, Refused } from "./refusal.ts";

/** A cursor over a module's bytes that knows where it stands. Offsets count from the start of the module. */
export class Reader {
  readonly bytes: Uint8Array;
  offset: number;
  /** Reads stop here: the end of the module, a section or a body. */
  end: number;
  section = "header";
  /** The index of the function whose body is being read. */
  function: number | null = null;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.offset = 0;
    this.end = bytes.length;
  }

  /** Throws a refusal at `offset`, by default the cursor. */
  refuse(code: RefusalCode, what: string, offset: number = this.offset): never {
    const where = this.function === null ? `${this.section} section` : `function ${this.function}`;
    const message = `${what} (${where}, offset 0x${offset.toString(16)})`;
    throw new Refused({ code, message, section: this.section, function: this.function, offset, feature: null });
  }

  /** One byte. */
  byte(): number {
    if (this.offset >= this.end) this.refuse("malformed", "the bytes end in the middle of something");
    return this.bytes[this.offset++]!;
  }

  /** Passes over `count` bytes. */
  skip(count: number): void {
    if (count > this.end - this.offset) this.refuse("malformed", "the bytes end in the middle of something");
    this.offset += count;
  }

  /** An unsigned LEB128 number below 2^32. */
  u32(): number {
    const start = this.offset;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      if (shift === 28 && byte > 0x0f) break;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    this.refuse("malformed", "a number is longer than an unsigned 32-bit LEB128 may be", start);
  }

  /** Passes over a signed LEB128 number of 32 or 64 bits, checking its length and its unused bits. */
  skipSigned(bits: 32 | 64): void {
    const start = this.offset;
    const last = bits === 32 ? 4 : 9;
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

  /** A name as the text it is in UTF-8, each byte outside printable ASCII shown as U+FFFD. */
  name(limit: number): string {
    const start = this.offset;
    const length = this.u32();
    if (length > limit) {
      this.refuse("limit", `has a name of ${length} bytes; the profile takes at most ${limit}`, start);
    }
    const from = this.offset;
    this.skip(length);
    const codes: number[] = [];
    for (let at = from; at < this.offset; at++) {
      const byte = this.bytes[at]!;
      codes.push(byte >= 0x20 && byte < 0x7f ? byte : 0xfffd);
    }
    return String.fromCharCode(...codes);
  }
}
