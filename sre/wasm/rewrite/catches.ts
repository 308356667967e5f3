// Where exceptions land. A throw leaves registers behind, so the fuel is in the global when control comes to a catch;
// every other way to the same label must leave it there too, and behind the label it is read again (SPEC rule X3).
import { type Body, MARK, type Tape } from "./module/index.ts";
import { Numbers } from "./numbers.ts";

/** Kinds of catch clauses that name a tag: catch, catch_ref. */
const LAST_WITH_TAG = 1;
/** The function's own label, in place of a mark. */
export const FUNCTION_LABEL = -1;

/** The labels of a body that catch clauses name. */
export interface Landings {
  /** Marks of blocks (block, loop, if, try_table) whose label is caught at; `FUNCTION_LABEL` for the body's own. */
  readonly marks: ReadonlySet<number>;
  /** Marks of branches (br, br_if, br_table, and those alone) that may go to such a label. */
  readonly branches: ReadonlySet<number>;
  /** By mark of an `else` or `end`: the mark of the block that it belongs to. */
  readonly opener: ReadonlyMap<number, number>;
}

/** Finds a body's landings. */
export function findLandings(source: Uint8Array, tape: Tape, body: Body): Landings {
  const { kind, value, offset } = tape;
  const opener = new Map<number, number>();
  const marks = new Set<number>();
  // Blocks are known as landings only once all their clauses were seen: branches are looked at in a second round.
  const each = (visit: (mark: number, open: readonly number[]) => void) => {
    const open = [FUNCTION_LABEL];
    for (let mark = body.marks; mark < body.marksEnd; mark++) {
      const what = kind[mark]!;
      visit(mark, open);
      if (what === MARK.block || what === MARK.loop || what === MARK.if || what === MARK.tryTable) open.push(mark);
      else if (what === MARK.else) opener.set(mark, open[open.length - 1]!);
      else if (what === MARK.end) opener.set(mark, open.pop()!);
    }
  };
  each((mark, open) => {
    if (kind[mark] !== MARK.tryTable) return;
    for (const depth of catchLabels(source, offset[mark]!)) marks.add(open[open.length - 1 - depth]!);
  });
  const branches = new Set<number>();
  each((mark, open) => {
    const what = kind[mark]!;
    const lands = (depth: number) => marks.has(open[open.length - 1 - depth]!);
    if (what === MARK.br || what === MARK.brIf) {
      if (lands(value[mark]! >>> 1)) branches.add(mark);
    } else if (what === MARK.brTable && tableLabels(source, offset[mark]!).some(lands)) branches.add(mark);
  });
  return { marks, branches, opener };
}

/** Labels of the catch clauses of the try_table at `start`, counted from outside it. */
function catchLabels(source: Uint8Array, start: number): number[] {
  const numbers = new Numbers(source, start + 1);
  numbers.skipNumber(); // The block type.
  return Array.from({ length: numbers.u32() }, () => {
    if (numbers.u32() <= LAST_WITH_TAG) numbers.skipNumber();
    return numbers.u32();
  });
}

/** All labels of the br_table at `start`. */
function tableLabels(source: Uint8Array, start: number): number[] {
  const numbers = new Numbers(source, start + 1);
  return Array.from({ length: numbers.u32() + 1 }, () => numbers.u32());
}
