// What a random module is made of, before its bodies: features, types, functions with their styles, tables,
// memories, globals, tags. Everything is drawn from the case's seed.
import type { Letters } from "../oracle/instructions.ts";

export type Next = (bound: number) => number;

/**
 * What a function is for. `flat`: no loop, call or grow, so that it may be charged by its callers; `guarded`: may call
 * backwards while a global budget lasts; `free`: calls forwards only; `deep`: recursion without a budget.
 */
export type Style = "flat" | "guarded" | "free" | "deep";

export interface PlannedFunction {
  readonly params: Letters;
  readonly results: Letters;
  readonly style: Style;
  readonly exported: boolean;
  readonly inTable: boolean;
}

export interface PlannedGlobal {
  readonly type: string;
  readonly mutable: boolean;
}

/** `imported`: the source imports it; rewritten, it is the module's own. Such come first. */
export interface PlannedMemory {
  readonly wide: boolean;
  readonly min: number;
  readonly max: number | null;
  readonly imported: boolean;
}

export interface PlannedTable {
  readonly type: "c" | "e";
  readonly wide: boolean;
  readonly min: number;
  readonly max: number | null;
  readonly imported: boolean;
}

export interface Plan {
  readonly next: Next;
  readonly floats: boolean;
  readonly vectors: boolean;
  readonly exceptions: boolean;
  readonly references: boolean;
  readonly tails: boolean;
  readonly imports: readonly { readonly name: string; readonly params: Letters; readonly results: Letters }[];
  readonly functions: readonly PlannedFunction[];
  readonly tables: readonly PlannedTable[];
  readonly memories: readonly PlannedMemory[];
  readonly globals: readonly PlannedGlobal[];
  readonly tags: readonly Letters[];
  readonly dataSizes: readonly number[];
  readonly start: boolean;
}

/** Picks one of a list. */
export const pick = <T>(next: Next, from: readonly T[]): T => from[next(from.length)]!;

/** True in `percent` of a hundred cases. */
export const chance = (next: Next, percent: number): boolean => next(100) < percent;

/** A word of random letters. */
export function word(next: Next, from: string, most: number): Letters {
  let letters = "";
  for (let count = next(most + 1); count > 0; count--) letters += from[next(from.length)];
  return letters;
}

/** What a case may use of the options of the profile. */
export interface Options {
  readonly exceptions: boolean;
  readonly memory64: boolean;
  readonly multiMemory: boolean;
}

/** Draws a plan. */
export function drawPlan(next: Next, options: Options): Plan {
  const floats = chance(next, 45);
  const vectors = chance(next, 25);
  const references = chance(next, 40);
  const exceptions = options.exceptions;
  const scalars = floats ? "iilfd" : "iil";
  const crossing = vectors && chance(next, 20) ? `${scalars}v` : scalars;
  const inner = scalars + (vectors ? "v" : "") + (references ? "ce" : "") + (exceptions && chance(next, 30) ? "x" : "");
  const functions = Array.from({ length: 2 + next(9) }, (_, index): PlannedFunction => {
    const exported = index === 0 || chance(next, 30);
    const letters = exported ? crossing : inner;
    const style = pick<Style>(next, ["flat", "flat", "guarded", "guarded", "free", "free", "free", "deep"]);
    const params = word(next, letters, chance(next, 8) ? 20 : 3);
    const results = word(next, letters, chance(next, 20) ? 4 : 1);
    return { params, results, style, exported, inTable: chance(next, 35) && (style !== "flat" || chance(next, 20)) };
  });
  const memories = drawMemories(next, options);
  const tables = drawTables(next, options, references);
  return {
    ...{ next, floats, vectors, exceptions, references, functions, tables, memories },
    tails: chance(next, 40),
    imports: drawImports(next, floats, vectors),
    globals: drawGlobals(next, inner),
    tags: exceptions ? Array.from({ length: 1 + next(3) }, () => word(next, scalars, 2)) : [],
    dataSizes: memories.length > 0 ? Array.from({ length: next(3) }, () => next(40)) : [],
    start: chance(next, 10),
  };
}

function drawMemories(next: Next, options: Options): PlannedMemory[] {
  const imported = chance(next, 15);
  const memory = (): PlannedMemory => {
    const wide = options.memory64 && chance(next, 60);
    return { wide, min: next(2), max: chance(next, 50) ? 1 + next(5) : null, imported: false };
  };
  const memories = chance(next, 90) ? [{ ...memory(), min: 1, imported }] : [];
  if (options.multiMemory && memories.length > 0)
    for (let more = 1 + next(2); more > 0; more--) memories.push(memory());
  return memories;
}

/** Table 0 is for functions and has room for those of the plan. */
function drawTables(next: Next, options: Options, references: boolean): PlannedTable[] {
  const imported = chance(next, 15);
  const table = (type: "c" | "e"): PlannedTable => {
    const min = next(8);
    const wide = options.memory64 && chance(next, 40);
    return { type, wide, min, max: chance(next, 60) ? min + next(6) : null, imported: false };
  };
  const tables: PlannedTable[] = [{ ...table("c"), min: 8, max: chance(next, 50) ? 8 + next(8) : null, imported }];
  if (references) for (let more = next(3); more > 0; more--) tables.push(table(chance(next, 50) ? "c" : "e"));
  return tables;
}

function drawImports(next: Next, floats: boolean, vectors: boolean): Plan["imports"] {
  const all = [
    { name: "note", params: "ii", results: "" },
    { name: "mix", params: "il", results: "l" },
    { name: "next", params: "", results: "i" },
  ];
  if (floats) all.push({ name: "blend", params: "fd", results: "d" }, { name: "thin", params: "d", results: "f" });
  if (vectors) all.push({ name: "spin", params: "v", results: "v" });
  return all.filter(() => chance(next, 50));
}

/** The first global is the budget of guarded calls, the second a counter that cold ways look at. */
function drawGlobals(next: Next, letters: Letters): PlannedGlobal[] {
  const globals: PlannedGlobal[] = [
    { type: "i", mutable: true },
    { type: "i", mutable: true },
  ];
  for (let more = next(6); more > 0; more--) {
    const type = pick(
      next,
      [...letters].filter((letter) => letter !== "x"),
    );
    globals.push({ type, mutable: chance(next, 75) });
  }
  return globals;
}
