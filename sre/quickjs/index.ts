// The door of sre/quickjs, safe in browsers: JavaScript on an interpreter that is itself a metered module of sre/wasm.
export { JAVASCRIPT_ABI, PROGRAM_BYTES } from "./abi.ts";
export { inspectProgram, type ProgramInspection } from "./inspect.ts";
export { quickjs } from "./kind.ts";
export { JAVASCRIPT } from "./profile.ts";
