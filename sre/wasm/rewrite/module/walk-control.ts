// The walk's instructions that move control: blocks, branches, calls, throws.
import { REWRITE_LIMITS } from "../limits.ts";
import { HANDLER, OPERAND } from "./opcodes.ts";
import { MARK } from "./tape.ts";
import { VALUE_TYPES } from "./types.ts";
import { operandOf, readValueType } from "./valuetypes.ts";
import type { WalkState } from "./walk-state.ts";

/** Byte of the block type "nothing", and what a mark says for it. */
const NOTHING = 0x40;
/** A byte of a one-byte block type minus this is the negative number that it encodes. */
const SIGN = 0x80;

/** Does a control instruction. */
export function structured(walk: WalkState, handler: number): void {
  if (handler === HANDLER.end) end(walk);
  else if (handler <= HANDLER.if && handler !== HANDLER.unreachable) open(walk, handler);
  else if (handler === HANDLER.brIf) brIf(walk);
  else if (handler === HANDLER.br) br(walk);
  else if (handler === HANDLER.call) call(walk);
  else if (handler === HANDLER.callIndirect) callIndirect(walk);
  else if (handler === HANDLER.else) otherwise(walk);
  else if (handler === HANDLER.brTable) brTable(walk);
  else if (handler === HANDLER.return) {
    const { signatures, type } = walk;
    walk.popList(signatures.resultsAt[type]!, signatures.results[type]!);
    walk.mark(MARK.return, ((walk.depth - 1) << 1) | 1);
    walk.leave();
  } else if (handler === HANDLER.unreachable) {
    walk.mark(MARK.unreachable, 0);
    walk.leave();
  } else if (handler === HANDLER.returnCall) returnCall(walk);
  else if (handler === HANDLER.returnCallIndirect) returnCallIndirect(walk);
  else exceptional(walk, handler);
}

/** Reads a block type: gives its index in the signatures, and leaves in `written` what a mark says. */
function blockType(walk: WalkState): number {
  const { reader, signatures } = walk;
  const at = reader.offset;
  const first = reader.bytes[at]!;
  if (at < reader.end && first >= 0x40 && first < 0x80) {
    if (first !== NOTHING) return signatures.inline + operandOf(readValueType(reader));
    reader.offset++;
    return signatures.inline;
  }
  reader.skipSigned(33);
  // Negative numbers of more than one byte are neither a value type nor an index.
  if (reader.bytes[reader.offset - 1]! & 0x40) reader.refuse("malformed", "has a block of unknown type", at);
  reader.offset = at;
  return reader.index(signatures.inline, "type");
}

/** A block type as marks have it. */
function written(walk: WalkState, type: number): number {
  const { inline } = walk.signatures;
  if (type < inline) return type;
  return type === inline ? NOTHING - SIGN : INLINE_NUMBERS[type - inline]!;
}

const INLINE_NUMBERS: readonly number[] = Object.keys(OPERAND).map(
  (name) => ((VALUE_TYPES as Readonly<Record<string, number>>)[name] ?? 0) - SIGN,
);

function open(walk: WalkState, handler: number): void {
  const type = blockType(walk);
  if (handler === HANDLER.if) walk.pop(OPERAND.i32);
  const mark = handler === HANDLER.block ? MARK.block : handler === HANDLER.loop ? MARK.loop : MARK.if;
  enter(walk, handler, type, mark);
  if (handler !== HANDLER.block && !walk.dead) walk.joins++;
}

function enter(walk: WalkState, handler: number, type: number, mark: number): void {
  const { signatures, depth } = walk;
  if (depth >= REWRITE_LIMITS.nesting) {
    walk.reader.refuse("limit", `nests more than ${REWRITE_LIMITS.nesting} blocks`, walk.start);
  }
  const from = signatures.paramsAt[type]!;
  const params = signatures.params[type]!;
  walk.list(params + signatures.results[type]!);
  walk.popList(from, params);
  walk.mark(mark, written(walk, type));
  walk.kinds[depth] = handler;
  walk.types[depth] = type;
  walk.bases[depth] = walk.height;
  walk.wides[depth] = walk.wide;
  walk.outers[depth] = (walk.polymorphic ? 1 : 0) | (walk.dead ? 2 : 0);
  walk.depth = depth + 1;
  walk.floor = walk.height;
  walk.polymorphic = false;
  walk.pushList(from, params);
}

/** Checks that the innermost block leaves exactly its results. */
function close(walk: WalkState, type: number): void {
  const { signatures } = walk;
  walk.popList(signatures.resultsAt[type]!, signatures.results[type]!);
  if (walk.height !== walk.floor) {
    walk.invalid(`finds ${walk.height - walk.floor} operands more than the block's results`);
  }
}

