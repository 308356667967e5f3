// Where the fuel of a run went, as people read it: a table by function, and the stacks of flame graphs.
import { OUTSIDE } from "../../sre/wasm/examine.ts";
import type { Exit } from "./answer.ts";
import { shownName } from "./names.ts";

/** One function, or what is none of the guest's. */
export interface FuelRow {
  readonly name: string;
  /** Fuel that was charged while it ran itself. */
  readonly self: bigint;
  /** The same with all that it called. */
  readonly total: bigint;
  readonly calls: number;
}

/** Where a run's fuel went. */
export interface FuelTable {
  /** By their own fuel, the most first. */
  readonly rows: readonly FuelRow[];
  /** What they add up to: the answer's fuel. */
  readonly fuel: bigint;
  /** Functions that are in no row, since they are part of their callers'. */
  readonly flat: number;
  /** Whether there were ways to functions that were not told apart: totals are then at least so much. */
  readonly cut: boolean;
}

const DEEPER = OUTSIDE.indexOf("[deeper]");

interface Node {
  readonly parent: number;
  readonly key: string;
  readonly calls: number;
  readonly self: bigint;
}

/** The nodes of a profile with names; what an engine says of parents is not believed but where it makes a tree. */
function nodesOf({ profile }: Exit, names: readonly string[]): Node[] {
  return profile.map(([parent, index, calls, self], at) => {
    const outside = at < OUTSIDE.length;
    const key = outside ? OUTSIDE[at]! : shownName(names[index] ?? `func[${index}]`);
    return { parent: outside || parent >= at ? -1 : parent, key, calls, self: BigInt(self) };
  });
}

/** The table of a run; functions that are shown under one name are one row. */
export function fuelTable(run: Exit, names: readonly string[], flat: number): FuelTable {
  const nodes = nodesOf(run, names);
  const totals = nodes.map(({ self }) => self);
  for (let at = nodes.length - 1; at >= 0; at--) {
    const { parent } = nodes[at]!;
    if (parent >= OUTSIDE.length) totals[parent]! += totals[at]!;
  }
  const rows = new Map<string, { name: string; self: bigint; total: bigint; calls: number }>();
  for (const [at, { calls, key, self }] of nodes.entries()) {
    const row = rows.get(key) ?? { name: key, self: 0n, total: 0n, calls: 0 };
    rows.set(key, row);
    row.self += self;
    row.calls += calls;
    // What a function calls of itself is in its total once.
    if (!isWithin(nodes, at, key)) row.total += totals[at]!;
  }
  const kept = [...rows.values()].filter(({ name, self }) => self > 0n || !OUTSIDE.some((outside) => outside === name));
  kept.sort((one, other) => (one.self === other.self ? 0 : one.self < other.self ? 1 : -1));
  const fuel = nodes.reduce((sum, { self }) => sum + self, 0n);
  return { rows: kept, fuel, flat, cut: nodes.some(({ parent }) => parent === DEEPER) };
}

function isWithin(nodes: readonly Node[], at: number, key: string): boolean {
  for (let above = nodes[at]!.parent; above >= 0; above = nodes[above]!.parent)
    if (nodes[above]!.key === key) return true;
  return false;
}

/** Stacks in the folded form of flame graphs, a line each: the functions from the outermost on, and the fuel. */
export function* foldedStacks(run: Exit, names: readonly string[]): Generator<string> {
  const nodes = nodesOf(run, names);
  for (const [at, { self }] of nodes.entries()) {
    if (self === 0n) continue;
    const stack: string[] = [];
    for (let node = at; node >= 0; node = nodes[node]!.parent) stack.push(nodes[node]!.key);
    // What the host called has no caller of the guest's.
    if (stack.length > 1 && stack.at(-1) === OUTSIDE[0]) stack.pop();
    yield `${stack.reverse().join(";")} ${self}\n`;
  }
}
