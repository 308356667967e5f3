// A side door of sre/wasm for programs that run between the walls: what they try first, and how frames are told apart.
export { refusedHere } from "./process/walls/tries.ts";
export { decodePrefix, encodeFrame, WIRE_LIMITS } from "./wire.ts";