function otherwise(walk: WalkState): void {
  const frame = walk.depth - 1;
  if (walk.kinds[frame] !== HANDLER.if) walk.reader.refuse("malformed", "has an else without an if", walk.start);
  const { signatures } = walk;
  const type = walk.types[frame]!;
  walk.list(signatures.params[type]! + signatures.results[type]!);
  close(walk, type);
  const outer = walk.outers[frame]!;
  const alive = walk.dead ? 0 : 1;
  walk.kinds[frame] = HANDLER.else;
  walk.wide = walk.wides[frame]!;
  walk.polymorphic = false;
  walk.dead = (outer & 2) !== 0;
  if (!walk.dead) {
    walk.note(MARK.else, alive);
    walk.joins++;
  }
  walk.pushList(signatures.paramsAt[type]!, signatures.params[type]!);
}

function end(walk: WalkState): void {
  const { signatures } = walk;
  const frame = walk.depth - 1;
  const type = walk.types[frame]!;
  close(walk, type);
  if (walk.kinds[frame] === HANDLER.if) balanced(walk, type);
  const outer = walk.outers[frame]!;
  const alive = walk.dead ? 0 : 1;
  walk.depth = frame;
  walk.wide = walk.wides[frame]!;
  walk.polymorphic = (outer & 1) !== 0;
  walk.dead = (outer & 2) !== 0;
  if (frame === 0) {
    walk.note(MARK.finish, alive);
    return;
  }
  walk.floor = walk.bases[frame - 1]!;
  if (!walk.dead) {
    walk.note(MARK.end, alive | (walk.kinds[frame] === HANDLER.loop ? 2 : 0));
    walk.joins++;
  }
  walk.pushList(signatures.resultsAt[type]!, signatures.results[type]!);
}

/** An if without else passes its parameters on as its results. */
function balanced(walk: WalkState, type: number): void {
  const { paramsAt, params, resultsAt, results } = walk.signatures;
  if (!same(walk, paramsAt[type]!, params[type]!, resultsAt[type]!, results[type]!)) {
    walk.invalid("closes an if without else whose results are not its parameters");
  }
}

/** Whether two type lists are the same. */
function same(walk: WalkState, at: number, count: number, otherAt: number, otherCount: number): boolean {
  if (count !== otherCount) return false;
  const { codes } = walk.signatures;
  for (let index = 0; index < count; index++) if (codes[at + index] !== codes[otherAt + index]) return false;
  return true;
}

/** Reads a label; its types count as named here. */
function label(walk: WalkState): number {
  const depth = walk.reader.index(walk.depth, "label");
  walk.list(labelArity(walk, depth));
  return depth;
}

/** Where the types start that a branch to the block `depth` levels out takes along. */
function labelAt(walk: WalkState, depth: number): number {
  const frame = walk.depth - 1 - depth;
  const type = walk.types[frame]!;
  return walk.kinds[frame] === HANDLER.loop ? walk.signatures.paramsAt[type]! : walk.signatures.resultsAt[type]!;
}

/** How many they are. */
function labelArity(walk: WalkState, depth: number): number {
  const frame = walk.depth - 1 - depth;
  const type = walk.types[frame]!;
  return walk.kinds[frame] === HANDLER.loop ? walk.signatures.params[type]! : walk.signatures.results[type]!;
}

/** A label as marks have it. */
function labelMark(walk: WalkState, depth: number): number {
  return (depth << 1) | (depth === walk.depth - 1 ? 1 : 0);
}

function br(walk: WalkState): void {
  const depth = label(walk);
  walk.popList(labelAt(walk, depth), labelArity(walk, depth));
  walk.mark(MARK.br, labelMark(walk, depth));
  walk.leave();
}

function brIf(walk: WalkState): void {
  walk.pop(OPERAND.i32);
  const depth = label(walk);
  const at = labelAt(walk, depth);
  const arity = labelArity(walk, depth);
  walk.popList(at, arity);
  walk.pushList(at, arity);
  walk.mark(MARK.brIf, labelMark(walk, depth));
  if (!walk.dead) walk.joins++;
}

function brTable(walk: WalkState): void {
  const { reader } = walk;
  walk.pop(OPERAND.i32);
  const targets = reader.count(REWRITE_LIMITS.branchTargets, "branch targets");
  let outermost = 0;
  let arity = -1;
  for (let target = 0; target <= targets; target++) {
    const depth = label(walk);
    const count = labelArity(walk, depth);
    if (arity >= 0 && count !== arity) walk.invalid(`has targets that take ${arity} and ${count} operands`);
    arity = count;
    walk.peekList(labelAt(walk, depth), count);
    if (depth > outermost) outermost = depth;
  }
  if (!walk.dead) walk.joins += targets;
  walk.mark(MARK.brTable, labelMark(walk, outermost));
  walk.leave();
}

