// What it costs to make an instance of a module: the work that an engine does before any of the guest's code runs
// (SPEC rule F15). Counted on the source, so that it depends on nothing that we write.
import { BULK_SHIFT, ELEMENT_COST, EXPORT_COST, PAGE_COST } from "./cost.ts";
import type { Module } from "./module/index.ts";

/** Fuel for an instance of a module, in a safe integer; what a linked module imports is its owner's to pay for. */
export function instanceCost(module: Module): number {
  const { memories, tables, functions, imports, constants, exports, activeBytes, linked } = module;
  const initial = (all: Module["memories"] | Module["tables"]): number => {
    let sum = 0;
    for (const space of all) if (!(linked && space.imported)) sum += space.initial;
    return sum;
  };
  const elements = initial(tables) + constants + functions.length - imports.length;
  const data = activeBytes >>> BULK_SHIFT;
  return PAGE_COST * initial(memories) + ELEMENT_COST * elements + EXPORT_COST * exports.length + data;
}
