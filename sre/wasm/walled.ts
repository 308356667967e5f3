// A side door of sre/wasm for SREs whose guests run in processes of another make: the walls around a process, how its
// program comes to it, and frames on its pipe. For Node alone.
export { FrameBuffer } from "./process/frames.ts";
export { pack } from "./process/program.ts";
export {
  type Finding,
  type Furniture,
  furnishedStart,
  launch,
  proveAround,
  TRY_NAMES,
  type Try,
  type Walls,
  wallsAround,
} from "./process/walls/index.ts";
export { encodeFrame } from "./wire.ts";
