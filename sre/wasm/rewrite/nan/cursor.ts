// Steps through the instructions of a body that the validator has taken: no check is repeated here, so this must
// never see bytes that the validator hasn't.
import { DETAILS, HANDLER, HANDLERS, MISC, VECTOR } from "../module/index.ts";
import { Numbers } from "../numbers.ts";

/** Catch clauses of try_table that name a tag: catch, catch_ref. */
const LAST_CLAUSE_WITH_TAG = 1;

/** A place in valid code. */
export class Cursor extends Numbers {
  /** Reads an opcode: 0xfc n as `MISC + n`, 0xfd n as `VECTOR + n`. */
  opcode(): number {
    const first = this.bytes[this.at++]!;
    if (first < 0xfc) return first;
    return (first === 0xfc ? MISC : VECTOR) + this.u32();
  }

  /** Passes over a memory argument; bit 6 of the alignment says that a memory's index follows. */
  private skipMemory(): void {
    if ((this.bytes[this.at]! & 0x40) !== 0) this.skipNumber();
    this.skipNumber();
    this.skipNumber();
  }

  /** The label of a catch clause at the cursor, which moves behind it. */
  clause(): number {
    if (this.bytes[this.at++]! <= LAST_CLAUSE_WITH_TAG) this.skipNumber();
    return this.u32();
  }

  /** Passes over what follows an opcode. */
  skip(opcode: number): void {
    const numbers = NUMBERS[opcode]!;
    if (numbers === 0) return;
    if (numbers === OTHERWISE) this.skipOther(opcode);
    else {
      this.skipNumber();
      if (numbers === 2) this.skipNumber();
    }
  }

  private skipOther(opcode: number): void {
    const handler = HANDLERS[opcode]!;
    if (handler === HANDLER.memory) this.skipMemory();
    else if (handler === HANDLER.memoryLane) {
      this.skipMemory();
      this.at++;
    } else if (handler === HANDLER.lane) this.at++;
    else if (handler === HANDLER.bytes) this.at += DETAILS[opcode]!;
    else if (handler === HANDLER.shuffle) this.at += 16;
    else if (handler === HANDLER.tryTable) {
      this.skipNumber();
      for (let count = this.u32(); count > 0; count--) this.clause();
    } else {
      // A count of types, or of labels before the default one.
      let count = this.u32() + (handler === HANDLER.brTable ? 1 : 0);
      for (; count > 0; count--) this.skipNumber();
    }
  }
}

/** In `NUMBERS`: something else follows. */
const OTHERWISE = 3;
/** By opcode: how many LEB128 numbers follow, none to two, if nothing else does. */
export const NUMBERS = numbers();

function numbers(): Uint8Array {
  const counts = new Uint8Array(HANDLERS.length);
  const one: readonly number[] = [
    HANDLER.i32,
    HANDLER.i64,
    HANDLER.localGet,
    HANDLER.localSet,
    HANDLER.localTee,
    HANDLER.globalGet,
    HANDLER.globalSet,
    HANDLER.block,
    HANDLER.loop,
    HANDLER.if,
    HANDLER.br,
    HANDLER.brIf,
    HANDLER.call,
    HANDLER.returnCall,
    HANDLER.tableGet,
    HANDLER.tableSet,
    HANDLER.refNull,
    HANDLER.refFunc,
    HANDLER.memorySize,
    HANDLER.memoryGrow,
    HANDLER.dataDrop,
    HANDLER.memoryFill,
    HANDLER.elemDrop,
    HANDLER.tableGrow,
    HANDLER.tableSize,
    HANDLER.tableFill,
    HANDLER.throw,
  ];
  const two: readonly number[] = [
    HANDLER.callIndirect,
    HANDLER.returnCallIndirect,
    HANDLER.memoryInit,
    HANDLER.memoryCopy,
    HANDLER.tableInit,
    HANDLER.tableCopy,
  ];
  const other: readonly number[] = [
    HANDLER.memory,
    HANDLER.memoryLane,
    HANDLER.lane,
    HANDLER.bytes,
    HANDLER.shuffle,
    HANDLER.tryTable,
    HANDLER.brTable,
    HANDLER.selectTyped,
  ];
  HANDLERS.forEach((handler, opcode) => {
    if (other.includes(handler)) counts[opcode] = OTHERWISE;
    if (one.includes(handler)) counts[opcode] = 1;
    else if (two.includes(handler)) counts[opcode] = 2;
  });
  return counts;
}
