// Canonical JSON (RFC 8785): the one byte form of every document that is hashed or signed. Parsing takes that form
// alone: duplicate members, white space, other escapes, other numbers and another order of members are refused.
// All input is attacker-controlled: size and depth are bounded before anything is built from it.
import { asciiDecode, hexEncode, utf8Decode, utf8Encode } from "./bytes.ts";
import type { Crypto } from "./crypto.ts";
import { LockstepError } from "./errors.ts";
import { DOCUMENT_LIMITS } from "./limits.ts";
import type { Digest } from "./units.ts";

/** A JSON value: no undefined, no bigint, no class instance. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [member: string]: Json };

function refuse(what: string): never {
  throw new LockstepError("MALFORMED", what);
}

/** An object of a document, once it is known to be one. */
type Members = { readonly [member: string]: Json };

function sortedNames(object: Members): { names: string[]; moved: boolean } {
  const names = Object.keys(object);
  for (let at = 1; at < names.length; at++) {
    // `<` compares UTF-16 code units, as RFC 8785 section 3.2.3 wants, and so does `sort` without a comparison.
    if (names[at]! < names[at - 1]!) return { names: names.sort(), moved: true };
  }
  return { names, moved: false };
}

/** Integers come first in every object, whatever the order of insertion, and `__proto__` can't be assigned. */
function standsWhereItIsPut(name: string): boolean {
  const first = name.charCodeAt(0);
  return !(first >= 0x30 && first <= 0x39) && name !== "__proto__";
}

function requireObject(value: Json, depth: number): asserts value is Members | readonly Json[] {
  if (typeof value !== "object") refuse(`a JSON document can't hold a value of type ${typeof value}`);
  if (depth === 0) refuse(`a JSON document nests deeper than ${DOCUMENT_LIMITS.depth} levels`);
  if (Array.isArray(value)) return;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) refuse("a JSON document can't hold a class instance");
}

/**
 * Refuses what canonical JSON can't hold, and gives the value with all members in canonical order: itself where
 * they stand so already, else a copy. The engine's own `JSON.stringify` then writes the canonical text, faster than
 * we could. Undefined where an object can't keep the order.
 */
