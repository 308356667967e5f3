// Bytes and their three spellings: UTF-8, hexadecimal and base64, each with exactly one accepted form. The pure
// rooms have no TextEncoder, Buffer or atob, and the platform's own are lenient where we must not be: a decoder
// that takes two spellings of one value lets a signed document be changed without its meaning changing.
import { LockstepError } from "./errors.ts";

/**
 * The text of a range of bytes that are known to be ASCII, sixteen a step: twice as fast as spreading them into
 * `String.fromCharCode`, and texts of any length fit. On the ledger's hot path.
 */
export function asciiDecode(b: Uint8Array, from: number, to: number): string {
  let text = "";
  let i = from;
  for (; i + 16 <= to; i += 16) {
    // biome-ignore format: one step a block
    text += String.fromCharCode(
      b[i]!, b[i + 1]!, b[i + 2]!, b[i + 3]!, b[i + 4]!, b[i + 5]!, b[i + 6]!, b[i + 7]!,
      b[i + 8]!, b[i + 9]!, b[i + 10]!, b[i + 11]!, b[i + 12]!, b[i + 13]!, b[i + 14]!, b[i + 15]!,
    );
  }
  for (; i < to; i++) text += String.fromCharCode(b[i]!);
  return text;
}

/** The UTF-8 bytes of a text; MALFORMED when it holds half of a surrogate pair, which has no UTF-8 form. */
export function utf8Encode(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit > 0x7f) return encodeWide(text, bytes.subarray(0, at));
    bytes[at] = unit;
  }
  return bytes;
}

/** Goes on after the ASCII that a text begins with. */
function encodeWide(text: string, ascii: Uint8Array): Uint8Array {
  // One UTF-16 code unit becomes at most three bytes, a pair of them four.
  const bytes = new Uint8Array(ascii.length + 3 * (text.length - ascii.length));
  bytes.set(ascii);
  let size = ascii.length;
  for (let at = ascii.length; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) {
      bytes[size++] = unit;
      continue;
    }
    const point = text.codePointAt(at)!;
    if (point >= 0xd800 && point <= 0xdfff) {
      throw new LockstepError("MALFORMED", `text has half of a surrogate pair at character ${at}`);
    }
    const length = wideBytes(point);
    bytes[size++] = (0xf00 >> length) | (point >> (6 * (length - 1)));
    for (let rest = length - 2; rest >= 0; rest--) bytes[size++] = 0x80 | ((point >> (6 * rest)) & 0x3f);
    if (length === 4) at++;
  }
  return bytes.slice(0, size);
}

/** The text of UTF-8 bytes; MALFORMED on overlong forms, surrogates, truncation, anything but strict UTF-8. */
export function utf8Decode(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    // Runs of ASCII are nearly all of every document.
    const from = at;
    while (at < bytes.length && bytes[at]! < 0x80) at++;
    text += asciiDecode(bytes, from, at);
    while (at < bytes.length && bytes[at]! >= 0x80) {
      const point = wideAt(bytes, at);
      text += String.fromCodePoint(point);
      at += wideBytes(point);
    }
  }
  return text;
}

/** Bytes of a character above U+007F. */
function wideBytes(point: number): number {
  return point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

/** The character above U+007F that begins at a byte. */
function wideAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  let point = first & (0x7f >> length);
  // 0x80 to 0xbf can't begin a character, 0xf8 and above begin none.
  let valid = first >= 0xc0 && first < 0xf8;
  for (let next = at + 1; next < at + length; next++) {
    // Past the end this is undefined, which fails the comparison as it should.
    const byte = bytes[next]!;
    valid &&= (byte & 0xc0) === 0x80;
    point = (point << 6) | (byte & 0x3f);
  }
  const surrogate = point >= 0xd800 && point <= 0xdfff;
  if (!valid || surrogate || point < 0x80 || point > 0x10ffff || wideBytes(point) !== length) {
    throw new LockstepError("MALFORMED", `bytes are not UTF-8 at offset ${at}`);
  }
  return point;
}

const HEX = "0123456789abcdef";
const BYTE_TO_HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => HEX[byte >> 4]! + HEX[byte & 15]!);

/** Value of each ASCII character in an alphabet, 255 where it has none. */
function reverseAlphabet(alphabet: string): Uint8Array {
  const values = new Uint8Array(128).fill(255);
  for (let value = 0; value < alphabet.length; value++) values[alphabet.charCodeAt(value)] = value;
  return values;
}

const HEX_VALUE = reverseAlphabet(HEX);

/** Lowercase hexadecimal digits, two per byte. */
export function hexEncode(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at++) text += BYTE_TO_HEX[bytes[at]!]!;
  return text;
}

