// Kernels for tests, and what runs them.
import { hash } from "node:crypto";
import type { Digest, Fuel } from "../../../chain/protocol/index.ts";
import type { Outcome, Task } from "../../../sre/core/index.ts";
import { INTEGERS, type Kernel, writeKernel } from "../../../sre/webgpu/index.ts";

/** SHA-256 as a digest. */
export const sha256 = (bytes: Uint8Array): Digest => hash("sha256", bytes, "hex") as Digest;

/** The uniform that tells of the job. */
export const JOB = `
struct Job { input: u32, output: u32, step: u32, steps: u32, seed: array<vec4<u32>, 2>, parameters: vec4<u32> }
@group(0) @binding(2) var<uniform> job: Job;`;

/** A size that does not depend on the input. */
export const fixed = (bytes: number) => ({ bytes: 0, fixed: bytes, perInputBytes: 1 });

/** A kernel with an input at 0, an output at 1, a job at 2, and one dispatch of one workgroup. */
export function kernelOf(
  wgsl: string,
  own: Partial<Kernel> & { readonly output?: Kernel["buffers"][number] } = {},
): Kernel {
  const { output = { binding: 1, role: "output", size: fixed(4) }, ...rest } = own;
  return {
    abi: "webgpu/1",
    buffers: [{ binding: 0, role: "input" }, output, { binding: 2, role: "job" }],
    dispatches: [{ entry: "main", groups: [1, 1, 1], parameters: [], repeat: 1 }],
    numbers: "integers",
    wgsl,
    ...rest,
  };
}

/** What a task may have besides. */
export interface Asked {
  readonly input?: Uint8Array;
  readonly profile?: string;
  readonly limits?: Partial<Task["call"]["limits"]>;
  readonly context?: Partial<Task["context"]>;
  readonly wallMs?: number;
  readonly begin?: () => boolean;
}

/** A task of a kernel's bytes. */
export function taskOf(
  module: Uint8Array,
  { input = new Uint8Array(), limits, context, profile, ...rest }: Asked,
): Task {
  return {
    call: {
      ...{ sre: "gpu", abi: "webgpu/1", entry: "main", profile: profile ?? INTEGERS, before: null },
      ...{
        module: sha256(module),
        input: { sha256: sha256(input), size: input.length },
        context: "00".repeat(32) as Digest,
      },
      limits: { fuel: 1_000n as Fuel, memory: 64 << 20, stack: 0, output: 16 << 20, logs: 0, ...limits },
    },
    module,
    input,
    context: {
      ...{ args: [], capabilities: [], clock: 0n, env: {}, files: {}, seed: "0123456789abcdef".repeat(4) as Digest },
      ...context,
    },
    files: new Map(),
    wallMs: 60_000,
    ...rest,
  };
}

/** The same of a kernel. */
export const taskFor = (kernel: Kernel, asked: Asked = {}): Task => taskOf(writeKernel(kernel), asked);

/** The words of an output; an outcome that is no answer is what the test shows. */
export function wordsOf(outcome: Outcome): Uint32Array {
  if (outcome.kind === "fault" || outcome.answer.exit.kind !== "ok") throw new Error(JSON.stringify(outcome, String));
  return new Uint32Array(outcome.output.slice().buffer);
}
