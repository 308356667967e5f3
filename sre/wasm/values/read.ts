// JSON text into values by their type. One pass that knows what must come: no tree of JSON is built, no member reaches an
// object of JavaScript, 64-bit integers are exact, a member named twice or in vain is refused with its place.
import { fromBase64 } from "./base64.ts";
import { VALUE_LIMITS } from "./limits.ts";
import { Scanner } from "./scanner.ts";
import { type Case, expectation, rangeOf, type Value, type ValueType, type VariantCase } from "./type.ts";

const INTEGER = /^(?:0|-?[1-9][0-9]*)$/;
/** Digits of the longest integer, with its sign. */
const INTEGER_CHARS = 20;
/**
 * Significant digits of a number with a fraction or exponent. ECMAScript lets engines ignore those behind the twentieth, so
 * that two of them might read another number.
 */
const DIGITS = 20;
/** Characters of a number: the greatest and the least float need some 330 without an exponent. */
const NUMBER_CHARS = 400;
const WORDS: Readonly<Record<string, number>> = { NaN, Infinity: Infinity, "-Infinity": -Infinity };

/**
 * Reads a value of a type. Throws `ValueError`: `malformed` when the text is no JSON or no such value, `limit` when it passes
 * one of `VALUE_LIMITS`.
 */
export function readValue(text: string, type: ValueType): Value {
  return new Reader(text).document(type);
}

/** Reads an array of arguments; an empty text stands for an empty one. Throws as `readValue` does. */
export function readArguments(text: string, types: readonly ValueType[]): readonly Value[] {
  return readValue(text === "" ? "[]" : text, { kind: "tuple", of: types }) as readonly Value[];
}

class Reader {
  readonly #scanner: Scanner;
  /** Of types with names, where each stands. */
  readonly #places = new Map<ValueType, ReadonlyMap<string, number>>();
  #values = 0;

  constructor(text: string) {
    this.#scanner = new Scanner(text);
  }

  document(type: ValueType): Value {
    const value = this.#value(type, VALUE_LIMITS.depth);
    this.#scanner.end();
    return value;
  }

