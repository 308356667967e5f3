// The warm image: the interpreter started once, with its runtime, its context and the prelude evaluated, and its memory
// kept as the data of a new module. It depends on the interpreter's file and the prelude alone: it is made by the metered
// interpreter itself, under rules that leave an engine no choice, with a clock at 0 and a seed of zeros that nothing
// remembers. No program was ever in it.
import type { Context, Digest, Fuel } from "../../chain/protocol/index.ts";
import { CEILINGS, Host, PAGE_BYTES, rewrite } from "../wasm/parts.ts";
import { STACK } from "./interpreter.ts";
import { type Image, Machine } from "./machine.ts";
import { withHostAccess, withImage } from "./module.ts";
import { HOST_FUNCTIONS, PRELUDE, PROGRAM_NAME } from "./prelude.ts";

/**
 * Pages that the image begins with: static data and stack take 18, a ready context some 3, and the rest of them is the heap
 * that a program begins with.
 */
const LEAST_PAGES = 24;
/** What the start may take at most: it takes a tenth. */
const LIMITS = { fuel: (10n ** 9n) as Fuel, memory: 32 * 1024 * 1024, stack: CEILINGS.stack, output: 0, logs: 0 };
const CONTEXT: Context = {
  ...{ args: [], capabilities: [], clock: 0n, env: {}, files: {} },
  seed: "00".repeat(32) as Digest,
};
/** Room for the pointers of a call's arguments. */
const SCRATCH_BYTES = 4 * HOST_FUNCTIONS.length;
const encoder = new TextEncoder();

/** A module that begins as a ready interpreter, before rewriting, and where things are in it. */
export interface WarmModule {
  readonly module: Uint8Array;
  readonly image: Image;
}

/** The pinned interpreter before its start: the module, and rewritten as the engine takes it. */
export function coldModule(interpreter: Uint8Array): {
  readonly cold: Uint8Array;
  readonly compiled: WebAssembly.Module;
} {
  const cold = withHostAccess(interpreter, LEAST_PAGES);
  const rewritten = rewrite(cold, { refuseImport: () => null, keepExport: () => true });
  if (rewritten.kind === "refused") throw new Error(rewritten.refusal.message);
  return { cold, compiled: new WebAssembly.Module(rewritten.module.bytes) };
}

/** Starts it: its memory then, and where things are in it. */
export function startCold(compiled: WebAssembly.Module): { readonly memory: Uint8Array; readonly image: Image } {
  // No call is recorded anywhere, so no digest is needed.
  const host = new Host(() => new Uint8Array(32));
  host.take({ limits: LIMITS, context: CONTEXT, files: new Map(), trace: null });
  const machine = new Machine(host);
  const { exports } = new WebAssembly.Instance(compiled, machine.imports);
  machine.attach(exports);
  host.attach(exports, LIMITS.memory / PAGE_BYTES);
  const image = start(machine);
  return { memory: host.memory(), image };
}

/** Starts the pinned interpreter and keeps what it is then. */
export function warm(interpreter: Uint8Array): WarmModule {
  const { cold, compiled } = coldModule(interpreter);
  const { memory, image } = startCold(compiled);
  return { module: withImage(cold, memory), image };
}

function start(machine: Machine): Image {
  machine.run("initialize");
  const runtime = machine.run("newRuntime");
  machine.run("setMaxStack", runtime, STACK.most);
  const context = machine.run("newContext", runtime, 0);
  machine.enter(context);
  const text = (of: string) => machine.put(encoder.encode(of));
  const [name, scratch] = [text(PROGRAM_NAME), machine.run("malloc", SCRATCH_BYTES)];
  const functions = HOST_FUNCTIONS.map((of, index) => machine.run("newFunction", context, text(of), 0, 0, index));
  const source = encoder.encode(PRELUDE);
  const prelude = machine.run("eval", context, machine.put(source), source.length, text("lockstep"), 0, 0);
  const given = machine.call(prelude, scratch, functions);
  const [run, report, tick] = [0, 1, 2].map((index) => machine.run("getPropNumber", context, given, index));
  return { runtime, context, run: run!, report: report!, tick: tick!, name, scratch };
}
