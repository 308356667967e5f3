// The strongly connected components of the call graph, by Tarjan's algorithm with a stack of its own: a module may
// have a chain of 200,000 functions, and the host's stack is not the guest's to use up.
import type { CallGraph } from "./callgraph.ts";

/** Nodes in an order in which callees come before callers, component by component. */
export interface Components {
  readonly order: Int32Array;
  /** Component number by node, rising along `order`. */
  readonly component: Int32Array;
  /** 1 for each node that can come back to itself. */
  readonly cyclic: Uint8Array;
}

/** Finds the components. */
export function componentsOf(graph: CallGraph): Components {
  const nodes = graph.functions + 2;
  const { start, target } = graph;
  const order = new Int32Array(nodes);
  const component = new Int32Array(nodes).fill(-1);
  const cyclic = new Uint8Array(nodes);
  // Discovery numbers from 1; 0 means unseen.
  const found = new Int32Array(nodes);
  const low = new Int32Array(nodes);
  const open = new Int32Array(nodes);
  const path = new Int32Array(nodes);
  const next = new Int32Array(nodes);
  let count = 0;
  let opened = 0;
  let ordered = 0;
  let components = 0;
  const enter = (node: number, depth: number) => {
    found[node] = ++count;
    low[node] = count;
    next[node] = start[node]!;
    open[opened++] = node;
    path[depth] = node;
  };
  const finish = (root: number) => {
    const first = ordered;
    for (;;) {
      const member = open[--opened]!;
      component[member] = components;
      order[ordered++] = member;
      if (member === root) break;
    }
    if (ordered - first > 1) for (let at = first; at < ordered; at++) cyclic[order[at]!] = 1;
    components++;
  };
  for (let root = 0; root < nodes; root++) {
    if (found[root] !== 0) continue;
    let depth = 0;
    enter(root, depth);
    while (depth >= 0) {
      const node = path[depth]!;
      if (next[node]! < start[node + 1]!) {
        const to = target[next[node]!++]!;
        if (to === node) cyclic[node] = 1;
        if (found[to] === 0) enter(to, ++depth);
        else if (component[to] === -1) low[node] = Math.min(low[node]!, found[to]!);
        continue;
      }
      if (low[node] === found[node]) finish(node);
      depth--;
      if (depth >= 0) low[path[depth]!] = Math.min(low[path[depth]!]!, low[node]!);
    }
  }
  return { order, component, cyclic };
}
