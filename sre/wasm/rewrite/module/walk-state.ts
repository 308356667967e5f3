// The state of the walk over a function body: operand types, open blocks, weights; and what its instructions do to
// them, in the order of the specification's appendix "Validation Algorithm", with unknown types in unreachable code.
// Nesting is the guest's choice, so nothing here recurses; stacks are arrays of fixed size.
import { REWRITE_LIMITS } from "../limits.ts";
import { EXPANSION } from "./expansion.ts";
import { ASPECT, NAMES, OPERAND, PRICES } from "./opcodes.ts";
import type { Reader } from "./reader.ts";
import { SECTION } from "./sections.ts";
import { Signatures } from "./signatures.ts";
import { Tape } from "./tape.ts";
import type { Module } from "./types.ts";

/** Names of operand types by their number. */
const OPERAND_NAMES: readonly string[] = Object.keys(OPERAND);
/** What an instruction pushes besides the results of a type. */
const SPARE = 16;
/** Room for locals at first. */
const LOCALS = 256;

/** What the instructions of all kinds work on: `walk.ts` goes through them and derives from this. */
export class WalkState {
  readonly reader: Reader;
  readonly module: Module;
  readonly signatures: Signatures;
  readonly tape: Tape;
  /** 1 for memories with 64-bit addresses. */
  protected readonly wideMemories: Uint8Array;

  /** Operand types, `height` of them, of which those from `floor` on are the innermost block's. */
  readonly stack: Uint8Array;
  height = 0;
  floor = 0;
  /** How many of the operands are v128; only right in live code. */
  wide = 0;
  /** The most slots that operands took at once. */
  most = 0;

  /** Open blocks, `depth` of them: handler, block type, operands below, v128 among them, flags of the code around. */
  readonly kinds: Uint8Array;
  readonly types: Int32Array;
  readonly bases: Int32Array;
  readonly wides: Int32Array;
  /** 1: the stack around was polymorphic; 2: the code around was dead. */
  readonly outers: Uint8Array;
  depth = 0;
  /** Whether operands below `floor` may be taken, as of any type: after an unconditional transfer in this block. */
  polymorphic = false;
  /** Whether control can't get here: after such a transfer in this block or one around it (SPEC rule F4). */
  dead = false;

  /** Start of the current instruction, and its number in the tables. */
  start = 0;
  opcode = 0;
  /** Operand types of parameters and locals. */
  locals: Uint8Array = new Uint8Array(LOCALS);
  localCount = 0;
  paramCount = 0;
  /** Index of the function's type. */
  type = 0;
  weight = 0;
  joins = 0;
  /** Bits of `ASPECT` of the instructions since the last mark, and of those before it. */
  aspects = 0;
  seen = 0;
  /** Growths so far, in the whole module. */
  private growths = 0;
  /** The body's size beyond its bytes so far, without and with what canonical NaNs take (SPEC rule M10). */
  size = 0;
  nanSize = 0;
  /** Types in lists so far, in the whole module. */
  listed = 0;

  constructor(reader: Reader, module: Module) {
    this.reader = reader;
    this.module = module;
    this.signatures = new Signatures(module.types);
    this.wideMemories = Uint8Array.from(module.memories, ({ wide }) => (wide ? 1 : 0));
    let longest = 0;
    for (const { start, end } of module.bodies) longest = Math.max(longest, end - start);
    let widest = 1;
    for (const { params, results } of module.types) widest = Math.max(widest, params.length, results.length);
    // An instruction pushes at most one operand or the list of a type, and each block is an instruction.
    this.stack = new Uint8Array(Math.min(longest * widest, REWRITE_LIMITS.operands + widest) + SPARE);
    const depth = Math.min(longest, REWRITE_LIMITS.nesting) + 1;
    this.kinds = new Uint8Array(depth);
    this.types = new Int32Array(depth);
    this.bases = new Int32Array(depth);
    this.wides = new Int32Array(depth);
    this.outers = new Uint8Array(depth);
    const code = module.raw.get(SECTION.code);
    // Real code has a mark in seven to ten bytes.
    this.tape = new Tape(code === undefined ? 0 : (code.end - code.start) >> 2);
  }

  /** Makes room for so many parameters and locals. */
  protected reserve(count: number): void {
    if (count <= this.locals.length) return;
    const larger = new Uint8Array(count * 2);
    larger.set(this.locals);
    this.locals = larger;
  }

