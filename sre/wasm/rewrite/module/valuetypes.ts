// Value types as they stand in the bytes, wherever they stand.
import { featureOfType, OUTSIDE } from "./features.ts";
import { OPERAND } from "./opcodes.ts";
import type { Reader } from "./reader.ts";
import { VALUE_TYPES, type ValueType } from "./types.ts";

/** Value types by their byte. */
const BY_BYTE: (ValueType | undefined)[] = [];
for (const name of Object.keys(VALUE_TYPES) as ValueType[]) BY_BYTE[VALUE_TYPES[name]] = name;

/** A type whose values are references. */
export type ReferenceType = "funcref" | "externref" | "exnref";

/** `OPERAND` of a value type. */
export const operandOf = (type: ValueType): number => OPERAND[type];

/** Reads a value type that the profile takes; names the feature of any other. */
export function readValueType(reader: Reader): ValueType {
  const at = reader.offset;
  const byte = reader.byte();
  const name = BY_BYTE[byte];
  const hex = `type 0x${byte.toString(16)}`;
  if (name === undefined) {
    const outside = featureOfType(byte);
    if (outside !== null) reader.refuseFeature(outside, hex, at);
    reader.refuse("malformed", `has an unknown value ${hex}`, at);
  }
  if (name === "exnref") reader.require("exceptions", "type exnref", at);
  return name;
}

/** Reads a reference type. */
export function readReferenceType(reader: Reader): ReferenceType {
  const at = reader.offset;
  const name = readValueType(reader);
  if (name !== "funcref" && name !== "externref" && name !== "exnref") {
    reader.refuse("malformed", `${name} is not a reference type`, at);
  }
  return name;
}

/** Reads what ref.null names: the same three by their byte, or things of typed function references. */
export function readHeapType(reader: Reader): ReferenceType {
  const at = reader.offset;
  const first = reader.bytes[at]!;
  if (at < reader.end && (first < 0x40 || first >= 0x80)) {
    reader.refuseFeature(OUTSIDE.references, "ref.null of a type by its index", at);
  }
  return readReferenceType(reader);
}