  #refuse(type: ValueType, found?: string): never {
    return this.#scanner.refuse(expectation(type), found);
  }

  #value(type: ValueType, depth: number): Value {
    if (depth === 0) throw this.#scanner.error("limit", `more than ${VALUE_LIMITS.depth} levels within each other`);
    this.#count();
    switch (type.kind) {
      case "bool":
        return this.#scanner.passes("true") || (this.#scanner.passes("false") ? false : this.#refuse(type));
      case "integer":
        return this.#integer(type);
      case "float":
        return this.#float(type);
      case "char":
        return this.#char(type);
      case "string":
        return this.#scanner.string() ?? this.#refuse(type);
      case "bytes":
        return this.#bytes(type);
      case "list":
        return this.#items(type, () => type.of, depth);
      case "tuple":
        return this.#tuple(type, depth);
      case "record":
        return this.#record(type, depth);
      case "option":
        return this.#option(type, depth);
      case "result":
        return this.#cases(type, RESULT, [type.ok, type.error], depth);
      case "variant":
        return this.#variant(type, depth);
      case "enum":
        return { tag: this.#named(type, type.names), value: null };
      case "flags":
        return this.#flags(type);
    }
  }

  #count(): void {
    if (++this.#values > VALUE_LIMITS.values) {
      throw this.#scanner.error("limit", `more than ${VALUE_LIMITS.values} values`);
    }
  }

  #integer(type: Extract<ValueType, { kind: "integer" }>): number | bigint {
    const text = type.bits === 64 ? this.#scanner.string() : null;
    const spelled = text ?? this.#scanner.number() ?? this.#refuse(type);
    if (spelled.length <= INTEGER_CHARS && INTEGER.test(spelled)) {
      const value = type.bits === 64 ? BigInt(spelled) : Number(spelled);
      const { min, max } = rangeOf(type);
      // A number past 2^53 has gone through a double on its way here as likely as not.
      const exact = text !== null || Number.isSafeInteger(Number(value));
      if (value >= min && value <= max && exact) return value;
    }
    return this.#refuse(type, `${text === null ? "the number" : "the string"} ${shorten(spelled, text)}`);
  }

  #float(type: Extract<ValueType, { kind: "float" }>): number {
    const text = this.#scanner.string();
    if (text !== null) return Object.hasOwn(WORDS, text) ? WORDS[text]! : this.#refuse(type, shorten(text, text));
    const spelled = this.#scanner.number() ?? this.#refuse(type);
    if (spelled.length > NUMBER_CHARS) this.#refuse(type, `a number of ${spelled.length} characters`);
    const digits = spelled
      .replace(/[eE].*$/, "")
      .replace(/[-.]/g, "")
      .replace(/^0+|0+$/g, "");
    if (digits.length > DIGITS) {
      throw this.#scanner.error("malformed", `a number has more than ${DIGITS} significant digits`);
    }
    const value = type.bits === 32 ? Math.fround(Number(spelled)) : Number(spelled);
    return Number.isFinite(value) ? value : this.#refuse(type, `${shorten(spelled, null)}, which is too large`);
  }

  #char(type: ValueType): string {
    const text = this.#scanner.string() ?? this.#refuse(type);
    const [first = "", ...more] = text.length <= 2 ? text : ["", ""];
    return first !== "" && more.length === 0 ? text : this.#refuse(type, `a string of ${text.length} code units`);
  }

  #bytes(type: ValueType): Uint8Array {
    const text = this.#scanner.string();
    if (text !== null) return fromBase64(text) ?? this.#refuse(type, "a string that is no base64 with padding");
    if (this.#scanner.next !== "[") this.#refuse(type);
    return Uint8Array.from(this.#items(type, () => BYTE, VALUE_LIMITS.depth) as number[]);
  }

  /** An array whose items' types are asked for by number; null when there should be no such item. */
  #items(type: ValueType, typeAt: (index: number) => ValueType | null, depth: number): Value[] {
    const { path } = this.#scanner;
    this.#scanner.needs("[", expectation(type));
    const items: Value[] = [];
    if (this.#scanner.passes("]")) return items;
    do {
      const of = typeAt(items.length) ?? this.#refuse(type, "one more");
      path.push(items.length);
      items.push(this.#value(of, depth - 1));
      path.pop();
    } while (this.#scanner.passes(","));
    this.#scanner.needs("]", `"," or "]"`);
    return items;
  }

  #tuple(type: Extract<ValueType, { kind: "tuple" }>, depth: number): Value[] {
    const items = this.#items(type, (index) => type.of[index] ?? null, depth);
    return items.length === type.of.length ? items : this.#refuse(type, `one of ${items.length}`);
  }

  /** The members of an object, each name handed on before its value is read. */
  #members(type: ValueType, take: (name: string) => void): void {
    const { path } = this.#scanner;
    this.#scanner.needs("{", expectation(type));
    if (this.#scanner.passes("}")) return;
    do {
      const name = this.#scanner.string() ?? this.#scanner.refuse("a field's name in quotes");
      this.#scanner.needs(":", `":"`);
      path.push(name);
      take(name);
      path.pop();
    } while (this.#scanner.passes(","));
    this.#scanner.needs("}", `"," or "}"`);
  }

  #record(type: Extract<ValueType, { kind: "record" }>, depth: number): Value[] {
    const places = this.#placesOf(type, () => type.fields.map(({ name }) => name));
    const values: (Value | undefined)[] = type.fields.map(() => undefined);
    this.#members(type, (name) => {
      const place = places.get(name);
      if (place === undefined)
        throw this.#scanner.error("malformed", `there is no such field; expected ${expectation(type)}`);
      if (values[place] !== undefined) throw this.#scanner.error("malformed", "the field is there twice");
      values[place] = this.#value(type.fields[place]!.type, depth - 1);
    });
    const missing = type.fields.find((_, place) => values[place] === undefined);
    if (missing !== undefined)
      throw this.#scanner.error("malformed", `the field ${JSON.stringify(missing.name)} is missing`);
    return values as Value[];
  }

  #option(type: Extract<ValueType, { kind: "option" }>, depth: number): Case {
    if (this.#scanner.passes("null")) return { tag: 0, value: null };
    if (type.of.kind !== "option") return { tag: 1, value: this.#value(type.of, depth - 1) };
    return { ...this.#cases(type, SOME, [type.of], depth), tag: 1 };
  }

  #variant(type: Extract<ValueType, { kind: "variant" }>, depth: number): Case {
    const names = type.cases.map(({ name }) => name);
    if (this.#scanner.next === "{") {
      return this.#cases(
        type,
        names,
        type.cases.map((one) => one.type),
        depth,
      );
    }
    const tag = this.#named(type, names);
    return (type.cases[tag] as VariantCase).type === null
      ? { tag, value: null }
      : this.#refuse(type, "a case without its value");
  }

  /** An object of one member, which is named like a case. Cases without a value have null, but where `type` is a variant. */
  #cases(type: ValueType, names: readonly string[], types: readonly (ValueType | null)[], depth: number): Case {
    const places = this.#placesOf(type, () => names);
    const read: Case[] = [];
    this.#members(type, (name) => {
      const tag = places.get(name);
      if (tag === undefined || read.length > 0) this.#refuse(type, `the field ${JSON.stringify(name.slice(0, 100))}`);
      const of = types[tag] ?? null;
      if (of !== null) read.push({ tag, value: this.#value(of, depth - 1) });
      else if (type.kind === "variant") this.#refuse(type, "a value of a case that has none");
      else if (this.#scanner.passes("null")) read.push({ tag, value: null });
      else this.#scanner.refuse("null");
    });
    return read[0] ?? this.#refuse(type, "an empty object");
  }

  /** The number of a name that comes as a string. */
  #named(type: ValueType, names: readonly string[]): number {
    const name = this.#scanner.string() ?? this.#refuse(type);
    return this.#placesOf(type, () => names).get(name) ?? this.#refuse(type, shorten(name, name));
  }

  #flags(type: Extract<ValueType, { kind: "flags" }>): boolean[] {
    const set = type.names.map(() => false);
    this.#scanner.needs("[", expectation(type));
    if (this.#scanner.passes("]")) return set;
    do {
      const place = this.#named(type, type.names);
      if (set[place])
        throw this.#scanner.error("malformed", `the flag ${JSON.stringify(type.names[place])} is there twice`);
      set[place] = true;
    } while (this.#scanner.passes(","));
    this.#scanner.needs("]", `"," or "]"`);
    return set;
  }

  #placesOf(type: ValueType, names: () => readonly string[]): ReadonlyMap<string, number> {
    const known = this.#places.get(type);
    if (known !== undefined) return known;
    const places = new Map(names().map((name, place) => [name, place] as const));
    this.#places.set(type, places);
    return places;
  }
}

const RESULT = ["ok", "error"] as const;
const SOME = ["some"] as const;
const BYTE: ValueType = { kind: "integer", bits: 8, signed: false };

/** A number's spelling, or a string in quotes, for a message. */
function shorten(spelled: string, text: string | null): string {
  const cut = spelled.length > 40 ? `${spelled.slice(0, 40)}…` : spelled;
  return text === null ? cut : JSON.stringify(cut);
}
