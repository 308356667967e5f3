// The stack pass: only functions on a cycle of the call graph take from the stack metric, and each of them takes
// the worst of the chains that don't before the next one that does (SPEC rules S1 to S7). The metric left is handed
// down by value, so that no way out of a function has to give anything back.
import type { CallGraph } from "./callgraph.ts";
import type { Components } from "./components.ts";
import { FRAME_BYTES } from "./cost.ts";
import type { Body, Tape } from "./module/index.ts";

/** What functions take at most, far above the metric's ceiling: sums of frames must fit 32 bits. */
const MOST = 2 ** 30;

/** The plan for the stack. */
export interface StackPlan {
  /** 1 for each own function on a cycle: it takes `pre` at entry. */
  readonly checked: Uint8Array;
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
  const worst = (node: number) => {
    let most = 0;
    for (let at = start[node]!; at < start[node + 1]!; at++) {
      const to = target[at]!;
      // INDIRECT checks nothing itself, so it passes its needs on even from within a cycle; HOST pays by thunks.
      const counts = to === functions || (to !== host && cyclic[to] === 0);
      if (counts && pre[to]! > most) most = pre[to]!;
    }
    const frame = node < functions ? frameBytes(tape.bodies[node]!) : 0;
    return Math.min(frame + most, MOST);
  };
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && component[order[to]!] === component[order[from]!]) to++;
    // Within a component INDIRECT comes first: the others' needs include its own, and never the other way round.
    for (let at = from; at < to; at++) if (order[at] === functions) pre[functions] = worst(functions);
    for (let at = from; at < to; at++) if (order[at]! < functions) pre[order[at]!] = worst(order[at]!);
    from = to;
  }
  const checked = cyclic.slice(0, functions);
  return { checked, pre: pre.slice(0, functions), deep: checked.includes(1) };
}
