// A kernel on a device: compiled, bound to its buffers, dispatched, its output read back. It does what a plan says, and
// nothing about it depends on which device it is.

import type { Plan, PlannedBuffer } from "../kernel.ts";
import { JOB_BYTES } from "../limits.ts";
import { type Buffer, COMPUTE_STAGE, type Device, type Layout, MAP_READ, type Pipeline, USAGE } from "./api.ts";
import type { Job } from "./talk.ts";

/** The compiler does not take the kernel. */
export class Refused extends Error {}
/** The device has too little memory. */
export class Short extends Error {}

/** A kernel that a device has taken. */
export interface Compiled {
  readonly layout: Layout;
  /** By the names of the source's entry points. */
  readonly pipelines: ReadonlyMap<string, Pipeline>;
}

const BINDING_TYPES: Readonly<Record<PlannedBuffer["role"], string>> = {
  ...{ input: "read-only-storage", job: "uniform", output: "storage", scratch: "storage" },
};

/** Compiles a plan's kernel. Refused: with the compiler's first errors. */
export async function compile(device: Device, { buffers, dispatches, wgsl }: Plan): Promise<Compiled> {
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code: wgsl });
  const { messages } = await module.getCompilationInfo();
  const errors = messages.filter(({ type }) => type === "error");
  const invalid = await device.popErrorScope();
  if (errors.length > 0 || invalid !== null) {
    const told = errors.map(({ lineNum, message }) => `line ${lineNum}: ${message}`);
    throw new Refused(told.length > 0 ? told.join("\n") : invalid!.message);
  }
  const entries = buffers.map(({ binding, role }) => ({
    binding,
    visibility: COMPUTE_STAGE,
    buffer: { type: BINDING_TYPES[role] },
  }));
  const layout = device.createBindGroupLayout({ entries });
  const pipelineLayout = device.createPipelineLayout({ bindGroupLayouts: [layout] });
  const pipelines = new Map<string, Pipeline>();
  for (const { entry } of dispatches) {
    if (pipelines.has(entry)) continue;
    const made = { layout: pipelineLayout, compute: { module, entryPoint: entry } };
    const pipeline = await device.createComputePipelineAsync(made).catch((error: unknown) => {
      throw new Refused(error instanceof Error ? error.message : String(error));
    });
    pipelines.set(entry, pipeline);
  }
  return { layout, pipelines };
}

function usageOf(role: PlannedBuffer["role"]): number {
  if (role === "job") return USAGE.uniform | USAGE.copyDestination;
  return USAGE.storage | (role === "input" ? USAGE.copyDestination : USAGE.copySource);
}

/** The words of the job's buffer (rule K6): input's bytes, output's bytes, step, steps, the seed, the dispatch's own. */
class JobWords {
  readonly bytes = new Uint8Array(JOB_BYTES);
  private readonly view = new DataView(this.bytes.buffer);

  constructor({ inputBytes, plan, seed }: Job) {
    const steps = plan.dispatches.reduce((sum, { repeat }) => sum + repeat, 0);
    for (const [at, word] of [inputBytes, plan.outputBytes, 0, steps].entries()) this.set(at, word);
    for (let at = 0; at < 8; at++)
      this.view.setUint32(16 + 4 * at, Number.parseInt(seed.slice(8 * at, 8 * at + 8), 16), true);
  }

  private set(at: number, word: number): void {
    this.view.setUint32(4 * at, word, true);
  }

  /** The words for a step. */
  at(step: number, parameters: readonly number[]): Uint8Array {
    this.set(2, step);
    for (let at = 0; at < 4; at++) this.set(12 + at, parameters[at] ?? 0);
    return this.bytes;
  }
}

function makeBuffers(device: Device, plan: Plan): ReadonlyMap<PlannedBuffer, Buffer> {
  return new Map(plan.buffers.map((one) => [one, device.createBuffer({ size: one.bytes, usage: usageOf(one.role) })]));
}

function dispatchAll(
  device: Device,
  { layout, pipelines }: Compiled,
  job: Job,
  made: ReadonlyMap<PlannedBuffer, Buffer>,
) {
  const entries = [...made].map(([{ binding }, buffer]) => ({ binding, resource: { buffer } }));
  const group = device.createBindGroup({ layout, entries });
  const told = [...made].find(([{ role }]) => role === "job")?.[1];
  const words = new JobWords(job);
  let step = 0;
  for (const { entry, groups, parameters, repeat } of job.plan.dispatches) {
    for (let turn = 0; turn < repeat; turn++) {
      // Each step has a submission of its own: only so are the words those of the step.
      if (told !== undefined) device.queue.writeBuffer(told, 0, words.at(step, parameters));
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipelines.get(entry)!);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(...groups);
      pass.end();
      device.queue.submit([encoder.finish()]);
      step++;
    }
  }
}

/** Runs what was compiled on an input; the output. Short: the device has too little memory. */
export async function execute(device: Device, compiled: Compiled, job: Job, input: Uint8Array): Promise<Uint8Array> {
  const { plan } = job;
  device.pushErrorScope("validation");
  device.pushErrorScope("out-of-memory");
  const made = makeBuffers(device, plan);
  const [output, source] = [...made].find(([{ role }]) => role === "output")!;
  const copy = device.createBuffer({ size: output.bytes, usage: USAGE.mapRead | USAGE.copyDestination });
  const short = await device.popErrorScope();
  if (short !== null) throw new Short(short.message);
  for (const [{ bytes, role }, buffer] of made) {
    if (role !== "input") continue;
    const whole = new Uint8Array(bytes);
    whole.set(input);
    device.queue.writeBuffer(buffer, 0, whole);
  }
  dispatchAll(device, compiled, job, made);
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(source, 0, copy, 0, output.bytes);
  device.queue.submit([encoder.finish()]);
  const invalid = await device.popErrorScope();
  if (invalid !== null) throw new Error(invalid.message);
  const lost = device.lost.then(({ message }) => {
    throw new Error(`the device was lost: ${message}`);
  });
  await Promise.race([copy.mapAsync(MAP_READ), lost]);
  return new Uint8Array(copy.getMappedRange()).subarray(0, plan.outputBytes);
}
