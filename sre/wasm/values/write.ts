// Values into JSON by their type: one spelling for each value, on every engine the same. It is that of RFC 8785 (members by
// name, no space, numbers and strings as ECMAScript writes them), but that a negative zero keeps its sign.
import { toBase64 } from "./base64.ts";
import { ValueError } from "./error.ts";
import { VALUE_LIMITS } from "./limits.ts";
import type { Case, Value, ValueType } from "./type.ts";

/**
 * The text of a value of a type. Throws `ValueError` of the kind `limit` when the value passes one of `VALUE_LIMITS` or the
 * text has more than `maxChars` UTF-16 units: never more than that and one string are built. The value must be one of
 * the type: whoever made it has checked.
 */
export function writeValue(value: Value, type: ValueType, maxChars: number = VALUE_LIMITS.chars): string {
  const writer = new Writer(maxChars);
  writer.value(value, type, VALUE_LIMITS.depth);
  return writer.text;
}

class Writer {
  text = "";
  readonly #maxChars: number;
  readonly #orders = new Map<ValueType, readonly number[]>();
  #values = 0;

  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  #put(text: string): void {
    this.text += text;
    if (this.text.length > this.#maxChars) this.#refuse(`the text has more than ${this.#maxChars} characters`);
  }

  #refuse(what: string): never {
    throw new ValueError("limit", [], what);
  }

  /** Writes a value that is known to be of its type. */
  value(value: Value, type: ValueType, depth: number): void {
    if (depth === 0) this.#refuse(`more than ${VALUE_LIMITS.depth} levels within each other`);
    if (++this.#values > VALUE_LIMITS.values) this.#refuse(`more than ${VALUE_LIMITS.values} values`);
    switch (type.kind) {
      case "bool":
        this.#put(String(value));
        break;
      case "integer":
        this.#put(type.bits === 64 ? `"${value}"` : String(value));
        break;
      case "float":
        this.#put(spellFloat(value as number));
        break;
      case "char":
      case "string":
        this.#string(value as string);
        break;
      case "bytes":
        this.#bytes(value as Uint8Array);
        break;
      case "list":
        this.#items(value as readonly Value[], () => type.of, depth);
        break;
      case "tuple":
        this.#items(value as readonly Value[], (index) => type.of[index]!, depth);
        break;
      case "record":
        this.#record(value as readonly Value[], type, depth);
        break;
      case "option":
        this.#option(value as Case, type.of, depth);
        break;
      case "result": {
        const { tag, value: inner } = value as Case;
        this.#member(tag === 0 ? "ok" : "error", inner, tag === 0 ? type.ok : type.error, depth);
        break;
      }
      case "variant": {
        const { tag, value: inner } = value as Case;
        const { name, type: of } = type.cases[tag]!;
        if (of === null) this.#string(name);
        else this.#member(name, inner, of, depth);
        break;
      }
      case "enum":
        this.#string(type.names[(value as Case).tag]!);
        break;
      case "flags": {
        const set = type.names.filter((_, index) => (value as readonly boolean[])[index]);
        this.#items(set, () => STRING, depth);
        break;
      }
    }
  }

  /** Half of a surrogate pair, which UTF-8 can't spell, becomes U+FFFD. */
  #string(text: string): void {
    if (text.length > this.#maxChars) this.#refuse(`the text has more than ${this.#maxChars} characters`);
    this.#put(JSON.stringify(text.toWellFormed()));
  }

  #bytes(bytes: Uint8Array): void {
    if (bytes.length > this.#maxChars) this.#refuse(`the text has more than ${this.#maxChars} characters`);
    this.#put(`"${toBase64(bytes)}"`);
  }

  #items(items: readonly Value[], typeAt: (index: number) => ValueType, depth: number): void {
    this.#put("[");
    for (const [index, item] of items.entries()) {
      if (index > 0) this.#put(",");
      this.value(item, typeAt(index), depth - 1);
    }
    this.#put("]");
  }

  #record(values: readonly Value[], type: Extract<ValueType, { kind: "record" }>, depth: number): void {
    const { fields } = type;
    let order = this.#orders.get(type);
    if (order === undefined) {
      // By UTF-16 code units (RFC 8785 section 3.2.3).
      order = fields.map((_, place) => place).sort((a, b) => (fields[a]!.name < fields[b]!.name ? -1 : 1));
      this.#orders.set(type, order);
    }
    for (const [index, place] of order.entries()) {
      this.#put(`${index === 0 ? "{" : ","}${JSON.stringify(fields[place]!.name)}:`);
      this.value(values[place]!, fields[place]!.type, depth - 1);
    }
    this.#put(order.length === 0 ? "{}" : "}");
  }

  #option({ tag, value }: Case, type: ValueType, depth: number): void {
    if (tag === 0) this.#put("null");
    else if (type.kind === "option") this.#member("some", value, type, depth);
    else this.value(value!, type, depth - 1);
  }

  /** An object of one member; null where it carries nothing. */
  #member(name: string, value: Value | null, type: ValueType | null, depth: number): void {
    this.#put(`{${JSON.stringify(name)}:`);
    if (type === null) this.#put("null");
    else this.value(value!, type, depth - 1);
    this.#put("}");
  }
}

const STRING: ValueType = { kind: "string" };

/** A number as ECMAScript prints it, or the word for what JSON has no number for. */
function spellFloat(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  return Object.is(value, -0) ? "-0" : String(value);
}