/** The bytes of lowercase hexadecimal digits; MALFORMED on capitals, odd length or any other character. */
export function hexDecode(text: string): Uint8Array {
  if (text.length % 2 !== 0) {
    throw new LockstepError("MALFORMED", `hexadecimal text has an odd length, ${text.length}`);
  }
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at++) {
    const high = HEX_VALUE[text.charCodeAt(2 * at)] ?? 255;
    const low = HEX_VALUE[text.charCodeAt(2 * at + 1)] ?? 255;
    if (high > 15 || low > 15) {
      const bad = 2 * at + (high > 15 ? 0 : 1);
      throw new LockstepError("MALFORMED", `character ${bad} is not a lowercase hexadecimal digit`);
    }
    bytes[at] = (high << 4) | low;
  }
  return bytes;
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE64_CODE = Uint8Array.from(BASE64, (character) => character.charCodeAt(0));
const BASE64_VALUE = reverseAlphabet(BASE64);
const PAD = 0x3d;

/** Standard base64 (RFC 4648 section 4) with padding. */
export function base64Encode(bytes: Uint8Array): string {
  const codes = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  for (let at = 0, out = 0; at < bytes.length; at += 3, out += 4) {
    const left = bytes.length - at;
    const group = (bytes[at]! << 16) | ((left > 1 ? bytes[at + 1]! : 0) << 8) | (left > 2 ? bytes[at + 2]! : 0);
    codes[out] = BASE64_CODE[group >> 18]!;
    codes[out + 1] = BASE64_CODE[(group >> 12) & 63]!;
    codes[out + 2] = left > 1 ? BASE64_CODE[(group >> 6) & 63]! : PAD;
    codes[out + 3] = left > 2 ? BASE64_CODE[group & 63]! : PAD;
  }
  return asciiDecode(codes, 0, codes.length);
}

/**
 * The bytes of standard base64; MALFORMED unless it is the one spelling of its bytes: padding present, no space,
 * no URL alphabet, unused trailing bits zero (RFC 4648 section 3.5 lets decoders ignore them; we may not).
 */
export function base64Decode(text: string): Uint8Array {
  if (text.length % 4 !== 0) {
    throw new LockstepError("MALFORMED", `base64 text has ${text.length} characters, not a multiple of 4`);
  }
  const pads = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - pads);
  const whole = pads === 0 ? text.length : text.length - 4;
  let seen = 0;
  let out = 0;
  for (let at = 0; at < whole; at += 4, out += 3) {
    // Characters beyond ASCII have no value at all: undefined counts as zero in `group`, so it is made visible.
    const a = BASE64_VALUE[text.charCodeAt(at)] ?? 255;
    const b = BASE64_VALUE[text.charCodeAt(at + 1)] ?? 255;
    const c = BASE64_VALUE[text.charCodeAt(at + 2)] ?? 255;
    const d = BASE64_VALUE[text.charCodeAt(at + 3)] ?? 255;
    seen |= a | b | c | d;
    const group = (a << 18) | (b << 12) | (c << 6) | d;
    bytes[out] = group >> 16;
    bytes[out + 1] = group >> 8;
    bytes[out + 2] = group;
  }
  if (seen > 63) throw new LockstepError("MALFORMED", "base64 text has a character outside its alphabet");
  if (pads > 0) bytes.set(lastGroup(text.slice(whole, whole + 4 - pads)), out);
  return bytes;
}

/** The one or two bytes of the two or three digits that stand before padding. */
function lastGroup(digits: string): Uint8Array {
  let group = 0;
  for (let at = 0; at < digits.length; at++) {
    const value = BASE64_VALUE[digits.charCodeAt(at)] ?? 255;
    if (value > 63) throw new LockstepError("MALFORMED", "base64 text has a character outside its alphabet");
    group = (group << 6) | value;
  }
  // Three digits are 18 bits, two of them unused; two digits are 12 bits, four of them unused.
  const unused = digits.length === 3 ? 2 : 4;
  if ((group & ((1 << unused) - 1)) !== 0) {
    throw new LockstepError("MALFORMED", "base64 text has stray bits before its padding");
  }
  const used = group >> unused;
  return digits.length === 3 ? Uint8Array.of(used >> 8, used & 255) : Uint8Array.of(used);
}

/** One array of all the parts in order. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const part of parts) size += part.length;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Whether two arrays hold the same bytes. Not in constant time: never for secrets. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

/** Lexicographic order of unsigned bytes, a prefix before what it begins: negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at++) {
    const difference = a[at]! - b[at]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
