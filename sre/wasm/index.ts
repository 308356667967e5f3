// The door of sre/wasm, safe in browsers. The sandbox of worker processes has its own, `process.ts`.
export { withTypes } from "./abi/assemblyscript/section.ts";
export { ABI_NAMES } from "./abi/index.ts";
export { type Inspection, inspect } from "./inspect.ts";
export { CEILINGS } from "./limits.ts";
export { LocalSandbox, type LocalSandboxOptions } from "./local.ts";
export {
  type EngineName,
  findProfile,
  PROFILE,
  PROFILES,
  type Profile,
  profileFor,
  SLOWEST_FUEL_PER_MS,
} from "./profile.ts";
