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

/**
 * Refuses what canonical JSON can't hold, and says whether every object's members already stand in canonical
 * order: then the engine's own `JSON.stringify` writes the canonical text, three times faster than we can.
 */
function inOrder(value: Json, depth: number): boolean {
  if (typeof value === "string" || value === null || typeof value === "boolean") return true;
  if (typeof value === "number") {
    if (!Number.isFinite(value)) refuse("a JSON number is not finite");
    return true;
  }
  if (typeof value !== "object") refuse(`a JSON document can't hold a value of type ${typeof value}`);
  if (depth === 0) refuse(`a JSON document nests deeper than ${DOCUMENT_LIMITS.depth} levels`);
  let ordered = true;
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) if (!inOrder(value[at], depth - 1)) ordered = false;
    return ordered;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) refuse("a JSON document can't hold a class instance");
  let last: string | undefined;
  const object = value as { readonly [member: string]: Json };
  for (const name of Object.keys(object)) {
    // `<` compares UTF-16 code units, as RFC 8785 section 3.2.3 wants.
    if (last !== undefined && name < last) ordered = false;
    last = name;
    if (!inOrder(object[name]!, depth - 1)) ordered = false;
  }
  return ordered;
}

/** The canonical text of a checked value whose members stand in another order. */
function write(value: Json): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  let text = "";
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) text += (at === 0 ? "" : ",") + write(value[at]);
    return `[${text}]`;
  }
  const object = value as { readonly [member: string]: Json };
  for (const name of Object.keys(object).sort()) {
    text += `${text === "" ? "" : ","}${JSON.stringify(name)}:${write(object[name]!)}`;
  }
  return `{${text}}`;
}

/** An escape for half of a surrogate pair: `\\ud…` after an even number of backslashes. */
const HALF_PAIR = /(?<!\\)(?:\\\\)*\\ud[89a-f]/;

function canonicalText(value: Json): string {
  const text = inOrder(value, DOCUMENT_LIMITS.depth) ? JSON.stringify(value) : write(value);
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
