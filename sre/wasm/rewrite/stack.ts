// The stack pass: functions on a cycle of the call graph check that the metric has room for their frame and for the worst
// of the chains below that check nothing; what they hand on is less by their frame alone, so that a level of recursion
// costs what it takes (SPEC rules S1 to S7). The metric left is handed down by value, so that no way out of a function
// has to give anything back.
import type { CallGraph } from "./callgraph.ts";
import type { Components } from "./components.ts";
import { FRAME_BYTES } from "./cost.ts";
import type { Body, Tape } from "./module/index.ts";

/** What functions take at most, far above the metric's ceiling: sums of frames must fit 32 bits. */
const MOST = 1 << 30;

/** The plan for the stack. */
export interface StackPlan {
  /** 1 for each own function on a cycle: it checks at its entry that `pre` is there. */
  readonly checked: Uint8Array;
  /** Bytes of the metric that own function f takes from what it hands on: its frame, or 0 if nobody below checks. */
  readonly taken: Int32Array;
  /** Bytes of the metric that own function f and what it calls unchecked need. */
  readonly pre: Int32Array;
  /** Whether any function is checked: then all that aren't flat hand the metric on. */
  readonly deep: boolean;
}

/** Bytes of stack metric of a function's frame (SPEC rule S2). */
export function frameBytes(body: Body): number {
  return FRAME_BYTES + 8 * (body.localSlots + body.operandSlots);
}

/** Plans who checks and what for. */
export function planStack(tape: Tape, graph: CallGraph, components: Components): StackPlan {
  const { functions, start, target } = graph;
  const { order, component, cyclic } = components;
  const pre = new Int32Array(functions + 2);
  const host = functions + 1;
  const frame = (node: number) => (node < functions ? frameBytes(tape.bodies[node]!) : 0);
  const worst = (node: number) => {
    let most = 0;
    for (let at = start[node]!; at < start[node + 1]!; at++) {
      const to = target[at]!;
      // INDIRECT checks nothing itself, so it passes its needs on even from within a cycle; HOST pays by thunks.
      const counts = to === functions || (to !== host && cyclic[to] === 0);
      if (counts && pre[to]! > most) most = pre[to]!;
    }
    return Math.min(frame(node) + most, MOST);
  };
  // Whether something below looks at the metric. The host may call any export.
  const deep = new Uint8Array(functions + 2);
  deep[host] = 1;
  const leadsDeep = (node: number) => {
    if (cyclic[node] === 1) return true;
    for (let at = start[node]!; at < start[node + 1]!; at++) if (deep[target[at]!] === 1) return true;
    return false;
  };
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && component[order[to]!] === component[order[from]!]) to++;
    // Within a component INDIRECT comes first: the others' needs include its own, and never the other way round.
    for (let at = from; at < to; at++) if (order[at] === functions) pre[functions] = worst(functions);
    for (let at = from; at < to; at++) if (order[at]! < functions) pre[order[at]!] = worst(order[at]!);
    for (let at = from; at < to; at++) if (leadsDeep(order[at]!)) deep[order[at]!] = 1;
    from = to;
  }
  const checked = cyclic.slice(0, functions);
  const taken = Int32Array.from(checked, (_, index) => (deep[index] === 1 ? Math.min(frame(index), MOST) : 0));
  return { checked, taken, pre: pre.slice(0, functions), deep: checked.includes(1) };
}
