// What a module exports and imports, by the engine's own reading, until the sandbox's inspection takes its place.
import { LockstepError } from "../../chain/protocol/index.ts";

interface Description {
  readonly name: string;
  readonly kind: string;
}
interface Engine {
  readonly Module: {
    new (bytes: Uint8Array): object;
    exports(module: object): Description[];
    imports(module: object): (Description & { readonly module: string })[];
  };
}
const { WebAssembly: engine } = globalThis as unknown as { readonly WebAssembly: Engine };

/** What the manifest says of a module. */
export interface Inspected {
  readonly abi: string;
  readonly entries: readonly string[];
  readonly profile: string;
}

const IMPORTS = ["env.abort", "env.trace", "env.seed", "env.Date.now", "env.console.log"];

/** Inspects a module; INVALID_MODULE when the engine refuses it or it imports what no guest gets. */
export function inspectModule(bytes: Uint8Array): Inspected {
  let module: object;
  try {
    module = new engine.Module(bytes);
  } catch {
    throw new LockstepError("INVALID_MODULE", "the module is not valid WebAssembly");
  }
  for (const { module: from, name } of engine.Module.imports(module)) {
    if (IMPORTS.includes(`${from}.${name}`)) continue;
    throw new LockstepError("INVALID_MODULE", `the module imports ${from}.${name}, which no guest gets`);
  }
  const functions = engine.Module.exports(module).filter(({ kind }) => kind === "function");
  const entries = functions.map(({ name }) => name).filter((name) => !name.startsWith("__"));
  return { abi: "assemblyscript/1", entries, profile: "draft-1" };
}
