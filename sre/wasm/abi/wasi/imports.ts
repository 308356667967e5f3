// The functions that a WASI guest may import: all of `wasi_snapshot_preview1`, and its older version, `wasi_unstable`,
// in which some compilers and packages still speak.
import type { Offer } from "../abi.ts";
import { ARGS_OPERATIONS } from "./args.ts";
import { type Operation, perform, wasmTypes } from "./call.ts";
import { CLOCK_OPERATIONS } from "./clock.ts";
import { fdOperations, type Version } from "./fd.ts";
import { pathOperations } from "./path.ts";
import { pollOperation, SNAPSHOT_LAYOUT, UNSTABLE_LAYOUT } from "./poll.ts";
import type { Process } from "./process.ts";
import { SOCK_OPERATIONS } from "./sock.ts";

/** The end of a program, which alone returns nothing. */
const EXIT = "proc_exit";

const SNAPSHOT: Version = { whence: ["set", "current", "end"], filestat: { size: 64, links: 8 } };
const UNSTABLE: Version = { whence: ["current", "end", "set"], filestat: { size: 56, links: 4 } };

const operations = (version: Version): readonly Operation[] => [
  ...[...ARGS_OPERATIONS, ...CLOCK_OPERATIONS, ...fdOperations(version), ...pathOperations(version)],
];

/** Both modules and their functions. */
const MODULES: readonly (readonly [module: string, operations: readonly Operation[]])[] = [
  ["wasi_snapshot_preview1", [...operations(SNAPSHOT), pollOperation(SNAPSHOT_LAYOUT), ...SOCK_OPERATIONS]],
  ["wasi_unstable", [...operations(UNSTABLE), pollOperation(UNSTABLE_LAYOUT), ...SOCK_OPERATIONS.slice(1)]],
];

/** Names of the modules that may be imported from. */
export const WASI_MODULES: readonly string[] = MODULES.map(([module]) => module);

/** The imports with their types. */
export const WASI_IMPORTS: readonly Offer[] = MODULES.flatMap(([module, all]) => [
  { module, name: EXIT, type: { params: ["i32"], results: [] } },
  ...all.map(({ name, parameters }) => ({
    ...{ module, name },
    type: { params: parameters.flatMap(wasmTypes), results: ["i32"] as const },
  })),
]);

/** The import object of a process. */
export function bindImports(process: Process): WebAssembly.Imports {
  const bound: WebAssembly.Imports = {};
  for (const [module, all] of MODULES) {
    const functions: Record<string, (...values: never[]) => unknown> = {
      [EXIT](code: number) {
        process.host.called(EXIT, [{ kind: "i32", value: code }], []);
        process.exit(code | 0);
      },
    };
    for (const operation of all) {
      functions[operation.name] = (...values: (number | bigint)[]) => perform(process, operation, values);
    }
    bound[module] = functions;
  }
  return bound;
}
