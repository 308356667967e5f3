// The walk's instructions on tables, memories as a whole, and references.
import { ASPECT, HANDLER, NAMES, OPERAND } from "./opcodes.ts";
import type { Reader } from "./reader.ts";
import { MARK } from "./tape.ts";
import { MENTION, type Memory, type Table } from "./types.ts";
import { operandOf, readHeapType } from "./valuetypes.ts";
import type { WalkState } from "./walk-state.ts";

/** Does an instruction on a table, a memory or a reference. */
export function resource(walk: WalkState, handler: number): void {
  if (handler === HANDLER.memorySize || handler === HANDLER.memoryGrow) memorySize(walk, handler);
  else if (handler >= HANDLER.memoryInit && handler <= HANDLER.memoryFill) memoryBulk(walk, handler);
  else if (handler >= HANDLER.tableInit) tableBulk(walk, handler);
  else if (handler <= HANDLER.tableSet) tableAccess(walk, handler);
  else reference(walk, handler);
}

/** Operand type of an address or size. */
const address = (space: Memory | Table): number => (space.wide ? OPERAND.i64 : OPERAND.i32);

/** Reads a memory index. Only one zero byte is WebAssembly 2.0; anything else takes several memories to write. */
function memory(walk: WalkState): Memory {
  const { module } = walk;
  const reader: Reader = walk.reader;
  const at = reader.offset;
  const index = reader.u32();
  const found = module.memories[index];
  if (found === undefined) {
    reader.refuse("index", `${NAMES[walk.opcode]} uses memory ${index}, which the module lacks`, walk.start);
  }
  if (index > 0 || reader.offset > at + 1) reader.require("multi-memory", `memory ${index}`, walk.start);
  return found;
}

function table(walk: WalkState): Table {
  const { reader, module } = walk;
  return module.tables[reader.index(module.tables.length, "table")]!;
}

function memorySize(walk: WalkState, handler: number): void {
  const space = memory(walk);
  if (handler === HANDLER.memorySize) walk.pay();
  else {
    walk.pop(address(space));
    walk.grow(MARK.memoryGrow, walk.module.memories.indexOf(space));
  }
  walk.push(address(space));
}

function memoryBulk(walk: WalkState, handler: number): void {
  if (handler === HANDLER.dataDrop) {
    data(walk);
    walk.pay();
    return;
  }
  if (handler === HANDLER.memoryInit) data(walk);
  const target = memory(walk);
  let length = address(target);
  if (handler === HANDLER.memoryFill) {
    walk.pop(length);
    walk.pop(OPERAND.i32);
  } else {
    const source = handler === HANDLER.memoryCopy ? address(memory(walk)) : OPERAND.i32;
    // The length of a copy is as narrow as the narrower of the two.
    length = Math.min(length, source);
    walk.pop(length);
    walk.pop(source);
  }
  walk.pop(address(target));
  walk.mark(MARK.bulkBytes, length === OPERAND.i64 ? 1 : 0);
}

function data(walk: WalkState): void {
  const { module } = walk;
  const reader: Reader = walk.reader;
  if (module.dataCount === null) {
    reader.refuse("malformed", `${NAMES[walk.opcode]} needs a data count section, which the module lacks`, walk.start);
  }
  reader.index(module.dataCount, "data segment");
}

function tableAccess(walk: WalkState, handler: number): void {
  const space = table(walk);
  const element = operandOf(space.element);
  if (handler === HANDLER.tableSet) walk.pop(element);
  walk.pop(address(space));
  if (handler === HANDLER.tableGet) walk.push(element);
  if (!walk.dead) walk.aspects |= ASPECT.tells;
  walk.pay();
}

function tableBulk(walk: WalkState, handler: number): void {
  if (handler === HANDLER.tableInit || handler === HANDLER.tableCopy) transfer(walk, handler);
  else if (handler === HANDLER.elemDrop) {
    walk.reader.index(walk.module.elements.length, "element segment");
    walk.pay();
  } else {
    const space = table(walk);
    if (handler === HANDLER.tableSize) walk.pay();
    else {
      walk.pop(address(space));
      walk.pop(operandOf(space.element));
      if (handler === HANDLER.tableGrow) walk.grow(MARK.tableGrow, walk.module.tables.indexOf(space));
      else {
        walk.pop(address(space));
        walk.mark(MARK.bulkElements, space.wide ? 1 : 0);
        return;
      }
    }
    walk.push(address(space));
  }
}

/** table.init, table.copy. */
function transfer(walk: WalkState, handler: number): void {
  const { reader, module } = walk;
  const segment = handler === HANDLER.tableInit ? reader.index(module.elements.length, "element segment") : 0;
  const target = table(walk);
  const origin = handler === HANDLER.tableCopy ? table(walk) : null;
  const element = origin === null ? module.elements[segment]! : origin.element;
  if (element !== target.element) walk.invalid(`puts ${element} into a table of ${target.element}`);
  const source = origin === null ? OPERAND.i32 : address(origin);
  const length = Math.min(address(target), source);
  walk.pop(length);
  walk.pop(source);
  walk.pop(address(target));
  walk.mark(MARK.bulkElements, length === OPERAND.i64 ? 1 : 0);
}

function reference(walk: WalkState, handler: number): void {
  if (handler === HANDLER.refNull) walk.push(operandOf(readHeapType(walk.reader)));
  else if (handler === HANDLER.refIsNull) {
    const type = walk.popAny();
    if (type !== OPERAND.any && type < OPERAND.funcref) walk.invalid("needs a reference");
    walk.push(OPERAND.i32);
  } else {
    functionReference(walk);
    return;
  }
  walk.pay();
}

function functionReference(walk: WalkState): void {
  const { reader, module } = walk;
  const index = reader.index(module.functions.length, "function");
  if ((module.mentions[index]! & (MENTION.data | MENTION.export)) === 0) {
    walk.invalid(`names function ${index}, which no element segment, global or export declares`);
  }
  walk.push(OPERAND.funcref);
  if (!walk.dead) module.mentions[index]! |= MENTION.code;
  if (index < module.imports.length) walk.mark(MARK.refImport, index);
  else walk.pay();
}
