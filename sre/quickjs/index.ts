// The door of sre/quickjs, safe in browsers: JavaScript on an interpreter that is itself a metered module of sre/wasm.
import type { Kind } from "../wasm/parts.ts";
import { javascriptAbi } from "./abi.ts";
import { INTERPRETER_DIGEST } from "./interpreter.ts";
import { JAVASCRIPT } from "./profile.ts";

export { PROGRAM_BYTES } from "./abi.ts";
export { JAVASCRIPT } from "./profile.ts";

/** The name of the one ABI. */
export const JAVASCRIPT_ABI = javascriptAbi.name;

/**
 * JavaScript guests, for a sandbox of sre/wasm. `interpreter` is the file `@jitl/quickjs-wasmfile-release-sync/wasm`; the
 * sandbox refuses another.
 */
export function quickjs(interpreter: Uint8Array): Kind {
  const pinned = { bytes: interpreter, sha256: INTERPRETER_DIGEST };
  return { sre: "quickjs", abis: [javascriptAbi], profiles: [JAVASCRIPT], interpreter: pinned };
}