/** Takes a call's parameters and leaves its results. */
function apply(walk: WalkState, type: number): void {
  const { signatures } = walk;
  walk.list(signatures.params[type]! + signatures.results[type]!);
  walk.popList(signatures.paramsAt[type]!, signatures.params[type]!);
  walk.pushList(signatures.resultsAt[type]!, signatures.results[type]!);
  if (!walk.dead) walk.joins++;
}

function call(walk: WalkState): void {
  const { reader, module } = walk;
  const index = reader.index(module.functions.length, "function");
  apply(walk, module.functions[index]!);
  walk.mark(index < module.imports.length ? MARK.callImport : MARK.call, index);
}

/** Reads the type and table of an indirect call and takes the table index. */
function indirect(walk: WalkState): number {
  const { reader, module } = walk;
  const type = reader.index(module.types.length, "type");
  const index = reader.index(module.tables.length, "table");
  const table = module.tables[index]!;
  if (table.element !== "funcref") walk.invalid(`calls through table ${index}, which holds ${table.element}`);
  walk.pop(table.wide ? OPERAND.i64 : OPERAND.i32);
  return type;
}

function callIndirect(walk: WalkState): void {
  const type = indirect(walk);
  apply(walk, type);
  walk.mark(MARK.callIndirect, type);
}

/** Takes a tail call's parameters; its results must be the function's own. */
function applyTail(walk: WalkState, type: number): void {
  const { paramsAt, params, resultsAt, results } = walk.signatures;
  walk.list(params[type]! + results[type]!);
  if (!same(walk, resultsAt[type]!, results[type]!, resultsAt[walk.type]!, results[walk.type]!)) {
    walk.invalid("calls a function whose results are not this function's");
  }
  walk.popList(paramsAt[type]!, params[type]!);
  if (!walk.dead) walk.joins++;
}

function returnCall(walk: WalkState): void {
  const { reader, module } = walk;
  const index = reader.index(module.functions.length, "function");
  applyTail(walk, module.functions[index]!);
  walk.mark(index < module.imports.length ? MARK.returnCallImport : MARK.returnCall, index);
  walk.leave();
}

function returnCallIndirect(walk: WalkState): void {
  const type = indirect(walk);
  applyTail(walk, type);
  walk.mark(MARK.returnCallIndirect, type);
  walk.leave();
}

function exceptional(walk: WalkState, handler: number): void {
  const { reader, module, signatures } = walk;
  reader.require("exceptions", `opcode 0x${walk.opcode.toString(16).padStart(2, "0")}`, walk.start);
  if (handler === HANDLER.throwRef) {
    walk.pop(OPERAND.exnref);
    walk.mark(MARK.throwRef, 0);
    walk.leave();
  } else if (handler === HANDLER.throw) {
    const tag = reader.index(module.tags.length, "tag");
    const type = module.tags[tag]!;
    walk.list(signatures.params[type]!);
    walk.popList(signatures.paramsAt[type]!, signatures.params[type]!);
    walk.mark(MARK.throw, tag);
    walk.leave();
  } else {
    const type = blockType(walk);
    const clauses = reader.count(REWRITE_LIMITS.catches, "catch clauses");
    for (let clause = 0; clause < clauses; clause++) catchClause(walk);
    enter(walk, handler, type, MARK.tryTable);
    if (!walk.dead) walk.joins++;
  }
}

/** A catch clause hands on the tag's values and, if it says so, the exception itself. Its label lies outside the try. */
function catchClause(walk: WalkState): void {
  const { reader, module, signatures } = walk;
  const at = reader.offset;
  const kind = reader.byte();
  if (kind > 3) reader.refuse("malformed", `has a catch clause of unknown kind ${kind}`, at);
  const type = kind < 2 ? module.tags[reader.index(module.tags.length, "tag")]! : signatures.inline;
  const depth = label(walk);
  const from = labelAt(walk, depth);
  const arity = labelArity(walk, depth);
  const values = signatures.params[type]!;
  const withReference = (kind & 1) === 1;
  const fits =
    arity === values + (withReference ? 1 : 0) &&
    same(walk, signatures.paramsAt[type]!, values, from, values) &&
    (!withReference || signatures.codes[from + values] === OPERAND.exnref);
  if (!fits) walk.invalid(`catches values that label ${depth} does not take`);
}
