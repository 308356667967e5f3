// The door of sre/core.
export { LogicalClock } from "./clock.ts";
export { Logs } from "./logs.ts";
export { Randomness } from "./random.ts";
export type {
  FaultKind,
  Outcome,
  Sandbox,
  Surroundings,
  Task,
  Usage,
} from "./sandbox.ts";
export { type CallValue, type Sha256, Transcript } from "./transcript.ts";
