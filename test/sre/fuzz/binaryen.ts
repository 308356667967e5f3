// Modules from binaryen's own fuzzer, `wasm-opt --translate-to-fuzz`: random bytes in, a valid module out. The program
// is compiled once and started anew for each module, which is a hundred times quicker than a process for each.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/**
 * Features of the base profile by binaryen's names. With reference types most of its modules import a global of type
 * externref, which the profile refuses; so these are for the caller to ask for.
 */
const BASE = [
  ...["sign-ext", "mutable-globals", "nontrapping-float-to-int", "bulk-memory", "multivalue"],
  ...["simd", "tail-call", "extended-const"],
];

/** Binaryen's generator. Close it when done: it has a folder for its files. */
export interface Generator {
  /** The module that binaryen makes of these bytes. */
  make(input: Uint8Array, features: readonly string[]): Promise<Uint8Array>;
  close(): void;
}

/** Loads binaryen's program. */
export function loadGenerator(): Generator {
  const require = createRequire(import.meta.url);
  const path = join(dirname(require.resolve("binaryen/package.json")), "bin/wasm-opt");
  const text = readFileSync(path, "utf8").replace(/^#!.*\n/, "");
  // The binary lies in the script as one long string: taken out, so that it is read once.
  const start = text.indexOf("function findWasmBinary(){");
  const end = text.indexOf("}function", start) + 1;
  const decode = text.slice(text.indexOf("function binaryDecode("), text.indexOf("var runtimeInitialized"));
  const binary = new Function(`${decode};${text.slice(start, end)};return findWasmBinary()`)() as Uint8Array;
  const module = new WebAssembly.Module(binary);
  const script = `${text.slice(0, start)}function findWasmBinary(){return null}${text.slice(end)}`;
  const program = new Function("Module", "require", "__filename", "__dirname", "process", "module", script);
  const folder = mkdtempSync(join(tmpdir(), "lockstep-fuzz-"));
  const [from, to] = [join(folder, "in"), join(folder, "out.wasm")];
  // The program reads its arguments from `process` and ends it; it gets one that bears this.
  const world = (args: readonly string[]) => ({
    __proto__: process,
    argv: ["node", path, ...args],
    on: () => {},
    exitCode: 0,
    cwd: () => folder,
  });
  return {
    make(input, features) {
      writeFileSync(from, input);
      const enabled = [...BASE, ...features].map((feature) => `--enable-${feature}`);
      const args = [from, "-ttf", "--mvp-features", ...enabled, "--strip-debug", "-o", to];
      return new Promise((resolve, reject) => {
        const done = () => {
          try {
            resolve(Uint8Array.from(readFileSync(to)));
          } catch (error) {
            reject(error);
          }
        };
        const options = {
          arguments: args,
          instantiateWasm: (imports: WebAssembly.Imports, receive: (instance: WebAssembly.Instance) => void) => {
            receive(new WebAssembly.Instance(module, imports));
            return {};
          },
          printErr: () => {},
          postRun: [done],
        };
        program(options, require, path, dirname(path), world(args), {});
      });
    },
    close: () => rmSync(folder, { recursive: true }),
  };
}
