// Canonical JSON (RFC 8785): the one byte form of every document that is hashed or signed. Parsing is strict by
// re-encoding: what does not come out byte for byte as it went in is refused, which covers duplicate members,
// white space, other escapes, other numbers and member order in one rule.
// All input is attacker-controlled: size and depth are bounded before anything is built from it.
import { hexEncode, utf8Decode, utf8Encode } from "./bytes.ts";
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
const BACKSLASH = 0x5c;

/** Refuses deep nesting by a linear scan: `JSON.parse` recurses, and how deep it can is the engine's secret. */
function checkDepth(bytes: Uint8Array, what: string): void {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (quoted) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) quoted = false;
    } else if (byte === QUOTE) {
      quoted = true;
    } else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > DOCUMENT_LIMITS.depth) {
        refuse(`${what} nests deeper than ${DOCUMENT_LIMITS.depth} levels at byte ${at}`);
      }
    } else if (byte === 0x5d || byte === 0x7d) {
      depth--;
    }
  }
}

function parseJson(text: string, what: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    // The engine's wording changes between releases; ours doesn't.
    return refuse(`${what} is not JSON`);
  }
}

function firstDifference(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
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
  checkDepth(bytes, what);
  const text = utf8Decode(bytes);
  const value = parseJson(text, what);
  const canonical = canonicalText(value);
  // Strict UTF-8 maps texts to bytes one to one, so comparing texts compares bytes.
  if (canonical !== text) {
    refuse(`${what} is not canonical JSON (RFC 8785): it differs at character ${firstDifference(canonical, text)}`);
  }
  return value;
}

/** SHA-256 of a value's canonical bytes. */
export function digestOf(crypto: Crypto, value: Json): Digest {
  return hexEncode(crypto.sha256(canonicalize(value))) as Digest;
}
