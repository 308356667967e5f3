// The program of a worker process: reads a job from its standard input, runs it, writes the ending to its standard
// output, one after the other. It holds nothing else: no environment, no files but its own code, no other channel.
// It trusts the sandbox that sends the jobs. Its reads block: there is no event loop to wake, which saves time.
import { createHash } from "node:crypto";
import { readSync, writeSync } from "node:fs";
import type { Digest, Fuel } from "../../chain/protocol/index.ts";
import { findAbi } from "./abi/index.ts";
import { ModuleCache } from "./cache.ts";
import { type Ending, execute } from "./engine.ts";
import { refusedHere } from "./process/walls/tries.ts";
import { decodePrefix, encodeFrame, type JobHeader, WIRE_LIMITS } from "./wire.ts";

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest());
const cache = new ModuleCache();

/** Reads exactly `size` bytes; null when the sandbox has closed the pipe. */
function read(size: number): Uint8Array | null {
  const bytes = new Uint8Array(size);
  let at = 0;
  while (at < size) {
    const count = readSync(0, bytes, at, size - at, null);
    if (count === 0) return null;
    at += count;
  }
  return bytes;
}

function send(header: object, body: readonly Uint8Array[] = []): void {
  const frame = encodeFrame(header, body);
  let at = 0;
  while (at < frame.length) at += writeSync(1, frame, at);
}

function reply(ending: Ending): void {
  if (ending.kind === "fault") {
    send({ type: "fault", message: ending.message });
    return;
  }
  const { exit, fuel, output, logs, truncated, calls, note } = ending;
  const header = {
    type: "exit",
    exit,
    fuel: String(fuel),
    output: output.length,
    truncated,
    calls: { sha256: calls.sha256, count: String(calls.count) },
    note,
  };
  send(header, [output, logs]);
}

function serve(header: JobHeader, body: Uint8Array): void {
  const abi = findAbi(header.abi)!;
  const source = body.subarray(header.input);
  let prepared = cache.find(header.module, header.abi);
  if (prepared === null && !header.withModule) {
    send({ type: "need-module" });
    return;
  }
  prepared ??= cache.add(header.module, abi, source);
  let lines = 0;
  const trace = (line: string) => {
    if (++lines <= WIRE_LIMITS.traceLines) send({ type: "trace", line: line.slice(0, WIRE_LIMITS.textChars) });
  };
  const job = {
    entry: header.entry,
    limits: { ...header.limits, fuel: BigInt(header.limits.fuel) as Fuel },
    context: { clock: BigInt(header.clock), seed: header.seed as Digest },
    input: body.subarray(0, header.input),
    trace: header.trace ? trace : null,
  };
  reply(execute(prepared, job, sha256));
}

send({ type: "ready", refused: refusedHere() });
for (;;) {
  const prefix = read(WIRE_LIMITS.prefixBytes);
  if (prefix === null) break;
  const sizes = decodePrefix(prefix);
  const header = read(sizes.header);
  const body = read(sizes.body);
  if (header === null || body === null) break;
  serve(JSON.parse(new TextDecoder().decode(header)) as JobHeader, body);
}
