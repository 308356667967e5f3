// The ABI `component/1`: components of WASI 0.2, whose exported functions take and give typed values as JSON. Specified in
// sre/SPEC.md, rules Y1 to Y12.
import { GuestEnded, type Host } from "../../host.ts";
import { type Case, readArguments, type Value, ValueError, type ValueType, writeValue } from "../../values/index.ts";
import type { Abi, Guest, Known } from "../abi.ts";
import { type Entries, isCommand, isHandler, type TypedEntry } from "./entries.ts";
import { type Facts, formOf } from "./form.ts";
import { type Instantiate, Program } from "./program.ts";
import { isComponent } from "./read/index.ts";
import { scopeOf } from "./scope.ts";
import { fromGlue, resultOf, toGlue } from "./shapes.ts";
import { spellEntry } from "./spell.ts";
import { http, System, wasiImports } from "./wasi/index.ts";

export { TRANSPILER, TRANSPILER_FILES } from "./transpiler.ts";

/** What an instance of a component holds. */
interface Surface {
  readonly program: Program;
  readonly entries: Entries;
  /** Runs the glue, and so start functions; what the component exports. */
  readonly begin: (imports: ReturnType<typeof wasiImports>) => Readonly<Record<string, unknown>>;
}

const read = new WeakMap<Known, Facts>();

/** The facts in a form's `extra`, read once. */
function factsOf(known: Known): Facts {
  const facts = read.get(known) ?? (JSON.parse(known.extra) as Facts);
  read.set(known, facts);
  return facts;
}

const NOTHING: Uint8Array = new Uint8Array(0);
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The ABI `component/1`. */
export const componentAbi: Abi = {
  name: "component/1",
  imports: [],
  misfit: ({ source }) => (isComponent(source) ? null : "is no component"),
  needsMeans: true,
  form: formOf,
  entries: (program) => factsOf(program).entries.map(({ name }) => name),
  entry: (program, name) =>
    factsOf(program).entries.some((entry) => entry.name === name)
      ? { name, convention: isCommand({ name }) ? "streams" : "json" }
      : null,

  outline(known) {
    const { entries, exports, imports } = factsOf(known);
    return { imports, exports, signatures: entries.map(spellEntry) };
  },

  instantiate(ready, host) {
    const program = new Program(host);
    const { entries, files } = factsOf(ready);
    const instantiate = ready.script!(scopeOf(program.meter.classes)) as Instantiate;
    const load = (file: string) => {
      const index = files.indexOf(file);
      return { module: ready.modules[index]!, info: ready.infos[index]! };
    };
    const begin: Surface["begin"] = (imports) =>
      guarded(program, () => instantiate(load, imports, (...args) => program.instantiate(...args)));
    const surface: Surface = { program, entries, begin };
    // Start functions run when instances are made, and may call what begins with the input: `invoke` makes them.
    return { exports: program.exports(), surface: surface as unknown as Guest["surface"], start: null };
  },

  invoke({ surface }, { name }, input, host) {
    const { program, entries, begin } = surface as unknown as Surface;
    const entry = entries.find((candidate) => candidate.name === name)!;
    // One that says nothing of its end is a function like others: its package declares types as it likes.
    const command = isCommand(entry) && entry.result?.kind === "result";
    const values = command ? [] : valuesOf(input, entry, host);
    const system = new System(host, command ? input : NOTHING, command);
    const web = http(system);
    try {
      const exports = begin(wasiImports(system, web));
      const [instance, own] = entry.at;
      const holder = instance === null ? exports : (exports[instance] as typeof exports);
      const run = holder[own] as (...values: unknown[]) => unknown;
      if (isHandler(entry)) {
        guarded(program, () => run(...web.arguments(values[0]!)));
        return textOf(responseOf(web.answer()), entry.result!, host);
      }
      const args = values.map((value, index) => toGlue(value, entry.params[index]!.type));
      const value = guarded(program, () => answerOf(entry, () => run(...args)));
      if (command) return finish(system, (value as Case).tag);
      return value === null ? NOTHING : textOf(value, entry.result!, host);
    } catch (error) {
      // A guest that ends itself is stopped by a trap.
      if (system.exited === null || host.fuel < 0n) throw error;
      return finish(system, system.exited);
    }
  },
};

/** The output of a program that has ended itself. */
function finish({ world }: System, code: number): Uint8Array {
  const output = world.output.bytes();
  if (code === 0) return output;
  throw new GuestEnded("code", `the guest ended itself with the code ${code}`, { code, output });
}

/** A handler's response, or the end of one that has none. */
function responseOf(answer: Value | string): Value {
  if (typeof answer === "string") throw new GuestEnded("bad-answer", answer);
  return answer;
}

/** Reads the input as the entry's arguments. */
function valuesOf(input: Uint8Array, { params }: TypedEntry, host: Host): readonly Value[] {
  if (!host.charge(input.length)) throw new GuestEnded("out-of-fuel", "no fuel for the input");
  const types = params.map(({ type }) => type);
  try {
    return readArguments(decode(input), types);
  } catch (error) {
    if (error instanceof ValueError)
      throw new GuestEnded("bad-input", `the input is none of the entry's: ${error.message}`);
    throw error;
  }
}

function decode(input: Uint8Array): string {
  try {
    return decoder.decode(input);
  } catch {
    throw new GuestEnded("bad-input", "the input is not UTF-8");
  }
}

/** What the function answers; null when it has no result. The glue throws the error of a result, in an error of its own. */
function answerOf({ result }: TypedEntry, run: () => unknown): Value | null {
  if (result === null) {
    run();
    return null;
  }
  if (result.kind !== "result") return fromGlue(run(), result);
  try {
    return resultOf(0, run(), result);
  } catch (error) {
    if (!(error instanceof Error) || error.constructor.name !== "ComponentError") throw error;
    return resultOf(1, (error as Error & { readonly payload: unknown }).payload, result);
  }
}

/** Does something with the glue, whose errors are the guest's. */
function guarded<T>(program: Program, act: () => T): T {
  try {
    program.meter.begin();
    const done = act();
    program.meter.settle();
    if (program.meter.stopped !== null) throw program.meter.stopped;
    return done;
  } catch (error) {
    throw program.endOf(error);
  }
}

/** The answer's JSON. */
function textOf(value: Value, type: ValueType, host: Host): Uint8Array {
  const { output: most } = host.limits;
  let bytes: Uint8Array;
  try {
    bytes = encoder.encode(writeValue(value, type, most));
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    throw new GuestEnded("output-limit", `the answer is too large: ${error.message}`);
  }
  if (bytes.length > most) {
    throw new GuestEnded("output-limit", `the output has ${bytes.length} bytes; the limit is ${most}`);
  }
  if (!host.charge(bytes.length)) throw new GuestEnded("out-of-fuel", "no fuel for the output");
  return bytes;
}
