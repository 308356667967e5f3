// Where the interpreter's file lies on a machine with Node. A browser fetches it.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The file of the installed package; whoever runs it checks its digest. */
export function readInterpreter(): Uint8Array {
  const folder = dirname(fileURLToPath(import.meta.resolve("@jitl/quickjs-wasmfile-release-sync")));
  return new Uint8Array(readFileSync(join(folder, "emscripten-module.wasm")));
}
