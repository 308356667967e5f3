// What the rules say of a module's functions together: which are flat, which are on a cycle of calls, what each takes
// from the stack metric. Everything is told as the SPEC tells it, by plain repetition until nothing changes.
import { CHECK_LIMIT, COLD_LIMIT, FLAT_LIMIT, FRAME_BYTES, LATE_BYTES } from "../../../sre/wasm/rewrite/cost.ts";
import { type Analysis, analyse, type Region, readSteps, type Step } from "./body.ts";
import { Cursor } from "./bytes.ts";
import { FC } from "./instructions.ts";
import type { Module } from "./module.ts";

/** What is known of an own function. */
export interface Known {
  readonly analysis: Analysis;
  /** Its price where it is called, or null when it is not flat. */
  readonly flat: number | null;
  /** Whether its entry is a check point. */
  readonly checks: boolean;
  /** Whether the regions that call are that instead. */
  readonly late: boolean;
  /** Whether it is on a cycle, what must be there when a checked one or the host's is entered, and what it hands on less. */
  readonly onCycle: boolean;
  readonly needs: number;
  readonly takes: number;
}

/** The cost of a function where it is called: null for one that is not flat, and for imports. */
export type FlatCost = (callee: number) => number | null;

/** Whether a call, or an indirect one (null), is of something that isn't flat. */
export type Far = (callee: number | null) => boolean;

/** What a region charges: nothing when it is cold, else its instructions and the flat functions it calls. */
export function charge(region: Region, imports: number, flatCost: FlatCost): number {
  const cost = [...region.calls, ...region.tails].reduce((sum, callee) => sum + (flatCost(callee) ?? 0), region.cost);
  const far = (callee: number | null) => callee === null || (callee >= imports && flatCost(callee) === null);
  const cold = region.stops && region.kind !== "entry" && region.kind !== "loop" && ![...region.within].some(far);
  return cold && cost <= COLD_LIMIT ? 0 : cost;
}

const TAILS = [0x12, 0x13];
const BULK_OR_GROW = [FC + 8, FC + 10, FC + 11, FC + 12, FC + 14, FC + 15, FC + 17, 0x40];
const NEVER_FLAT = [0x03, 0x08, 0x0a, 0x1f, 0x11, ...TAILS, ...BULK_OR_GROW];

const exported = (module: Module): number[] =>
  module.exports.filter(({ kind }) => kind === 0).map(({ index }) => index);

/** Functions whose address a table, a segment or a global holds, or `ref.func` may take. */
function taken(module: Module, analyses: readonly Analysis[]): Set<number> {
  const inCode = analyses.flatMap((analysis) => liveSteps(analysis).filter(({ opcode }) => opcode === 0xd2));
  const expressions = [
    ...module.segments.flatMap((segment) => segment.expressions),
    ...module.globals.map((g) => g.init),
  ];
  const segments = module.segments.flatMap(({ functions }) => functions ?? []);
  return new Set([...segments, ...expressions.flatMap(referencesIn), ...inCode.map(({ index }) => index)]);
}

/** The functions that a constant expression names. */
export function referencesIn(expression: Uint8Array): number[] {
  const cursor = new Cursor(expression);
  const found: number[] = [];
  while (cursor.at < expression.length) {
    const opcode = cursor.byte();
    if (opcode === 0xd2) found.push(cursor.u32());
    else if (opcode === 0x43) cursor.at += 4;
    else if (opcode === 0x44) cursor.at += 8;
    else if (opcode === 0xd0) cursor.at += 1;
    else if (opcode === 0xfd) cursor.at += 17;
    else if (opcode === 0x41 || opcode === 0x42 || opcode === 0x23) cursor.skipNumber();
  }
  return found;
}

const liveSteps = ({ steps, live }: Analysis): Step[] => steps.filter((_, index) => live[index]);

/** Everything about the functions of a module. */
export function know(module: Module): Known[] {
  const imports = module.imports.length;
  const bodies = module.code.map(({ start, end }) => readSteps(module, start, end));
  const first = bodies.map((steps, index) => analyse(module, index, steps, () => false));
  const flat = flatCosts(module, first);
  const price: FlatCost = (callee) => (callee < imports ? null : flat[callee - imports]!);
  const isFlat = (callee: number) => price(callee) !== null;
  const far: Far = (callee) => callee === null || !isFlat(callee);
  const analyses = module.tags.length === 0 ? first : bodies.map((steps, at) => analyse(module, at, steps, far));
  const stack = stackTakes(module, analyses);
  return analyses.map((analysis, index) => {
    const costs = analysis.all.map((region) => charge(region, imports, price));
    const long = costs.reduce((sum, cost) => sum + cost, 0) > CHECK_LIMIT;
    const small = !long && module.tags.length === 0 && stack[index]!.needs <= LATE_BYTES;
    const late = small && callsLate(analysis, costs, far);
    const checks = !late && (long || analysis.all.some((region) => region.made.some(far)));
    return { analysis, flat: flat[index]!, checks, late, ...stack[index]! };
  });
}

