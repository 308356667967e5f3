// The flat pass: small functions that run whole or end by a trap have no counter of their own; whoever calls them
// pays for them with the call (SPEC rule F10).
import { type CallGraph, TRAIT } from "./callgraph.ts";
import type { Components } from "./components.ts";
import { FLAT_LIMIT } from "./cost.ts";
import { entryCost, type FlatCosts, type Regions } from "./fuel.ts";
import type { Tape } from "./module/index.ts";
import { MENTION, type Module } from "./module/index.ts";

/** What a flat function does not do; branches to its own label are no matter. */
const FORBIDDEN = ~TRAIT.exits;
const REACHED = MENTION.data | MENTION.code | MENTION.export | MENTION.start;

/** The cost of each own function that is flat, -1 for the others. */
export function findFlat(
  module: Module,
  tape: Tape,
  graph: CallGraph,
  components: Components,
  regions: Regions,
): FlatCosts {
  const { functions, start, target, traits } = graph;
  const flat = new Int32Array(functions).fill(-1);
  for (const index of components.order) {
    if (index >= functions || components.cyclic[index] === 1) continue;
    if ((traits[index]! & FORBIDDEN) !== 0) continue;
    if ((module.mentions[module.imports.length + index]! & REACHED) !== 0) continue;
    const body = tape.bodies[index]!;
    if (entryCost(body) > FLAT_LIMIT) continue;
    let callees = true;
    for (let at = start[index]!; callees && at < start[index + 1]!; at++) callees = flat[target[at]!]! >= 0;
    if (!callees) continue;
    regions.analyse(index, flat);
    const cost = regions.charge[body.marksEnd - 1]!;
    if (cost <= FLAT_LIMIT && regions.beyond[index] === 0) flat[index] = cost;
  }
  return flat;
}
