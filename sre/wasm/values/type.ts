// The types that values in JSON may have, in one small language for every ABI with typed calls: it covers WIT's types and
// AssemblyScript's. And the form of the values themselves, which no prototype can be reached through.

/** A record's field, or a parameter. */
export interface Field {
  readonly name: string;
  readonly type: ValueType;
}

/** A case of a variant; null when it carries nothing. */
export interface VariantCase {
  readonly name: string;
  readonly type: ValueType | null;
}

/**
 * A type. Objects may refer back to each other, as a list's node does to the next: what is read and written is bounded by
 * the values' depth, not the types'.
 */
export type ValueType =
  | { readonly kind: "bool" | "char" | "string" | "bytes" }
  | { readonly kind: "integer"; readonly bits: 8 | 16 | 32 | 64; readonly signed: boolean }
  | { readonly kind: "float"; readonly bits: 32 | 64 }
  | { readonly kind: "list"; readonly of: ValueType }
  | { readonly kind: "tuple"; readonly of: readonly ValueType[] }
  | { readonly kind: "record"; readonly fields: readonly Field[] }
  | { readonly kind: "option"; readonly of: ValueType }
  | { readonly kind: "result"; readonly ok: ValueType | null; readonly error: ValueType | null }
  | { readonly kind: "variant"; readonly cases: readonly VariantCase[] }
  | { readonly kind: "enum"; readonly names: readonly string[] }
  | { readonly kind: "flags"; readonly names: readonly string[] };

/**
 * One of several cases. Its number is that of the component model's canonical ABI: of an option 0 for none, 1 for some; of
 * a result 0 for ok, 1 for error; of variants and enums the place in the type. `value` is null when it carries nothing.
 */
export interface Case {
  readonly tag: number;
  readonly value: Value | null;
}

/**
 * A value. By type: `boolean`; `number` for integers of up to 32 bits and floats; `bigint` for those of 64; `string` for
 * strings and chars; `Uint8Array` for bytes; an array for lists, tuples, records (in the order of the fields) and flags (a
 * `boolean` for each name); `Case` for options, results, variants and enums.
 */
export type Value = boolean | number | bigint | string | Uint8Array | readonly Value[] | Case;

type IntegerType = Extract<ValueType, { kind: "integer" }>;
interface Range {
  readonly min: bigint | number;
  readonly max: bigint | number;
}

/** By bits, signed and not. */
const RANGES: Readonly<Record<IntegerType["bits"], readonly [signed: Range, unsigned: Range]>> = {
  8: [
    { min: -0x80, max: 0x7f },
    { min: 0, max: 0xff },
  ],
  16: [
    { min: -0x8000, max: 0x7fff },
    { min: 0, max: 0xffff },
  ],
  32: [
    { min: -0x80000000, max: 0x7fffffff },
    { min: 0, max: 0xffffffff },
  ],
  64: [
    { min: -(2n ** 63n), max: 2n ** 63n - 1n },
    { min: 0n, max: 2n ** 64n - 1n },
  ],
};

/** The least and the greatest value of an integer type; of 64 bits as `bigint`. */
export const rangeOf = ({ bits, signed }: IntegerType): Range => RANGES[bits][signed ? 0 : 1];

/** Names in a sentence, at most eight of them. */
function list(names: readonly string[]): string {
  const shown = names.slice(0, 8).map((name) => JSON.stringify(name.slice(0, 100)));
  return `${shown.join(", ")}${names.length > shown.length ? " and more" : ""}`;
}

/** What text of a type looks like, to be said after "expected". */
export function expectation(type: ValueType): string {
  switch (type.kind) {
    case "bool":
      return "true or false";
    case "char":
      return "a string of one character";
    case "string":
      return "a string";
    case "bytes":
      return "base64 text, or an array of integers from 0 to 255";
    case "integer": {
      const { min, max } = rangeOf(type);
      const spelling = type.bits === 64 ? ", in a string where it passes 2^53 - 1" : "";
      return `an integer from ${min} to ${max}${spelling}`;
    }
    case "float":
      return `a number, "NaN", "Infinity" or "-Infinity"`;
    case "list":
      return "an array";
    case "tuple":
      return `an array of ${type.of.length} ${type.of.length === 1 ? "value" : "values"}`;
    case "record":
      return type.fields.length === 0 ? "an empty object" : `an object of ${list(type.fields.map(({ name }) => name))}`;
    case "option":
      return type.of.kind === "option" ? `null or {"some": value}` : `null or ${expectation(type.of)}`;
    case "result":
      return `{"ok": value} or {"error": value}`;
    case "variant":
      return `one of the cases ${list(type.cases.map(({ name }) => name))}, as "case", or {"case": value} if it has a value`;
    case "enum":
      return `one of ${list(type.names)}`;
    case "flags":
      return `an array of some of ${list(type.names)}`;
  }
}
