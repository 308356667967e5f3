// The growth pass: memory.grow and table.grow become calls of appended functions that refuse above the cap, charge by
// length, and tell an engine's own failure from a refusal (SPEC rules G1 to G4).
import { BULK, constant, indexed, NO_RESULT, OP, trapIfNegative } from "./code.ts";
import { ELEMENT_COST, PAGE_COST } from "./cost.ts";
import type { Layout } from "./layout.ts";
import { REWRITE_LIMITS } from "./limits.ts";
import { type Limits, type Module, VALUE_TYPES } from "./module/index.ts";
import type { Writer } from "./writer.ts";

/** i64.const of the least i64, the mark of an engine's failure. */
const ENGINE_FAILED = [OP.i64Const, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f];

/** What differs between memories and tables. */
interface Kind {
  readonly layout: Layout;
  readonly all: readonly Limits[];
  readonly index: number;
  /** The parameter with the number wanted; the fuel follows, then the local for the size before. */
  readonly wanted: number;
  readonly price: number;
  readonly size: (index: number) => void;
  /** Pushes the most that all together may have, as an i64. */
  readonly cap: () => void;
  /** In a linked module, the global with what the program may still grow by; else -1. */
  readonly left: number;
  /** The global with the maximum, where it is not the module's own to say; else -1. */
  readonly most: number;
  readonly grow: () => void;
}

/** Type of the function in place of memory.grow or table.grow, as bytes: the fuel goes in and comes out last. */
export function growType(limits: Limits, element: number | null): readonly [params: number[], results: number[]] {
  const number = limits.wide ? VALUE_TYPES.i64 : VALUE_TYPES.i32;
  return [
    [...(element === null ? [] : [element]), number, VALUE_TYPES.i64],
    [number, VALUE_TYPES.i64],
  ];
}

/** The body of the function in place of memory.grow. */
export function writeGrowMemory(out: Writer, module: Module, layout: Layout, index: number): void {
  writeGrowth(out, {
    layout,
    all: module.memories,
    index,
    wanted: 0,
    price: PAGE_COST,
    size: (memory) => indexed(out, OP.memorySize, memory),
    cap() {
      indexed(out, OP.globalGet, layout.pages);
      out.op(OP.i64ExtendI32U);
    },
    left: module.linked ? layout.pages : -1,
    most: layout.mostMemory[index] ?? -1,
    grow() {
      indexed(out, OP.localGet, 0);
      indexed(out, OP.memoryGrow, index);
    },
  });
}

/** The body of the function in place of table.grow. */
export function writeGrowTable(out: Writer, module: Module, layout: Layout, index: number): void {
  writeGrowth(out, {
    layout,
    all: module.tables,
    index,
    wanted: 1,
    price: ELEMENT_COST,
    size(table) {
      out.byte(OP.bulk, BULK.tableSize);
      out.u32(table);
    },
    cap: () => constant(out, OP.i64Const, REWRITE_LIMITS.tableElements),
    left: layout.elements,
    most: layout.mostTable[index] ?? -1,
    grow() {
      indexed(out, OP.localGet, 0);
      indexed(out, OP.localGet, 1);
      out.byte(OP.bulk, BULK.tableGrow);
      out.u32(index);
    },
  });
}

function writeGrowth(out: Writer, kind: Kind): void {
  const { layout, all, index, wanted, price } = kind;
  const { wide, maximum } = all[index]!;
  const fuel = wanted + 1;
  const before = wanted + 2;
  const number = wide ? VALUE_TYPES.i64 : VALUE_TYPES.i32;
  const minusOne = () => constant(out, wide ? OP.i64Const : OP.i32Const, -1);
  const widen = (is: boolean) => {
    if (!is) out.op(OP.i64ExtendI32U);
  };
  out.byte(1, 1, number);
  indexed(out, OP.localGet, fuel);
  indexed(out, OP.globalSet, layout.fuel);
  // Past the cap, or past its own maximum: -1, and nothing is charged besides the instruction.
  indexed(out, OP.localGet, wanted);
  widen(wide);
  if (kind.left >= 0) {
    indexed(out, OP.globalGet, kind.left);
    out.op(OP.i64ExtendI32U);
  } else {
    kind.cap();
    all.forEach((each, at) => {
      kind.size(at);
      widen(each.wide);
      out.op(OP.i64Sub);
    });
  }
  out.op(OP.i64GtU);
  if (maximum !== null || kind.most >= 0) {
    indexed(out, OP.localGet, wanted);
    widen(wide);
    if (kind.most >= 0) indexed(out, OP.globalGet, kind.most);
    else constant(out, OP.i64Const, maximum!);
    kind.size(index);
    widen(wide);
    out.byte(OP.i64Sub, OP.i64GtU, OP.i32Or);
  }
  out.byte(OP.if, NO_RESULT);
  minusOne();
  indexed(out, OP.localGet, fuel);
  out.byte(OP.return, OP.end);
  indexed(out, OP.localGet, fuel);
  indexed(out, OP.localGet, wanted);
  widen(wide);
  constant(out, OP.i64Const, price);
  out.byte(OP.i64Mul, OP.i64Sub);
  indexed(out, OP.localTee, fuel);
  indexed(out, OP.globalSet, layout.fuel);
  indexed(out, OP.localGet, fuel);
  trapIfNegative(out);
  kind.grow();
  indexed(out, OP.localTee, before);
  minusOne();
  out.byte(wide ? OP.i64Eq : OP.i32Eq, OP.if, NO_RESULT, ...ENGINE_FAILED);
  indexed(out, OP.globalSet, layout.fuel);
  out.byte(OP.unreachable, OP.end);
  if (kind.left >= 0) {
    indexed(out, OP.globalGet, kind.left);
    indexed(out, OP.localGet, wanted);
    if (wide) out.op(OP.i32WrapI64);
    out.op(OP.i32Sub);
    indexed(out, OP.globalSet, kind.left);
  }
  indexed(out, OP.localGet, before);
  indexed(out, OP.localGet, fuel);
  out.op(OP.end);
}
