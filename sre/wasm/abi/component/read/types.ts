// Types of values and functions: their binary form read into the types that values in JSON have.
// https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md#type-definitions
import type { Reader } from "../../../rewrite/index.ts";
import type { ValueType } from "../../../values/index.ts";
import { COMPONENT_LIMITS } from "../limits.ts";
import { isLabel } from "./names.ts";
import type { ComponentFunction, Defined, Scope } from "./scope.ts";
import { unsupported } from "./unsupported.ts";

type Value = Extract<Defined, { kind: "value" }>;

const integer = (bits: 8 | 16 | 32 | 64, signed: boolean): ValueType => ({ kind: "integer", bits, signed });
/** Primitive types by their byte. */
const PRIMITIVES: Readonly<Record<number, ValueType>> = {
  127: { kind: "bool" },
  126: integer(8, true),
  125: integer(8, false),
  124: integer(16, true),
  123: integer(16, false),
  122: integer(32, true),
  121: integer(32, false),
  120: integer(64, true),
  119: integer(64, false),
  118: { kind: "float", bits: 32 },
  117: { kind: "float", bits: 64 },
  116: { kind: "char" },
  115: { kind: "string" },
};
/** First bytes of definitions of value types. */
const FORM = {
  ...{ record: 0x72, variant: 0x71, list: 0x70, tuple: 0x6f, flags: 0x6e, enum: 0x6d, option: 0x6b, result: 0x6a },
  ...{ own: 0x69, borrow: 0x68 },
} as const;
/** What is outside the ABI, by the first byte of its type definition. */
const OUTSIDE: Readonly<Record<number, string>> = {
  ...{ 62: "asynchronous destructors", 67: "asynchronous functions", 99: "maps", 100: "error contexts" },
  ...{ 101: "futures", 102: "streams", 103: "lists of fixed length" },
};

/** Reads a function's type behind its first byte. */
export function readFunction(reader: Reader, scope: Scope): ComponentFunction {
  let nodes = 0;
  const crossing = () => {
    const value = readValue(reader, scope);
    nodes += value.nodes;
    return value.type;
  };
  const params = readLabelled(reader, "parameters", (name) => ({ name, type: crossing() }));
  const at = reader.offset;
  const results = reader.byte();
  if (results === 0) return { params, result: crossing(), nodes };
  if (results !== 1 || reader.byte() !== 0) reader.refuse("malformed", "has a function of several results", at);
  return { params, result: undefined, nodes };
}

/** Reads a list of things with different labels. */
function readLabelled<T>(reader: Reader, what: string, read: (label: string) => T): readonly T[] {
  const seen = new Set<string>();
  return Array.from({ length: reader.count(COMPONENT_LIMITS.labels, what) }, () => {
    const at = reader.offset;
    const label = readName(reader);
    if (!isLabel(label))
      reader.refuse("invalid", `calls one of its ${what} by a name that is not kebab-case in small letters`, at);
    if (seen.has(label)) reader.refuse("invalid", `has two ${what} of the name "${label}"`, at);
    seen.add(label);
    return read(label);
  });
}

/** Reads a name, which may not be long. */
export function readName(reader: Reader): string {
  const { start, end } = reader.name(COMPONENT_LIMITS.nameBytes);
  return reader.text(start, end);
}

/** Reads a use of a value type: a primitive one, or an index. */
export function readValue(reader: Reader, scope: Scope): Value {
  const at = reader.offset;
  const byte = reader.bytes[at]!;
  // Numbers below zero of one byte stand for primitive types.
  if (at < reader.end && (byte & 0xc0) === 0x40) {
    reader.byte();
    const type = PRIMITIVES[byte];
    if (type === undefined) unsupported(reader, OUTSIDE[byte] ?? `values of type 0x${byte.toString(16)}`, at);
    return { kind: "value", type, nodes: 1, depth: 1 };
  }
  const { type } = scope.at(reader, "type");
  if (type.kind !== "value") reader.refuse("invalid", `uses a type of a ${type.kind} for a value`, at);
  return type;
}

/** Reads the definition of a value type behind its first byte. */
export function readDefinedValue(reader: Reader, scope: Scope, form: number, at: number): Value {
  const primitive = PRIMITIVES[form];
  if (primitive !== undefined) return { kind: "value", type: primitive, nodes: 1, depth: 1 };
  if (form === FORM.own || form === FORM.borrow) {
    if (scope.at(reader, "type").type.kind !== "resource") reader.refuse("invalid", "has a handle of no resource", at);
    return { kind: "value", type: null, nodes: 1, depth: 1 };
  }
  const parts: Value[] = [];
  const part = (): ValueType | null => {
    const value = readValue(reader, scope);
    parts.push(value);
    return value.type;
  };
  const type = readCompound(reader, form, part, at);
  const nodes = parts.reduce((sum, value) => sum + value.nodes, 1);
  const depth = parts.reduce((most, value) => Math.max(most, value.depth), 0) + 1;
  if (nodes > COMPONENT_LIMITS.typeNodes || depth > COMPONENT_LIMITS.typeDepth) {
    const { typeNodes, typeDepth } = COMPONENT_LIMITS;
    const most = `${typeNodes} types, ${typeDepth} deep`;
    reader.refuse("limit", `has a type of ${nodes} types within it, ${depth} deep; a component may have ${most}`, at);
  }
  return { kind: "value", type: parts.some(({ type: inner }) => inner === null) ? null : type, nodes, depth };
}

/** Reads what follows the first byte of a type made of others. Where a part is no JSON, neither is the whole. */
function readCompound(reader: Reader, form: number, part: () => ValueType | null, at: number): ValueType {
  const whole = () => part()!;
  const perhaps = (): ValueType | null => (reader.byte() === 0 ? null : whole());
  switch (form) {
    case FORM.record:
      return { kind: "record", fields: readLabelled(reader, "fields", (name) => ({ name, type: whole() })) };
    case FORM.variant:
      return {
        kind: "variant",
        cases: readLabelled(reader, "cases", (name) => {
          const type = perhaps();
          if (reader.byte() !== 0) reader.refuse("malformed", "has a case that refines another", at);
          return { name, type };
        }),
      };
    case FORM.list: {
      const of = whole();
      const bytes = of !== null && of.kind === "integer" && of.bits === 8 && !of.signed;
      return bytes ? { kind: "bytes" } : { kind: "list", of };
    }
    case FORM.tuple:
      return { kind: "tuple", of: Array.from({ length: reader.count(COMPONENT_LIMITS.labels, "values") }, whole) };
    case FORM.flags:
      return { kind: "flags", names: readLabelled(reader, "flags", (name) => name) };
    case FORM.enum:
      return { kind: "enum", names: readLabelled(reader, "cases", (name) => name) };
    case FORM.option:
      return { kind: "option", of: whole() };
    case FORM.result:
      return { kind: "result", ok: perhaps(), error: perhaps() };
    default:
      return unsupported(reader, OUTSIDE[form] ?? `types of the form 0x${form.toString(16)}`, at);
  }
}
