// The program of a process with a device: it takes one kernel, runs it on one input, and is no more afterwards. It holds
// nothing else, so that whatever a kernel makes of a driver finds nobody's bytes but its own.
import { readSync, writeSync } from "node:fs";
import { decodePrefix, encodeFrame, refusedHere, WIRE_LIMITS } from "../../wasm/between.ts";
import type { Adapter, DawnAddon, Device } from "./api.ts";
import { compile, execute, Refused, Short } from "./execute.ts";
import { type Greeting, type Job, SAID, type Setup } from "./talk.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

function readBytes(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; ) {
    const count = readSync(0, bytes, at, size - at, null);
    if (count === 0) process.exit();
    at += count;
  }
  return bytes;
}

const readFrame = (): Uint8Array => readBytes(decodePrefix(readBytes(WIRE_LIMITS.prefixBytes)));
const readJson = (): unknown => JSON.parse(decoder.decode(readFrame()));

function say(kind: number, bytes: Uint8Array): void {
  const frame = encodeFrame([new Uint8Array([kind]), bytes]);
  for (let at = 0; at < frame.length; ) at += writeSync(1, frame, at);
}

/** What lives as long as the process: Dawn does not keep a device's own parents alive. */
const kept: unknown[] = [];

/**
 * Without reading past the end of a buffer by the driver's own rules: the compiler bounds every index, alike for all
 * drivers (rule K7).
 */
const FLAGS = ["backend=vulkan", "disable-dawn-features=vulkan_use_buffer_robust_access_2"];

async function adapterOf(addon: string): Promise<Adapter> {
  const module = { exports: {} };
  process.dlopen(module, addon);
  const gpu = (module.exports as DawnAddon).create(FLAGS);
  const adapter = await gpu.requestAdapter();
  if (adapter === null) throw new Error("no driver of Vulkan offers a device that WebGPU takes");
  kept.push(gpu, adapter);
  return adapter;
}

async function greet({ addon, examine }: Setup): Promise<Device> {
  const adapter = await adapterOf(addon);
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  const own = await adapter.requestDevice();
  kept.push(own);
  const greeting: Greeting = {
    info: { vendor, architecture, device, description, isFallbackAdapter },
    refused: refusedHere(),
    libraries: examine ? (process.report.getReport() as unknown as { sharedObjects: string[] }).sharedObjects : [],
  };
  say(SAID.ready, encoder.encode(JSON.stringify(greeting)));
  return own;
}

async function serve(): Promise<void> {
  const device = await greet(readJson() as Setup);
  const job = readJson() as Job;
  const compiled = await compile(device, job.plan);
  say(SAID.compiled, new Uint8Array());
  const input = readFrame();
  say(SAID.done, await execute(device, compiled, job, input));
}

try {
  await serve();
} catch (error) {
  const kind = error instanceof Refused ? SAID.refused : error instanceof Short ? SAID.resource : SAID.failed;
  say(kind, encoder.encode(error instanceof Error ? error.message : String(error)));
}
process.exit();
