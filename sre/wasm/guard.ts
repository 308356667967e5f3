// A guest with exceptions would catch what a host function throws, such as a failure to get memory, and make it part of
// its answer. Nothing thrown may cross its frames: the call returns, the guest stops, and the run is a fault.
import type { Offer } from "./abi/abi.ts";
import type { Host } from "./host.ts";

/** Host functions that throw nothing; those that are not offered by name are left out. */
export function guardImports(imports: WebAssembly.Imports, offers: readonly Offer[], host: Host): WebAssembly.Imports {
  const guarded: WebAssembly.Imports = {};
  for (const { module, name, type } of offers) {
    const plain = imports[module]![name] as (...values: unknown[]) => unknown;
    const result = type.results[0];
    // Floats come and go as the integers of their bits.
    const nothing = result === "i64" || result === "f64" ? 0n : 0;
    const functions = guarded[module] ?? {};
    guarded[module] = functions;
    functions[name] = (...values: unknown[]) => {
      try {
        return plain(...values);
      } catch {
        host.breakDown();
        return nothing;
      }
    };
  }
  return guarded;
}
