// The door of sre/wasm, safe in browsers. The sandbox of worker processes has its own, `process.ts`.
export { ABI_NAMES } from "./abi/index.ts";
export { type Inspection, inspect } from "./inspect.ts";
export { CEILINGS, PROFILE } from "./limits.ts";
export { LocalSandbox, type LocalSandboxOptions } from "./local.ts";