  /** Counts the price of an instruction that has no mark. */
  pay(): void {
    if (!this.dead) this.weight += PRICES[this.opcode]!;
  }

  /** Marks the current instruction, unless control can't get there. */
  mark(kind: number, value: number): void {
    if (!this.dead) this.note(kind, value);
  }

  /** Marks the current instruction. */
  note(kind: number, value: number): void {
    if (this.tape.length >= REWRITE_LIMITS.places) {
      this.reader.refuse("limit", `the module has more than ${REWRITE_LIMITS.places} places to rewrite`, this.start);
    }
    this.size += EXPANSION[kind]!;
    this.tape.push(kind, this.start, this.reader.offset, value, this.weight, (this.aspects & ASPECT.tells) >> 1);
    this.weight = 0;
    this.seen |= this.aspects;
    this.aspects = 0;
  }

  /** Takes the top operand, which must be of type `wanted`. */
  pop(wanted: number): void {
    if (this.height > this.floor) {
      const found = this.stack[--this.height]!;
      if (found === OPERAND.v128) this.wide--;
      if (found !== wanted && found !== OPERAND.any) this.mismatch(wanted, found);
    } else if (!this.polymorphic) this.lacks(wanted);
  }

  /** Takes the top operand, whatever its type. */
  popAny(): number {
    if (this.height > this.floor) {
      const found = this.stack[--this.height]!;
      if (found === OPERAND.v128) this.wide--;
      return found;
    }
    if (!this.polymorphic) this.lacks(OPERAND.any);
    return OPERAND.any;
  }

  /** Leaves an operand. */
  push(type: number): void {
    this.stack[this.height++] = type;
    if (type === OPERAND.v128) this.wide++;
  }

  /** Takes `count` operands of the types from `codes[at]` on, the last one on top. */
  popList(at: number, count: number): void {
    const { codes } = this.signatures;
    for (let index = at + count - 1; index >= at; index--) this.pop(codes[index]!);
  }

  /** Leaves `count` operands of the types from `codes[at]` on. */
  pushList(at: number, count: number): void {
    const { codes } = this.signatures;
    for (let index = at; index < at + count; index++) this.push(codes[index]!);
  }

  /** Checks that `count` operands of the types from `codes[at]` on lie on top, and leaves them. */
  peekList(at: number, count: number): void {
    const { stack, floor } = this;
    const { codes } = this.signatures;
    for (let index = 1; index <= count; index++) {
      const wanted = codes[at + count - index]!;
      const place = this.height - index;
      if (place >= floor) {
        const found = stack[place]!;
        if (found !== wanted && found !== OPERAND.any) this.mismatch(wanted, found);
      } else if (!this.polymorphic) this.lacks(wanted);
    }
  }

  /** Counts types that the current instruction names in lists: two bytes of code may name a thousand (SPEC rule M11). */
  list(count: number): void {
    this.listed += count;
    if (this.listed > REWRITE_LIMITS.listed) {
      const what = "the module passes too many parameters and results around; pass them in memory";
      this.reader.refuse("limit", what, this.start);
    }
  }

  /** Marks a growth and bounds their number: their prices are the only ones that could pass what a charge can hold. */
  grow(kind: number, value: number): void {
    if (++this.growths > REWRITE_LIMITS.growths) {
      this.reader.refuse("limit", `the module grows things in more than ${REWRITE_LIMITS.growths} places`, this.start);
    }
    this.mark(kind, value);
  }

  /** Ends the live code of the current block: an unconditional transfer was made. */
  leave(): void {
    this.height = this.floor;
    this.polymorphic = true;
    this.dead = true;
    this.weight = 0;
  }

  /** Refuses the current instruction as invalid. */
  invalid(what: string): never {
    this.reader.refuse("invalid", `${NAMES[this.opcode]} ${what}`, this.start);
  }

  protected mismatch(wanted: number, found: number): never {
    this.invalid(`needs ${OPERAND_NAMES[wanted]}, but finds ${OPERAND_NAMES[found]}`);
  }

  protected lacks(wanted: number): never {
    this.invalid(`needs ${wanted === OPERAND.any ? "an operand" : OPERAND_NAMES[wanted]}, but its block has none left`);
  }
}
