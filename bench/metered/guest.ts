// A module set up to be driven: raw or metered, the same steps and the same answers to its imports.
import { importsOf, RESULT } from "./imports.ts";
import type { Metered } from "./rewriter.ts";

/** The part of the API that only a host that gives memory needs. */
const HostMemory = WebAssembly.Memory as unknown as new (size: {
  initial: number;
  maximum: number;
}) => WebAssembly.Memory;

/** A running instance. */
export interface Guest {
  /** Calls an export by the name that the source gives it. */
  readonly call: (name: string, ...args: number[]) => number;
  /** The linear memory; made anew at each call, since it may have grown. */
  readonly memory: () => Uint8Array;
  /** Fuel used since the start; 0n for a raw module. */
  readonly used: () => bigint;
}

/** The name of the source's own memory: an import, an export or none. */
export interface Memory {
  readonly import?: readonly [module: string, name: string, pages: number];
  readonly export?: string;
}

/** Every import answers zero: no guest here needs an answer, and none can tell how it is run. */
function answers(source: Uint8Array, bitcast: boolean): WebAssembly.Imports {
  const all: WebAssembly.Imports = {};
  for (const { module, name, result } of importsOf(source)) {
    const wide = result === RESULT.i64 || (bitcast && result === RESULT.f64);
    all[module] ??= {};
    all[module][name] = wide ? () => 0n : () => 0;
  }
  return all;
}

/** Adds a memory of the host's to what a module is given, when it imports one. */
function give(given: WebAssembly.Imports, memory: Memory): WebAssembly.Memory | null {
  if (memory.import === undefined) return null;
  const [module, name, pages] = memory.import;
  const made = new HostMemory({ initial: pages, maximum: 32_768 });
  given[module] = { ...given[module], [name]: made };
  return made;
}

/** Sets up the raw module. */
export function rawGuest(source: Uint8Array, memory: Memory): Guest {
  const given = answers(source, false);
  const imported = give(given, memory);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(source), given);
  const own = () => exports[memory.export ?? "memory"] as WebAssembly.Memory;
  return guest(
    exports,
    (name) => name,
    () => imported ?? own(),
    () => 0n,
  );
}

/** Sets up a metered module: counters, then its start function. */
export function meteredGuest(source: Uint8Array, metered: Metered, memory: Memory): Guest {
  const given = answers(source, metered.bitcast);
  const imported = metered.memory === null ? give(given, memory) : null;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(metered.bytes), given);
  metered.refill(exports);
  if (metered.start !== null) (exports[metered.start] as () => void)();
  const name = metered.memory ?? metered.exported(memory.export ?? "memory");
  return guest(
    exports,
    metered.exported,
    () => imported ?? (exports[name] as WebAssembly.Memory),
    () => metered.used(exports),
  );
}

function guest(
  exports: WebAssembly.Instance["exports"],
  exported: (name: string) => string,
  memory: () => WebAssembly.Memory,
  used: () => bigint,
): Guest {
  return {
    call: (name, ...args) => (exports[exported(name)] as (...args: number[]) => number)(...args) >>> 0,
    memory: () => new Uint8Array(memory().buffer),
    used,
  };
}
