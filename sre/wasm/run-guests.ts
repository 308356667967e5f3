// What a process does that runs the guests of one program, one job after the other: reads a job from its standard
// input, runs it, writes the end to its standard output. It holds nothing else: no environment, no files, no other
// channel. It trusts the sandbox that sends the jobs.
import { hash } from "node:crypto";
import { getHeapStatistics } from "node:v8";
import type { Digest, Fuel } from "../../chain/protocol/index.ts";
import { findAbi, initialPages } from "./abi/index.ts";
import { compile, type Ending, execute, type Instance, instantiateAhead, type Prepared } from "./engine.ts";
import { evaluate } from "./evaluate.ts";
import { decodeForm } from "./form.ts";
import type { Kind } from "./kind.ts";
import { refuse, send, serve, writer } from "./pipe.ts";
import { REPLY, type RunHeader, WIRE_LIMITS } from "./wire.ts";

/**
 * Bytes outside the heap, guests' memories above all, from which on they are collected right after a job. Small guests
 * reach it every thousand jobs, when a collection of some 2 ms weighs little; a large one at once.
 */
const COLLECT_BYTES = 64 * 1024 * 1024;

/** Pages of 64 KiB that a module may begin with if an instance is to be made ahead: a larger one holds too much. */
const AHEAD_PAGES = 32;

/** Milliseconds that making an instance ahead may take: the next job waits for it. */
const AHEAD_MS = 5;
/** Jobs after which it is tried again when it took longer: the machine may have been busy just then. */
const AHEAD_AGAIN = 50;

/** The engine's collector, which a flag of the command gives us. */
declare const gc: () => void;

// One call and no object: half the time of `createHash`.
const sha256 = (bytes: Uint8Array): Uint8Array => hash("sha256", bytes, "buffer");

function reply(ending: Ending): void {
  if (ending.kind === "fault") {
    refuse(ending.message);
    return;
  }
  const { exit, fuel, output, logs, truncated, calls, note } = ending;
  writer
    .begin(REPLY.exit)
    .text(exit.kind)
    .u32(exit.code)
    .u64(fuel)
    .u64(calls.count)
    .bytes(Buffer.from(calls.sha256, "hex"))
    .text(note);
  writer
    .u8(truncated ? 1 : 0)
    .u32(output.length)
    .u32(logs.length);
  send(writer.bytes(output).bytes(logs).frame());
}

/** Where the program of an interpreter begins in a job's body, behind input and files, and where it ends. */
function programAt({ files, input, program }: RunHeader): readonly [begin: number, end: number] {
  const begin = files.reduce((sum, [, size]) => sum + size, input);
  return [begin, begin + (program ?? 0)];
}

function moduleIn(header: RunHeader, form: number, body: Uint8Array, kind: Pick<Kind, "abis">): Prepared {
  const [, begin] = programAt(header);
  const end = begin + form;
  return compile(decodeForm(body.subarray(begin, end)), body.subarray(end), findAbi(header.abi, kind.abis)!, evaluate);
}

function filesIn({ input, files }: RunHeader, body: Uint8Array): ReadonlyMap<Digest, Uint8Array> {
  let at = input;
  const found = new Map<Digest, Uint8Array>();
  for (const [digest, size] of files) {
    found.set(digest as Digest, body.subarray(at, at + size));
    at += size;
  }
  return found;
}

/** Gives a job's memory back while nobody waits for it; what can't be given back ends the process. */
function giveBack(): void {
  if (getHeapStatistics().external_memory <= COLLECT_BYTES) return;
  gc();
  if (getHeapStatistics().external_memory > COLLECT_BYTES) send(writer.begin(REPLY.spent).frame());
}

/** Serves until the pipe is closed. Its guests are of one kind. */
export function runGuests(kind: Pick<Kind, "abis">): void {
  /** The program, which comes with the first job. */
  let prepared: Prepared | null = null;
  /** An instance for the next job. */
  let ahead: Instance | null = null;
  /** Jobs for which none is made, since making one took too long. */
  let without = 0;
  serve((header: RunHeader, body: Uint8Array) => {
    if (header.form !== null) prepared = moduleIn(header, header.form, body, kind);
    const module = prepared!;
    let lines = 0;
    const trace = (line: string) => {
      if (++lines <= WIRE_LIMITS.traceLines) send(writer.begin(REPLY.trace).text(line).frame());
    };
    const job = {
      entry: header.entry,
      limits: { ...header.limits, fuel: BigInt(header.limits.fuel) as Fuel },
      context: { ...header.context, clock: BigInt(header.context.clock) },
      files: filesIn(header, body),
      input: body.subarray(0, header.input),
      ...(header.program === null ? {} : { program: body.subarray(...programAt(header)) }),
      trace: header.trace ? trace : null,
    };
    const instance = ahead?.prepared === module ? ahead : null;
    ahead = null;
    reply(execute(module, job, sha256, instance));
    // What can be done for the next job is done while nobody waits.
    if (without > 0) without--;
    else if (module.kind === "ready" && initialPages(module) <= AHEAD_PAGES) {
      const begun = performance.now();
      ahead = instantiateAhead(module, sha256);
      if (performance.now() - begun > AHEAD_MS) without = AHEAD_AGAIN;
    }
  }, giveBack);
}
