// What runs inside each engine that is asked: the product's own engine in one thread, as in a browser, on a list of runs,
// each with its memories, host calls and profile in sight.
// First: the guest ABIs make their encoders when they are loaded.
import "../engines/text.ts";
import { sha256 } from "@noble/hashes/sha2.js";
import { PROGRAMS } from "../../sre/quickjs/kind.ts";
import {
  type Abi,
  type CallValue,
  compile,
  decodeForm,
  type Evaluate,
  type Examined,
  examine,
  findAbi,
  type Job,
  type Prepared,
} from "../../sre/wasm/examine.ts";
import type { Answered, HostCall, Region, Seen, Value } from "./answer.ts";
import type { Asked, RunAsked } from "./job.ts";
import { CALLS, PIECE_BYTES, VALUE_BYTES } from "./limits.ts";
import { fromHex, regionOf, toHex } from "./regions.ts";

/** Makes code of a component's glue. Between the walls of a process of Node's, strings become code in this way alone. */
const evaluate: Evaluate = (text) => {
  const node = (globalThis as { process?: { getBuiltinModule?(name: string): unknown } }).process?.getBuiltinModule;
  if (node === undefined) return new Function("own", text) as ReturnType<Evaluate>;
  return (node("node:vm") as typeof import("node:vm")).compileFunction(text, ["own"]) as ReturnType<Evaluate>;
};

/** Does what is asked. */
export function main(asked: Asked): Answered {
  const abi = findAbi(asked.abi) ?? findAbi(asked.abi, PROGRAMS.abis)!;
  const files = new Map(Object.entries(asked.files).map(([digest, bytes]) => [digest, fromHex(bytes)] as const));
  return asked.batches.map(({ form, runs }) => {
    const prepared = preparedOf(form, abi);
    return runs.map((run) => seenOf(run, examineRun(prepared, run, files, asked.program)));
  });
}

/** Without the source: whether the engine takes that the sandbox has asked. */
const preparedOf = (form: string, abi: Abi): Prepared =>
  compile(decodeForm(fromHex(form)), new Uint8Array(), abi, evaluate);

interface Examination {
  readonly examined: Examined;
  readonly told: readonly HostCall[];
}

function examineRun(
  prepared: Prepared,
  { context, entry, input, limits, tells }: RunAsked,
  files: ReadonlyMap<string, Uint8Array>,
  program: string | null,
): Examination {
  const told: HostCall[] = [];
  const hear = (name: string, args: readonly CallValue[], results: readonly CallValue[]) => {
    if (tells && told.length < CALLS) told.push({ name, args: args.map(toldOf), results: results.map(toldOf) });
  };
  const job = {
    entry,
    input: fromHex(input),
    limits: { ...limits, fuel: BigInt(limits.fuel) },
    context: { ...context, capabilities: [], clock: BigInt(context.clock) },
    files,
    trace: null,
    ...(program === null ? {} : { program: fromHex(program) }),
  } as unknown as Job;
  return { examined: examine(prepared, job, sha256, hear), told };
}

function toldOf({ kind, value }: CallValue): Value {
  if (kind !== "bytes") return { text: Object.is(value, -0) ? "-0" : String(value) };
  return { size: value.length, bytes: toHex(value.subarray(0, VALUE_BYTES)) };
}

function seenOf({ pieces }: RunAsked, { examined: { ending, memories, profile }, told }: Examination): Seen {
  if (ending.kind === "fault") return { fault: ending.message };
  const { calls, exit, fuel, logs, note, output, truncated } = ending;
  const bytes = new Map([
    ["output", output],
    ["logs", logs],
  ]);
  for (const [index, memory] of memories.entries()) bytes.set(`memory ${index}`, memory);
  const regions: Region[] = [...bytes].map(([name, all]) => regionOf(name, all, PIECE_BYTES, sha256));
  return {
    ...{ exit: exit.kind, code: exit.code, fuel: String(fuel), truncated, note, regions },
    calls: { count: String(calls.count), sha256: calls.sha256 },
    told: [...told],
    pieces: pieces.map(([name, piece]) => {
      const start = piece * PIECE_BYTES;
      return toHex((bytes.get(name) ?? new Uint8Array()).subarray(start, start + PIECE_BYTES));
    }),
    profile: profile.map((node) => [node.parent, node.function, node.calls, String(node.self)]),
  };
}
