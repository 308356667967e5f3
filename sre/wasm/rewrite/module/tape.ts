// The tape: the places in live code that a pass may have something to say about, in source order, and what is known of
// each body as a whole. The walk writes it, the passes read it; none of them decodes instructions again.
// Parallel typed arrays, because a large module has millions of marks.

/**
 * What a mark stands on; `value` is given in brackets. Nothing in unreachable code is marked: after an unconditional
 * transfer (`br`, `brTable`, `return`, `returnCall*`, `unreachable`, `throw*`) the next mark is the `else`, `end` or
 * `finish` of the block that it lies in.
 *
 * Block type: -64 (nothing), the negative number of a value type's byte (-1 for i32), or a type index.
 * Label: `depth << 1 | 1 if that is the function's label`; depth 0 is the innermost open block.
 */
export const MARK = {
  /** block, loop, if [block type]. */
  block: 1,
  loop: 2,
  if: 3,
  /** else, end of a block, end of the function [1 if the code before it is live, and 2 more at the end of a loop]. */
  else: 4,
  end: 5,
  finish: 6,
  /** br, br_if, return [label]; br_table [label of the outermost target]. */
  br: 7,
  brIf: 8,
  brTable: 9,
  return: 10,
  /** call of an own function, of an import [function index]; call_indirect [type index]. */
  call: 11,
  callImport: 12,
  callIndirect: 13,
  returnCall: 14,
  returnCallImport: 15,
  returnCallIndirect: 16,
  unreachable: 17,
  /** memory.init, copy, fill, whose length on top of the stack counts bytes [1 if it is an i64, else 0]. */
  bulkBytes: 18,
  /** table.init, copy, fill, whose length counts elements [1 if it is an i64, else 0]. */
  bulkElements: 19,
  /** memory.grow [memory index], table.grow [table index]. */
  memoryGrow: 20,
  tableGrow: 21,
  /** ref.func of an import [function index]. */
  refImport: 22,
  /** Access to one of the first two declared (not parameter) locals [0 or 1: which]. */
  localGet: 23,
  localSet: 24,
  localTee: 25,
  /** try_table [block type]; its catch clauses are re-read from the source. */
  tryTable: 26,
  /** throw [tag index], throw_ref [0]. */
  throw: 27,
  throwRef: 28,
  /** Access to an own global of a linked module, which moves up [global index]. */
  globalGet: 29,
  globalSet: 30,
} as const;

/** What is known of one body besides its marks. */
export interface Body {
  /** Index of the function's type. */
  readonly type: number;
  /** The body's marks: from `marks` up to, not including, `marksEnd`. The last one is `finish`. */
  readonly marks: number;
  readonly marksEnd: number;
  /** Groups of declared locals, and their bytes after the count of groups. */
  readonly groups: number;
  readonly localsStart: number;
  /** End of the local declarations, start of the code. */
  readonly codeStart: number;
  /** Offset of the function's last `end`; the body's bytes end one later. */
  readonly codeEnd: number;
  /** Parameters and declared locals, counted as things. */
  readonly locals: number;
  /** Type bytes of the first two declared locals, 0 where there are fewer. */
  readonly first: number;
  readonly second: number;
  /** Slots of 8 bytes of parameters and locals, and of the most operands at once in live code (a v128 takes two). */
  readonly localSlots: number;
  readonly operandSlots: number;
  /** Whether live code has float operations whose NaN is the processor's choice, or a copysign. */
  readonly floats: boolean;
  /** What a baseline compiler looks at: joins (regions, branch targets, calls) times locals and operands. */
  readonly states: number;
  /** What the rewritten body takes at most, its length in front included (SPEC rule M10); and canonical NaNs in it. */
  readonly size: number;
  readonly nanSize: number;
}

/** Room for marks at the least. */
const ROOM = 64;

/** The marks of a whole module. Read the arrays only after the walk: they are replaced as they grow. */
export class Tape {
  length = 0;
  /** Start of the instruction. */
  offset: Int32Array;
  /** The byte after the instruction. */
  end: Int32Array;
  /** One of `MARK`. */
  kind: Uint8Array;
  value: Int32Array;
  /** Cost of the unmarked live instructions since the body's previous mark; this instruction's own is not in it. */
  weight: Int32Array;
  /** 1 if one of them may trap or writes a global. */
  tells: Uint8Array;
  readonly bodies: Body[] = [];

  /** An empty tape with room for about so many marks. */
  constructor(room: number) {
    const size = Math.max(room, ROOM);
    this.offset = new Int32Array(size);
    this.end = new Int32Array(size);
    this.kind = new Uint8Array(size);
    this.value = new Int32Array(size);
    this.weight = new Int32Array(size);
    this.tells = new Uint8Array(size);
  }

  /** Appends a mark. */
  push(kind: number, offset: number, end: number, value: number, weight: number, tells: number): void {
    const at = this.length;
    if (at === this.kind.length) this.grow();
    this.offset[at] = offset;
    this.end[at] = end;
    this.kind[at] = kind;
    this.value[at] = value;
    this.weight[at] = weight;
    this.tells[at] = tells;
    this.length = at + 1;
  }

  private grow(): void {
    const size = this.kind.length * 2;
    const words = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const larger = new Int32Array(size);
      larger.set(old);
      return larger;
    };
    this.offset = words(this.offset);
    this.end = words(this.end);
    this.value = words(this.value);
    this.weight = words(this.weight);
    const bytes = (old: Uint8Array): Uint8Array<ArrayBuffer> => {
      const larger = new Uint8Array(size);
      larger.set(old);
      return larger;
    };
    this.kind = bytes(this.kind);
    this.tells = bytes(this.tells);
  }
}
