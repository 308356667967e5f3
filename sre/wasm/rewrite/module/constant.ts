// Constant expressions, extended form: they set up globals, elements and segments before any code runs (SPEC rule M5).
import { REWRITE_LIMITS } from "../limits.ts";
import type { Draft } from "./draft.ts";
import { featureOfOpcode } from "./features.ts";
import type { Reader } from "./reader.ts";
import { MENTION, type ValueType } from "./types.ts";
import { readHeapType } from "./valuetypes.ts";

/** Reads a constant expression up to its `end`; it must leave one value of `type`. `what` needs it. */
export function readConstant(reader: Reader, draft: Draft, type: ValueType, what: string): void {
  const start = reader.offset;
  const operands: ValueType[] = [];
  for (;;) {
    const at = reader.offset;
    const opcode = reader.byte();
    if (opcode === 0x0b) break;
    countConstant(reader, draft, at);
    if (operands.length >= REWRITE_LIMITS.operands) {
      reader.refuse("limit", `has more than ${REWRITE_LIMITS.operands} operands in a constant expression`, at);
    }
    step(reader, draft, operands, opcode, at);
  }
  if (operands.length === 1 && operands[0] === type) return;
  const left = operands.length === 1 ? operands[0] : `${operands.length} values`;
  reader.refuse("invalid", `${what} needs one ${type}, but its constant expression leaves ${left}`, start);
}

/** Counts what is worked off each time that an instance is made. */
function countConstant(reader: Reader, draft: Draft, at: number): void {
  const limit = REWRITE_LIMITS.constants;
  if (++draft.constants <= limit) return;
  reader.refuse("limit", `has more than ${limit} elements and instructions of constant expressions together`, at);
}

function step(reader: Reader, draft: Draft, operands: ValueType[], opcode: number, at: number): void {
  if (opcode === 0x41) {
    reader.skipSigned(32);
    operands.push("i32");
  } else if (opcode === 0x42) {
    reader.skipSigned(64);
    operands.push("i64");
  } else if (opcode === 0x43) {
    reader.skip(4);
    operands.push("f32");
  } else if (opcode === 0x44) {
    reader.skip(8);
    operands.push("f64");
  } else if (opcode === 0x23) operands.push(readGlobal(reader, draft));
  else if (opcode === 0xd0) operands.push(readHeapType(reader));
  else if (opcode === 0xd2) {
    readFunctionReference(reader, draft);
    operands.push("funcref");
  } else if (opcode === 0xfd) {
    const number = reader.u32();
    if (number !== 12) refuse(reader, 0xfd, number, at);
    reader.skip(16);
    operands.push("v128");
  } else if (opcode >= 0x6a && opcode <= 0x6c) arithmetic(reader, operands, "i32", at);
  else if (opcode >= 0x7c && opcode <= 0x7e) arithmetic(reader, operands, "i64", at);
  else refuse(reader, 0, opcode, at);
}

function refuse(reader: Reader, prefix: number, number: number, at: number): never {
  const outside = featureOfOpcode(prefix, number);
  const hex = `opcode ${prefix === 0 ? "" : `0x${prefix.toString(16)} `}0x${number.toString(16)}`;
  if (outside !== null) reader.refuseFeature(outside, `${hex} in a constant expression`, at);
  reader.refuse("invalid", `has an instruction that is not constant in a constant expression, ${hex}`, at);
}

/** add, sub, mul: two operands of a type leave one. */
function arithmetic(reader: Reader, operands: ValueType[], type: "i32" | "i64", at: number): void {
  const second = operands.pop();
  if (second !== type || operands[operands.length - 1] !== type) {
    reader.refuse("invalid", `needs two ${type} for an operation in a constant expression`, at);
  }
}

/** global.get: of an earlier global that never changes. */
function readGlobal(reader: Reader, draft: Draft): ValueType {
  const at = reader.offset;
  const index = reader.index(draft.globals.length, "global");
  const { type, mutable, imported } = draft.globals[index]!;
  if (mutable) reader.refuse("invalid", `reads global ${index} in a constant expression, but it may change`, at);
  if (draft.linked && !imported) draft.redirects.push({ kind: "global", start: at, end: reader.offset, index });
  return type;
}

/** Reads an element that is a function's index. */
export function readElementIndex(reader: Reader, draft: Draft): void {
  countConstant(reader, draft, reader.offset);
  readFunctionReference(reader, draft);
}

/**
 * Reads a function index outside code, which the caller has counted: its address is taken. Imports are noted, since they
 * get thunks.
 */
function readFunctionReference(reader: Reader, draft: Draft): void {
  const start = reader.offset;
  const index = reader.index(draft.functions.length, "function");
  draft.mentions[index]! |= MENTION.data;
  if (index >= draft.imports.length) return;
  draft.redirects.push({ kind: "function", start, end: reader.offset, index });
}
