// JavaScript guests as sandboxes of sre/wasm know them.
import type { Kind } from "../wasm/parts.ts";
import { javascriptAbi } from "./abi.ts";
import { INTERPRETER_DIGEST } from "./interpreter.ts";

export { EXPORTS } from "./interpreter.ts";

import { JAVASCRIPT } from "./profile.ts";

/** What their processes need to know; the interpreter comes to them through the pipe. */
export const PROGRAMS: Pick<Kind, "abis" | "profiles"> = { abis: [javascriptAbi], profiles: [JAVASCRIPT] };

/**
 * JavaScript guests, for a sandbox of sre/wasm. `interpreter` is the file `@jitl/quickjs-wasmfile-release-sync/wasm`; the
 * sandbox refuses another.
 */
export function quickjs(interpreter: Uint8Array): Kind {
  return { sre: "quickjs", ...PROGRAMS, interpreter: { bytes: interpreter, sha256: INTERPRETER_DIGEST } };
}