function arrange(value: Json, depth: number): Json | undefined {
  if (typeof value === "string" || value === null || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : refuse("a JSON number is not finite");
  requireObject(value, depth);
  if (Array.isArray(value)) return arrangeItems(value, depth);
  const object = value as Members;
  const { names, moved } = sortedNames(object);
  let copied: Record<string, Json> | undefined = moved ? {} : undefined;
  let possible = true;
  for (const name of names) {
    const inner = arrange(object[name]!, depth - 1);
    if (inner === undefined) possible = false;
    if (copied === undefined && inner !== object[name]) copied = { ...object };
    if (copied === undefined || inner === undefined) continue;
    possible &&= standsWhereItIsPut(name);
    if (possible) copied[name] = inner;
  }
  return possible ? (copied ?? object) : undefined;
}

function arrangeItems(items: readonly Json[], depth: number): readonly Json[] | undefined {
  const arranged: Json[] = [];
  let possible = true;
  let same = true;
  for (let at = 0; at < items.length; at++) {
    const inner = arrange(items[at]!, depth - 1);
    if (inner === undefined) possible = false;
    else arranged.push(inner);
    same &&= inner === items[at];
  }
  return possible ? (same ? items : arranged) : undefined;
}

/** The canonical text of a checked value that no object can hold in order. */
function write(value: Json): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(write).join(",")}]`;
  const object = value as Members;
  const members = sortedNames(object).names.map((name) => `${JSON.stringify(name)}:${write(object[name]!)}`);
  return `{${members.join(",")}}`;
}

/** An escape for half of a surrogate pair: `\\ud…` after an even number of backslashes. */
const HALF_PAIR = /(?<!\\)(?:\\\\)*\\ud[89a-f]/;

function canonicalText(value: Json): string {
  const arranged = arrange(value, DOCUMENT_LIMITS.depth);
  const text = arranged === undefined ? write(value) : JSON.stringify(arranged);
  // `JSON.stringify` has an escape for half pairs, RFC 8785 section 3.2.2.2 has none. One look at the whole text is
  // much cheaper than one at each string.
  if (text.includes("\\ud") && HALF_PAIR.test(text)) refuse("a JSON text has half of a surrogate pair");
  return text;
}

/**
 * The canonical bytes (RFC 8785) of a value. MALFORMED for what canonical JSON can't hold: numbers that are not
 * finite, half surrogate pairs, nesting deeper than `DOCUMENT_LIMITS.depth`, values that are not JSON.
 */
export function canonicalize(value: Json): Uint8Array {
  return utf8Encode(canonicalText(value));
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const NUMBER_BYTES: ReadonlySet<number> = new Set(utf8Encode("+-.0123456789e"));

/**
 * Reads bytes that are canonical JSON and refuses any others at the first place where they are not. It takes exactly
 * what `canonicalize` writes, which tests hold; encoding again to compare would cost twice as much.
 */
class Reader {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  #at = 0;

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  document(): Json {
    const value = this.#value(DOCUMENT_LIMITS.depth);
    return this.#at === this.#bytes.length ? value : this.#refuse();
  }

  #refuse(): never {
    return refuse(`${this.#what} is not canonical JSON (RFC 8785) at byte ${this.#at}`);
  }

  /** Whether a byte comes next, and if so goes past it. */
  #passes(byte: number): boolean {
    if (this.#bytes[this.#at] !== byte) return false;
    this.#at += 1;
    return true;
  }

  #value(depth: number): Json {
    switch (this.#bytes[this.#at]) {
      case QUOTE:
        return this.#string();
      case OPEN_OBJECT:
        return this.#members(this.#enter(depth));
      case OPEN_ARRAY:
        return this.#items(this.#enter(depth));
      case 0x74:
        return this.#word("true", true);
      case 0x66:
        return this.#word("false", false);
      case 0x6e:
        return this.#word("null", null);
      default:
        return this.#number();
    }
  }

  /** Goes past an opening bracket, and bounds how deep the values in it may nest. */
  #enter(depth: number): number {
    if (depth === 0) refuse(`${this.#what} nests deeper than ${DOCUMENT_LIMITS.depth} levels at byte ${this.#at}`);
    this.#at += 1;
    return depth - 1;
  }

  #word<Word>(spelled: string, word: Word): Word {
    for (let at = 0; at < spelled.length; at++) if (!this.#passes(spelled.charCodeAt(at))) this.#refuse();
    return word;
  }

  #number(): number {
    let end = this.#at;
    while (NUMBER_BYTES.has(this.#bytes[end]!)) end++;
    const spelled = asciiDecode(this.#bytes, this.#at, end);
    const value = Number(spelled);
    // RFC 8785 section 3.2.2.3: a number's one spelling is ECMAScript's own.
    if (!Number.isFinite(value) || String(value) !== spelled) this.#refuse();
    this.#at = end;
    return value;
  }

  #string(): string {
    const from = this.#at + 1;
    let end = from;
    for (let byte = this.#bytes[end]!; byte >= 0x20 && byte < 0x80; byte = this.#bytes[++end]!) {
      if (byte === BACKSLASH) break;
      if (byte !== QUOTE) continue;
      this.#at = end + 1;
      return asciiDecode(this.#bytes, from, end);
    }
    return this.#unusual(end);
  }

  /** A string with more than plain ASCII from a place on: canonical when it is written in the same way again. */
  #unusual(at: number): string {
    let end = at;
    while (end < this.#bytes.length && this.#bytes[end] !== QUOTE) end += this.#bytes[end] === BACKSLASH ? 2 : 1;
    const spelled = utf8Decode(this.#bytes.subarray(this.#at, end + 1));
    const value = parseString(spelled);
    if (value === null || canonicalText(value) !== spelled) this.#refuse();
    this.#at = end + 1;
    return value;
  }

  #items(depth: number): Json[] {
    const items: Json[] = [];
    if (this.#passes(CLOSE_ARRAY)) return items;
    do items.push(this.#value(depth));
    while (this.#passes(COMMA));
    return this.#passes(CLOSE_ARRAY) ? items : this.#refuse();
  }

  #members(depth: number): Members {
    const members: Record<string, Json> = {};
    if (this.#passes(CLOSE_OBJECT)) return members;
    let last: string | null = null;
    do {
      if (this.#bytes[this.#at] !== QUOTE) this.#refuse();
      const name = this.#string();
      // In ascending order of UTF-16 code units (RFC 8785 section 3.2.3), so none twice.
      if ((last !== null && name <= last) || !this.#passes(COLON)) this.#refuse();
      last = name;
      put(members, name, this.#value(depth));
    } while (this.#passes(COMMA));
    return this.#passes(CLOSE_OBJECT) ? members : this.#refuse();
  }
}

/** The text of a JSON string; null when it is none. */
function parseString(spelled: string): string | null {
  try {
    const value: unknown = JSON.parse(spelled);
    return typeof value === "string" ? value : null;
  } catch {
    return null;
  }
}

/** Adds a member as an own one: assigning `__proto__` would reach the prototype. */
function put(members: Record<string, Json>, name: string, value: Json): void {
  if (name !== "__proto__") members[name] = value;
  else Object.defineProperty(members, name, { value, configurable: true, enumerable: true, writable: true });
}

/**
 * Parses canonical JSON and nothing else. TOO_LARGE above `maxBytes`; MALFORMED when the bytes are not UTF-8, not
 * JSON, too deep, or not the canonical form of what they say. `what` names the document in messages.
 * A member called `__proto__` is a member like any other: it never reaches a prototype.
 */
export function parseCanonical(bytes: Uint8Array, maxBytes: number, what = "document"): Json {
  if (bytes.length > maxBytes) {
    throw new LockstepError("TOO_LARGE", `${what} has ${bytes.length} bytes, more than the ${maxBytes} allowed`);
  }
  return new Reader(bytes, what).document();
}

/** SHA-256 of bytes, as a digest. */
export function digestOfBytes(crypto: Crypto, bytes: Uint8Array): Digest {
  return hexEncode(crypto.sha256(bytes)) as Digest;
}

/** SHA-256 of a value's canonical bytes. */
export function digestOf(crypto: Crypto, value: Json): Digest {
  return digestOfBytes(crypto, canonicalize(value));
}
