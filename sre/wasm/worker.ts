// The program of a worker process: reads a job from its standard input, runs it, writes the end to its standard
// output, one after the other. It holds nothing else: no environment, no files but its own code, no other channel.
// It trusts the sandbox that sends the jobs. Its reads block: there is no event loop to wake, which saves time.
import { hash } from "node:crypto";
import { readSync, writeSync } from "node:fs";
import { getHeapStatistics } from "node:v8";
import type { Digest, Fuel } from "../../chain/protocol/index.ts";
import { findAbi, initialPages } from "./abi/index.ts";
import { ModuleCache } from "./cache.ts";
import { compile, type Ending, execute, type Instance, instantiateAhead, type Prepared } from "./engine.ts";
import { decodeForm, encodeForm, FORM_BYTES } from "./form.ts";
import { refusedHere } from "./process/walls/tries.ts";
import { findProfile } from "./profile.ts";
import { decodeJob, decodePrefix, REPLY, ReplyWriter, type RunHeader, type Target, WIRE_LIMITS } from "./wire.ts";

/** Bytes that are read at once; a longer frame gets a buffer of its own. */
const READ_BYTES = 64 * 1024;
/**
 * Bytes outside the heap, guests' memories above all, from which on they are collected right after a job. Small guests
 * reach it every thousand jobs, when a collection of some 2 ms weighs little; a large one at once.
 */
const COLLECT_BYTES = 64 * 1024 * 1024;

/** Pages of 64 KiB that a module may begin with if an instance is to be made ahead: a larger one holds too much. */
const AHEAD_PAGES = 32;

/** Milliseconds that making an instance ahead may take; the next job, most likely somebody else's, waits for it. */
const AHEAD_MS = 5;

/** The engine's collector, which a flag of the command gives us. */
declare const gc: () => void;

// One call and no object: half the time of `createHash`.
const sha256 = (bytes: Uint8Array): Uint8Array => hash("sha256", bytes, "buffer");
const cache = new ModuleCache();
const writer = new ReplyWriter();
/** Whether a guest has run here: from then on nothing that this process says of another module counts. */
let tainted = false;

/** An instance for the next job of the module that ran last. */
let ahead: Instance | null = null;
/** Modules that took too long for that. */
const slow = new WeakSet<Prepared>();

let buffer: Uint8Array = new Uint8Array(READ_BYTES);
let filled = 0;

/** Reads until `size` bytes are in the buffer; false when the sandbox has closed the pipe. */
function fill(size: number): boolean {
  if (size > buffer.length) {
    const larger = new Uint8Array(size);
    larger.set(buffer.subarray(0, filled));
    buffer = larger;
  }
  while (filled < size) {
    const count = readSync(0, buffer, filled, buffer.length - filled, null);
    if (count === 0) return false;
    filled += count;
  }
  return true;
}

function send(frame: Uint8Array): void {
  let at = 0;
  while (at < frame.length) at += writeSync(1, frame, at);
}

function refuse(message: string): void {
  send(writer.begin(REPLY.fault).text(message).frame());
}

function greet(): void {
  const refused = refusedHere();
  writer.begin(REPLY.ready).u8(refused.length);
  for (const name of refused) writer.text(name);
  send(writer.frame());
}

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

function rewriteModule({ abi, profile }: Target, source: Uint8Array): void {
  if (tainted) throw new Error("a process that has run a guest rewrites nothing");
  const form = encodeForm(findAbi(abi)!.form(source, findProfile(profile)!));
  const size = form.reduce((sum, piece) => sum + piece.length, 0);
  if (size > FORM_BYTES) {
    refuse("the rewritten module is too large to be passed on");
    return;
  }
  writer.begin(REPLY.form);
  for (const piece of form) writer.bytes(piece);
  send(writer.frame());
}

function prepared(header: RunHeader, body: Uint8Array): Prepared | null {
  const found = cache.find(header.key);
  if (found !== null || header.form === null) return found;
  const begin = header.files.reduce((sum, [, size]) => sum + size, header.input);
  const end = begin + header.form;
  const [form, source] = [decodeForm(body.subarray(begin, end)), body.subarray(end)];
  return cache.keep(header.key, compile(form, source, findAbi(header.abi)!), source.length);
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

function run(header: RunHeader, body: Uint8Array): void {
  const module = prepared(header, body);
  if (module === null) {
    send(writer.begin(REPLY.needModule).frame());
    return;
  }
  let lines = 0;
  const trace = (line: string) => {
    if (++lines <= WIRE_LIMITS.traceLines) send(writer.begin(REPLY.trace).text(line).frame());
  };
  tainted = true;
  const job = {
    entry: header.entry,
    limits: { ...header.limits, fuel: BigInt(header.limits.fuel) as Fuel },
    context: { ...header.context, clock: BigInt(header.context.clock) },
    files: filesIn(header, body),
    input: body.subarray(0, header.input),
    trace: header.trace ? trace : null,
  };
  const instance = ahead?.prepared === module ? ahead : null;
  ahead = null;
  reply(execute(module, job, sha256, instance));
  // The next job is most likely one more of this module: what can be done for it is done while nobody waits.
  if (module.kind === "ready" && initialPages(module) <= AHEAD_PAGES && !slow.has(module)) {
    const begun = performance.now();
    ahead = instantiateAhead(module, sha256);
    if (performance.now() - begun > AHEAD_MS) slow.add(module);
  }
}

/** Gives a job's memory back while nobody waits for it; what can't be given back ends the process. */
function giveBack(): void {
  if (buffer.length > READ_BYTES && filled <= READ_BYTES) buffer = buffer.slice(0, READ_BYTES);
  if (getHeapStatistics().external_memory <= COLLECT_BYTES) return;
  gc();
  if (getHeapStatistics().external_memory > COLLECT_BYTES) send(writer.begin(REPLY.spent).frame());
}

greet();
while (fill(WIRE_LIMITS.prefixBytes)) {
  const end = WIRE_LIMITS.prefixBytes + decodePrefix(buffer);
  if (!fill(end)) break;
  const { header, body } = decodeJob(buffer.subarray(WIRE_LIMITS.prefixBytes, end));
  if (header.do === "run") run(header, body);
  else rewriteModule(header, body);
  buffer.copyWithin(0, end, filled);
  filled -= end;
  giveBack();
}
