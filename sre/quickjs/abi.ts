// The ABI `javascript/1`: a program is one ECMAScript module in UTF-8, an entry a function that it exports. Specified in
// sre/SPEC.md, section Q.
import {
  type Abi,
  ENTRY_NAME,
  type Form,
  type Guest,
  GuestEnded,
  type Host,
  isUtf8,
  type Known,
  type Profile,
  type Ready,
  rewrite,
  type Watching,
} from "../wasm/parts.ts";
import { type WarmModule, warm } from "./image.ts";
import { APPENDED, EXPORTS } from "./interpreter.ts";
import { type Image, Machine } from "./machine.ts";

/** The name of the one ABI. */
export const JAVASCRIPT_ABI = "javascript/1";
/** Bytes of a program: the text, its syntax tree and its byte code lie in memory together. */
export const PROGRAM_BYTES = 16 * 1024 * 1024;
/** What a call appends to a function's name when it takes and gives bytes instead of JSON. */
const BYTES = ":bytes";
/** QuickJS's flag of a module's text. */
const EVAL_MODULE = 1;
const KEPT: ReadonlySet<string> = new Set([...Object.values(EXPORTS), ...Object.values(APPENDED)]);
const encoder = new TextEncoder();

/** An instance with its interpreter. */
interface Surface extends Readonly<Record<string, unknown>> {
  readonly machine: Machine;
  readonly image: Image;
}

/** The ABI `javascript/1`. */
export const javascriptAbi: Abi = {
  name: JAVASCRIPT_ABI,
  imports: [],
  misfit: ({ core }) => (core === null ? null : "is WebAssembly and no JavaScript"),
  form,
  // Only running a program tells what it exports.
  entries: () => [],

  entry(_known: Known, name: string) {
    const convention = name.endsWith(BYTES) ? "bytes" : "json";
    const bare = convention === "bytes" ? name.slice(0, -BYTES.length) : name;
    return ENTRY_NAME.test(bare) ? { name: bare, convention } : null;
  },

  instantiate({ infos, modules, extra }: Ready, host: Host): Guest {
    const machine = new Machine(host);
    const { exports } = new WebAssembly.Instance(modules[0]!, machine.imports);
    host.made(infos[0]!, exports);
    machine.attach(exports);
    const image = JSON.parse(extra) as Image;
    machine.enter(image.context);
    return { exports, surface: { machine, image } satisfies Surface, start: null };
  },

  invoke(guest, entry, input, host) {
    const { machine, image } = guest.surface as Surface;
    const fault = programFault(host.program);
    if (fault !== null) throw new GuestEnded("invalid-module", fault);
    const json = entry.convention === "json";
    if (json && (input.includes(0) || !isUtf8(input, 0, input.length))) {
      throw new GuestEnded("bad-input", "the input is no JSON: it is not UTF-8, or has a zero byte");
    }
    if (!host.charge(host.program.length) || !host.charge(input.length)) {
      throw new GuestEnded("out-of-fuel", "no fuel for program and input");
    }
    const module = evaluate(machine, image, host.program);
    const name = machine.newString(encoder.encode(entry.name));
    const given = json ? machine.newString(input) : machine.newBuffer(input);
    call(machine, image, image.run, [module, name, given]);
    for (let waits = -1; waits < machine.waits; ) {
      while (machine.run("isJobPending", image.runtime) !== 0) {
        machine.run("executePendingJobs", image.runtime, -1, image.scratch);
      }
      if (machine.answer !== null) return machine.answer;
      waits = machine.waits;
      call(machine, image, image.tick, []);
    }
    if (machine.refused) throw full(machine);
    throw new GuestEnded("trap", `${entry.name} waits for a promise that nothing settles`);
  },
};

/** Why bytes are no program; null when they may be one. */
export function programFault(program: Uint8Array): string | null {
  if (program.length > PROGRAM_BYTES) return `the program has ${program.length} bytes; at most ${PROGRAM_BYTES}`;
  return isUtf8(program, 0, program.length) ? null : "the program is not UTF-8";
}

/** Evaluates the program; its module namespace, or a promise of it. */
function evaluate(machine: Machine, image: Image, program: Uint8Array): number {
  const code = there(machine, machine.put(program));
  const value = machine.run("eval", image.context, code, program.length, image.name, 0, EVAL_MODULE);
  machine.run("free", code);
  const thrown = machine.run("exception", image.context, there(machine, value));
  if (thrown === 0) return value;
  call(machine, image, image.report, [thrown]);
  throw broken(machine);
}

/** Calls a function of the prelude's. It throws nothing, and ends the run where it says why there is no answer. */
function call(machine: Machine, image: Image, callee: number, args: readonly number[]): void {
  for (const arg of args) there(machine, arg);
  const value = there(machine, machine.call(callee, image.scratch, args));
  if (machine.run("exception", image.context, value) !== 0) throw broken(machine);
}

/** A pointer to what there was room for. */
function there(machine: Machine, pointer: number): number {
  if (pointer === 0) throw full(machine);
  return pointer;
}

const full = ({ host }: Machine): GuestEnded =>
  new GuestEnded("memory", `the memory limit of ${host.limits.memory} bytes was reached`);

const broken = (machine: Machine): GuestEnded =>
  machine.refused ? full(machine) : new GuestEnded("trap", "something was thrown that can't be told");

/** What was made of an interpreter before: it depends on nothing else. */
const warmed = new WeakMap<Uint8Array, WarmModule>();

/** The form of every program: an interpreter that is ready. */
function form(interpreter: Uint8Array, { features }: Profile, _means: unknown = null, watch: Watching = null): Form {
  const { module, image } = warmed.get(interpreter) ?? warm(interpreter);
  warmed.set(interpreter, { module, image });
  const keepExport = ({ name }: { readonly name: string }) => KEPT.has(name);
  const result = rewrite(module, { features, refuseImport: () => null, keepExport, watch });
  if (result.kind === "refused") return { kind: "invalid", note: result.refusal.message, refusal: result.refusal };
  const { bytes, ...info } = result.module;
  const exports = info.exports.filter(({ name }) => KEPT.has(name));
  return {
    kind: "rewritten",
    parts: [{ info: { ...info, imports: [], exports }, bytes }],
    extra: JSON.stringify(image),
  };
}
