// A first look over a body: which float locals are written at all, and how much work the placement would have with
// them. Only they need to be followed; a parameter or local that is never written is the same in every run.
import { type Body, type FunctionType, HANDLER, HANDLERS, VALUE_TYPES } from "../module/index.ts";
import { type Cursor, NUMBERS } from "./cursor.ts";

/** A local that is not followed. */
export const UNTRACKED = -1;

/**
 * Written float locals times places where control meets, per byte of code: beyond it the function is canonicalised
 * after each operation. A step takes about half a nanosecond, so that this bounds the pass to 16 ns per byte.
 */
const STEPS_PER_BYTE = 32;
/** And this many are always allowed: short functions. */
const STEPS_AT_LEAST = 4096;

/** By opcode: 0 where the survey must look closer, else 1 more than the numbers that follow. */
const DULL = dull();

function dull(): Uint8Array {
  const kinds = new Uint8Array(256);
  const close: readonly number[] = [
    HANDLER.unknown,
    HANDLER.localSet,
    HANDLER.localTee,
    HANDLER.block,
    HANDLER.loop,
    HANDLER.if,
    HANDLER.tryTable,
    HANDLER.end,
    HANDLER.br,
    HANDLER.brIf,
    HANDLER.brTable,
    HANDLER.call,
    HANDLER.callIndirect,
    HANDLER.throw,
    HANDLER.throwRef,
  ];
  for (let opcode = 0; opcode < 256; opcode++) {
    const numbers = NUMBERS[opcode]!;
    if (numbers <= 2 && !close.includes(HANDLERS[opcode]!)) kinds[opcode] = numbers + 1;
  }
  return kinds;
}

/** What the survey found; the arrays are its own and good until the next call. */
export class Survey {
  /** By local: its place among the tracked ones, or `UNTRACKED`. */
  slots = new Int32Array(1024).fill(UNTRACKED);
  /** The tracked locals. */
  readonly tracked: number[] = [];
  /** The deepest nesting of blocks. */
  depth = 0;
  private readonly groupEnds: number[] = [];
  private readonly groupTypes: number[] = [];

  /** Looks over a body. Returns false if the placement would be too much work. */
  look(cursor: Cursor, body: Body, type: FunctionType): boolean {
    for (const local of this.tracked) this.slots[local] = UNTRACKED;
    this.tracked.length = 0;
    if (this.slots.length < body.locals) this.slots = new Int32Array(body.locals * 2).fill(UNTRACKED);
    this.readGroups(cursor, body, type.params.length);
    cursor.at = body.codeStart;
    let meetings = 0;
    let throwing = 0;
    let clauses = 0;
    let open = 0;
    this.depth = 0;
    while (cursor.at <= body.codeEnd) {
      this.pass(cursor, body.codeEnd);
      const opcode = cursor.opcode();
      switch (HANDLERS[opcode]) {
        case HANDLER.localSet:
        case HANDLER.localTee:
          this.write(cursor.u32(), type);
          continue;
        case HANDLER.block:
        case HANDLER.loop:
        case HANDLER.if:
        case HANDLER.tryTable: {
          meetings += 2;
          open++;
          if (open > this.depth) this.depth = open;
          cursor.skipNumber();
          if (HANDLERS[opcode] !== HANDLER.tryTable) continue;
          const count = cursor.u32();
          for (let left = count; left > 0; left--) cursor.clause();
          clauses += count;
          continue;
        }
        case HANDLER.end:
          open--;
          continue;
        case HANDLER.br:
        case HANDLER.brIf:
          meetings++;
          break;
        case HANDLER.brTable: {
          const count = cursor.u32() + 1;
          for (let left = count; left > 0; left--) cursor.skipNumber();
          meetings += count;
          continue;
        }
        case HANDLER.call:
        case HANDLER.callIndirect:
        case HANDLER.throw:
        case HANDLER.throwRef:
          throwing++;
          break;
      }
      cursor.skip(opcode);
    }
    // Every call may branch to every catch clause; a product of two counts of the same body is exact in a double.
    const steps = this.tracked.length * (meetings + throwing * clauses);
    return steps <= STEPS_AT_LEAST + STEPS_PER_BYTE * (body.codeEnd - body.codeStart);
  }

  /** Passes over instructions that are of no interest here, up to one that may be or the last one. */
  private pass(cursor: Cursor, end: number): void {
    const { bytes } = cursor;
    let at = cursor.at;
    while (at < end) {
      const kind = DULL[bytes[at]!]!;
      if (kind === 0) break;
      at++;
      for (let numbers = kind; numbers > 1; numbers--) while (bytes[at++]! >= 0x80);
    }
    cursor.at = at;
  }

  private readGroups(cursor: Cursor, body: Body, params: number): void {
    this.groupEnds.length = 0;
    this.groupTypes.length = 0;
    cursor.at = body.localsStart;
    let end = params;
    for (let left = body.groups; left > 0; left--) {
      end += cursor.u32();
      this.groupEnds.push(end);
      this.groupTypes.push(cursor.bytes[cursor.at++]!);
    }
  }

  private write(local: number, type: FunctionType): void {
    if (this.slots[local] !== UNTRACKED) return;
    const byte = local < type.params.length ? VALUE_TYPES[type.params[local]!] : this.declaredType(local);
    if (byte > VALUE_TYPES.f32 || byte < VALUE_TYPES.v128) return;
    this.slots[local] = this.tracked.length;
    this.tracked.push(local);
  }

  private declaredType(local: number): number {
    let low = 0;
    let high = this.groupEnds.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (local < this.groupEnds[middle]!) high = middle;
      else low = middle + 1;
    }
    return this.groupTypes[low]!;
  }
}