/** Whether a function without loops makes far calls, none in its entry region and the others in one besides cold ones. */
function callsLate(analysis: Analysis, costs: readonly number[], far: Far): boolean {
  if (liveSteps(analysis).some(({ opcode }) => opcode === 0x03 || opcode === 0x1f)) return false;
  const calling = analysis.all.flatMap(({ made }, at) => (made.some(far) ? [at] : []));
  return calling.length > 0 && calling[0] !== 0 && calling.filter((at) => costs[at]! > 0).length <= 1;
}

function flatCosts(module: Module, analyses: readonly Analysis[]): (number | null)[] {
  const outside = new Set([...taken(module, analyses), ...exported(module)]);
  const imports = module.imports.length;
  const costs: (number | null)[] = analyses.map(() => null);
  const hopeful = analyses.map((analysis, index) => {
    if (outside.has(imports + index) || module.start === imports + index) return false;
    if (liveSteps(analysis).some(({ opcode }) => NEVER_FLAT.includes(opcode))) return false;
    return true;
  });
  const flatCost: FlatCost = (callee) => (callee < imports ? null : costs[callee - imports]!);
  for (let changed = true; changed; ) {
    changed = false;
    analyses.forEach((analysis, index) => {
      if (!hopeful[index] || costs[index] !== null) return;
      const callees = analysis.all.flatMap((region) => region.calls);
      if (callees.some((callee) => flatCost(callee) === null)) return;
      const [cost, ...rest] = analysis.all.map((region) => charge(region, imports, flatCost));
      if (cost! > FLAT_LIMIT || rest.some((other) => other > 0)) return;
      costs[index] = cost!;
      changed = true;
    });
  }
  return costs;
}

function stackTakes(module: Module, analyses: readonly Analysis[]): Pick<Known, "onCycle" | "needs" | "takes">[] {
  const imports = module.imports.length;
  const own = (targets: Iterable<number>) => [...targets].filter((at) => at >= imports).map((at) => at - imports);
  const [indirect, host] = [analyses.length, analyses.length + 1];
  const direct = analyses.map((analysis) =>
    liveSteps(analysis)
      .filter(({ opcode }) => opcode === 0x10 || opcode === 0x12)
      .map(({ index }) => index),
  );
  const anyIndirect = analyses.map((analysis) =>
    liveSteps(analysis).some(({ opcode }) => opcode === 0x11 || opcode === 0x13),
  );
  const edges = analyses.map((_, index) => {
    const outside = direct[index]!.some((callee) => callee < imports) ? [host] : [];
    return [...own(direct[index]!), ...outside, ...(anyIndirect[index] ? [indirect] : [])];
  });
  const held = taken(module, analyses);
  edges.push([...own(held), ...([...held].some((target) => target < imports) ? [host] : [])]);
  edges.push(own(exported(module)));
  const onCycle = analyses.map((_, index) => reaches(edges, index));
  const deep = analyses.map(
    (_, index) => onCycle[index]! || reaches(edges, index, (at) => at === host || onCycle[at]!),
  );
  const frame = (index: number) => FRAME_BYTES + 8 * analyses[index]!.slots;
  const needs = new Map<number, number>();
  const worst = (callees: readonly number[]) => Math.max(0, ...callees.filter((callee) => !onCycle[callee]).map(need));
  const need = (index: number): number => {
    const before = needs.get(index);
    if (before !== undefined) return before;
    const below = Math.max(worst(own(direct[index]!)), anyIndirect[index] ? worst(own(held)) : 0);
    const sum = frame(index) + below;
    needs.set(index, sum);
    return sum;
  };
  return analyses.map((_, index) => ({
    onCycle: onCycle[index]!,
    needs: need(index),
    takes: deep[index] ? frame(index) : 0,
  }));
}

/** Whether a way leads from a node to one that is looked for: back to itself, if nothing else is said. */
function reaches(edges: readonly number[][], node: number, wanted = (at: number) => at === node): boolean {
  const seen = new Set<number>();
  const open = [...edges[node]!];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (wanted(next)) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...edges[next]!);
  }
  return false;
}
