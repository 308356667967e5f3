// The adapter for WebAssembly in text: one module or component, of whatever ABI it is written for. A module beside a world
// in WIT becomes a component of it, as a module of any other language does.
import { ABI_NAMES } from "../../sre/wasm/index.ts";
import { type Compiled, type Language, type SourceTree, textOf } from "./language.ts";
import { binaryOf, wasmTools } from "./wasm-tools.ts";

/** WebAssembly text to the module that it is. */
export const WAT: Language = {
  name: "wat",
  title: "WebAssembly text",
  endings: [".wat"],
  starts: ["main.wat", "src/main.wat"],
  tools: [{ name: wasmTools().name, ways: [], version: async () => wasmTools().version }],
  abis: ABI_NAMES,
  isSource: (path) => path.endsWith(".wat"),
  compile,
  template: {
    example: "wat-luhn",
    files: ["lockstep.json", "main.wat", "input.txt"],
    about: "`check` in `main.wat` takes a card number and says whether its last digit is the right one",
  },
};

async function compile({ entry, files }: SourceTree): Promise<Compiled> {
  const module = await binaryOf(entry, textOf(entry, files.get(entry)!));
  return { module, toolchain: wasmTools(), used: [entry], entries: null, warnings: [] };
}
