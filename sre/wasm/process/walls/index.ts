// The door of the walls around a worker: how one is started between them, which of them were proven, and what a
// worker tries before its first job.
export { type Finding, type Proof, proveAround, proveWalls } from "./prove.ts";
export { wallsAround } from "./standing.ts";
export {
  type Furniture,
  furnishedStart,
  launch,
  programStart,
  type Start,
  scriptStart,
  shellStart,
  type Walls,
} from "./start.ts";
export { TOOLS, type Tool } from "./tools.ts";
export { TRY_NAMES, type Try } from "./tries.ts";
