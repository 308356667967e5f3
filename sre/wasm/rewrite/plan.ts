// What the passes found out about a module: all that is written follows from it.
import type { CallGraph } from "./callgraph.ts";
import type { Checks } from "./checks.ts";
import type { FlatCosts, Regions } from "./fuel.ts";
import type { Layout } from "./layout.ts";
import type { Module, Tape } from "./module/index.ts";
import type { NanPoints } from "./nan/index.ts";
import type { StackPlan } from "./stack.ts";

/** All that the passes know. */
export interface Plan {
  readonly source: Uint8Array;
  readonly module: Module;
  readonly tape: Tape;
  readonly graph: CallGraph;
  readonly flat: FlatCosts;
  readonly regions: Regions;
  readonly checks: Checks;
  readonly stack: StackPlan;
  readonly nan: NanPoints;
  readonly layout: Layout;
}
