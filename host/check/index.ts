// The door of host/check: whether a function gives one answer everywhere, and where its fuel goes.
export { type Compared, check, type Dependence, type Report, type Subject } from "./check.ts";
export { enginesFor, OPTIONAL_ENGINES, type Unasked } from "./engines.ts";
export { type FuelTable, foldedStacks, fuelTable } from "./fuel.ts";
export { insideScript } from "./script.ts";
