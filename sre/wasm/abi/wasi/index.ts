// The ABI `wasi/1`: programs of WASI preview 1, commands and reactors. Input and output are the standard streams, logs
// the standard error. Specified in sre/SPEC.md, rules W1 to W10.
import { GuestEnded } from "../../host.ts";
import type { ModuleExport } from "../../rewrite/index.ts";
import { type Abi, ENTRY_NAME, type Guest, hasType } from "../abi.ts";
import { linkModule, moduleAbi } from "../single.ts";
import { bindImports, WASI_IMPORTS, WASI_MODULES } from "./imports.ts";
import { Process } from "./process.ts";

/** The entry of a command. */
const COMMAND = "_start";
/** What a reactor wants to be run before any entry. */
const INITIALIZE = "_initialize";

const isCommand = (exports: readonly ModuleExport[]) =>
  exports.some(({ name, type }) => name === COMMAND && hasType(type, [], []));

/** A function without parameters, whose result, if any, is its exit code. */
const isCallable = ({ type }: ModuleExport) => hasType(type, [], []) || hasType(type, [], ["i32"]);

const isReactorEntry = (candidate: ModuleExport) =>
  candidate.name !== INITIALIZE && ENTRY_NAME.test(candidate.name) && isCallable(candidate);

const entryNames = (exports: readonly ModuleExport[]): readonly string[] =>
  isCommand(exports) ? [COMMAND] : exports.filter(isReactorEntry).map(({ name }) => name);

/** The ABI `wasi/1`. */
export const wasiAbi: Abi = {
  ...moduleAbi({
    name: "wasi/1",
    imports: WASI_IMPORTS,

    misfit({ exports, imports }) {
      const speaks = imports.some(({ module }) => WASI_MODULES.includes(module));
      const own = exports.some(({ name }) => name === COMMAND || name === INITIALIZE);
      if (!speaks && !own) return `neither imports from ${WASI_MODULES.join(" or ")} nor exports ${COMMAND}`;
      if (!exports.some(({ name, kind }) => name === "memory" && kind === "memory")) {
        return `exports no memory named "memory"`;
      }
      if (entryNames(exports).length > 0) return null;
      return `exports neither a function ${COMMAND}() nor another without parameters to be called`;
    },

    entries: entryNames,

    entry: (exports, name) => (entryNames(exports).includes(name) ? { name, convention: "streams" } : null),

    keeps: (candidate) =>
      (candidate.name === "memory" && candidate.kind === "memory") ||
      candidate.name === INITIALIZE ||
      isCallable(candidate),
  }),

  instantiate(ready, host) {
    const process = new Process(host);
    const { exports, start } = linkModule(ready, bindImports(process), WASI_IMPORTS, host);
    // The start function may call what begins with the input, and may end the program: it is run by `invoke`.
    return { exports, surface: { process, start }, start: null };
  },

  invoke(guest, entry, input) {
    const process = guest.surface.process as Process;
    process.begin(input);
    const code = run(guest, entry.name, process);
    const output = process.world.output.bytes();
    if (code === 0) return output;
    throw new GuestEnded("code", `the guest ended itself with the code ${code}`, { code, output });
  },
};

/** Runs a program to its end; its exit code. */
function run({ exports, surface }: Guest, entry: string, process: Process): number {
  try {
    (surface.start as (() => void) | null)?.();
    (exports[INITIALIZE] as (() => void) | undefined)?.();
    const code = (exports[entry] as () => unknown)();
    return typeof code === "number" ? code : 0;
  } catch (error) {
    // A program that ends itself is stopped by a trap.
    if (process.exited === null || !(error instanceof WebAssembly.RuntimeError)) throw error;
    return process.exited;
  }
}
