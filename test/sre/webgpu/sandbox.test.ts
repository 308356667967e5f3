// Kernels on a real device: the software driver of Debian's chromium in CI, whatever the machine's is elsewhere. Integers
// have the bits that JavaScript and pinned digests say (rules I2 to I4), and a job its contract (rules K3 to K9).
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gradeOf, LockstepError } from "../../../chain/protocol/index.ts";
import { DAWN_VERSION, INTEGERS, type Kernel } from "../../../sre/webgpu/index.ts";
import { WebGpuSandbox } from "../../../sre/webgpu/sandbox.ts";
import { EXAMPLES } from "../../support/examples.ts";
import { component, present } from "../../support/require.ts";
import { DAWN } from "../../support/webgpu.ts";
import { type Asked, fixed, JOB, kernelOf, sha256, taskFor, wordsOf } from "./kernels.ts";

/** The SHA-256 of the histogram that every device must make. */
const PINNED_HISTOGRAM = "9356c7122e221cdf9bc9dd51cc1f8d23649f8897ae717e43907fde87269001ae";

const INPUT_AND_OUTPUT = `
@group(0) @binding(0) var<storage, read> given: array<u32>;
@group(0) @binding(1) var<storage, read_write> made: array<u32>;`;
const main = (body: string) => `${INPUT_AND_OUTPUT}${JOB}
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
${body}
}`;
const words = (bytes: number): Kernel["buffers"][number] => ({
  binding: 1,
  role: "output",
  size: fixed(bytes),
});
const oneGroup = (parameters: number[], repeat = 1, entry = "main"): Kernel["dispatches"][number] => ({
  ...{ entry, parameters, repeat },
  groups: [1, 1, 1],
});

component("webgpu")("kernels on a device", () => {
  let sandbox: WebGpuSandbox;
  const run = (kernel: Kernel, asked?: Asked) => sandbox.run(taskFor(kernel, asked));

  beforeAll(async () => {
    sandbox = new WebGpuSandbox({ ...DAWN, spare: true });
    await sandbox.warm();
  });
  afterAll(() => sandbox?.close());

  test("the example's digests are SHA-256's own, to the last short piece (rule I4)", async () => {
    const { source, ...rest } = JSON.parse(readFileSync(join(EXAMPLES, "wgsl-pieces/kernel.json"), "utf8"));
    const wgsl = readFileSync(join(EXAMPLES, "wgsl-pieces", source), "utf8");
    const kernel: Kernel = { ...rest, abi: "webgpu/1", wgsl };
    const input = Uint8Array.from({ length: 70 * 1024 + 57 }, (_, at) => (at * at) >> 3);
    const outcome = await run(kernel, { input });
    const pieces = Array.from({ length: 71 }, (_, at) => sha256(input.subarray(at * 1024, (at + 1) * 1024)));
    expect(wordsOf(outcome).length).toBe(71 * 8);
    expect(outcome.kind === "exit" && Buffer.from(outcome.output).toString("hex")).toBe(pieces.join(""));
  });

  test("random words and their histogram are JavaScript's and the pinned ones (rules I3, I4, K4)", async () => {
    const kernel = kernelOf(
      `${INPUT_AND_OUTPUT.replace("made: array<u32>", "made: array<atomic<u32>>")}${JOB}
@group(0) @binding(3) var<storage, read_write> random: array<u32>;
@compute @workgroup_size(64) fn draw(@builtin(global_invocation_id) id: vec3<u32>) {
  var x = (id.x + 1u) * given[0];
  for (var round = 0u; round < 16u; round++) { x ^= x << 13u; x ^= x >> 17u; x ^= x << 5u; }
  random[id.x] = x;
}
@compute @workgroup_size(64) fn count(@builtin(global_invocation_id) id: vec3<u32>) {
  atomicAdd(&made[random[id.x] >> 24u], 1u);
}`,
      {
        buffers: [
          { binding: 0, role: "input" },
          { binding: 1, role: "output", size: fixed(1024) },
          { binding: 2, role: "job" },
          { binding: 3, role: "scratch", size: fixed(65_536 * 4) },
        ],
        dispatches: ["draw", "count"].map((entry) => ({
          ...oneGroup([], 1, entry),
          groups: [1024, 1, 1] as const,
        })) as Kernel["dispatches"],
      },
    );
    const expected = new Uint32Array(256);
    for (let at = 0; at < 65_536; at++) {
      let x = Math.imul(at + 1, 2_654_435_769);
      for (let round = 0; round < 16; round++) {
        x ^= x << 13;
        x ^= x >>> 17;
        x ^= x << 5;
      }
      expected[x >>> 24]!++;
    }
    const outcome = await run(kernel, { input: new Uint8Array(Uint32Array.of(2_654_435_769).buffer) });
    expect(wordsOf(outcome)).toEqual(expected);
    expect(outcome.kind === "exit" && outcome.answer.output.sha256).toBe(PINNED_HISTOGRAM);
  });

  test("is told of its job, step by step (rules K4, K6)", async () => {
    const kernel = kernelOf(
      main(
        "if (id.x == 0u) { made[job.step] = job.parameters.y * 1000u + job.steps; made[4] = job.input; made[5] = job.output; made[6] = job.seed[0].x; made[7] = job.seed[1].w; made[8] += 1u; }",
      ),
      { output: words(36), dispatches: [oneGroup([0, 7], 3), oneGroup([])] },
    );
    const outcome = await run(kernel, { input: new Uint8Array(5) });
    expect([...wordsOf(outcome)]).toEqual([7004, 7004, 7004, 4, 5, 36, 0x01234567, 0x89abcdef, 4]);
  });

  test("an output has its own number of bytes, and reads beyond a buffer are bounded (rules K3, K7)", async () => {
    const kernel = kernelOf(main("made[0] = given[job.steps * 1000u]; made[1] = 0x01020304u + given[0];"), {
      output: words(7),
    });
    const outcome = await run(kernel, { input: Uint8Array.of(1, 0, 0, 0, 9, 8, 7) });
    expect(outcome.kind === "exit" && [...outcome.output]).toEqual([9, 8, 7, 0, 5, 3, 2]);
  });

  test("an output over its limit, and buffers over theirs (rules K5, K8)", async () => {
    const kernel = kernelOf(main("made[0] = 1u;"), { output: words(1 << 20) });
    const outcome = await run(kernel, { limits: { output: (1 << 20) - 1 } });
    expect(outcome.kind === "exit" && outcome.answer.exit).toEqual({ kind: "output-limit", code: 0 });
    await expect(run(kernel, { limits: { memory: 1 << 20 } })).rejects.toMatchObject({ code: "LIMITS" });
  });

  test("a kernel of floats has no profile but its class's, and the other has none of it (rule I1)", async () => {
    const floats = kernelOf(main("made[0] = u32(sqrt(f32(given[0])) * 10.0);"), { numbers: "floats" });
    const [integers, ofClass] = sandbox.profiles;
    const input = Uint8Array.of(2, 0, 0, 0);
    await expect(run(floats, { input })).rejects.toMatchObject({ code: "UNSUPPORTED" });
    expect([...wordsOf(await run(floats, { input, profile: ofClass! }))]).toEqual([14]);
    expect(integers).toBe(INTEGERS);
    const plain = kernelOf(main("made[0] = 1u;"));
    await expect(run(plain, { profile: ofClass! })).rejects.toMatchObject({ code: "UNSUPPORTED" });
  });

  test("what the compiler refuses never begins (rule K8)", async () => {
    const begun: string[] = [];
    const begin = () => begun.push("begun") > 0;
    const refused = await run(kernelOf(main("made[0] = given;")), { begin }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(LockstepError);
    expect(refused).toMatchObject({ code: "INVALID_MODULE", message: expect.stringContaining("line ") });
    const nameless = kernelOf(main("made[0] = 1u;"), { dispatches: [oneGroup([], 1, "other")] });
    await expect(run(nameless, { begin })).rejects.toMatchObject({ code: "INVALID_MODULE" });
    expect(begun).toEqual([]);
    const given = await run(kernelOf(main("made[0] = 1u;")), { begin: () => false });
    expect(given).toMatchObject({ kind: "fault", fault: "closed" });
  });

  test("a context with more than a seed is refused (rule K6)", async () => {
    const kernel = kernelOf(main("made[0] = 1u;"));
    await expect(run(kernel, { context: { args: ["one"] } })).rejects.toMatchObject({ code: "UNSUPPORTED" });
    await expect(run(kernel, { context: { env: { A: "b" } } })).rejects.toMatchObject({ code: "UNSUPPORTED" });
  });

  test("an endless kernel is killed, and the next one runs (rules K8, K9)", async () => {
    const endless = kernelOf(main("var x = given[0]; while (x != 1u) { x = (x * 2u) | 2u; } made[0] = x;"));
    const [killed, next] = await Promise.all([run(endless, { wallMs: 1_500 }), run(kernelOf(main("made[0] = 7u;")))]);
    expect(killed).toMatchObject({ kind: "fault", fault: "deadline" });
    expect([...wordsOf(next)]).toEqual([7]);
  });

  (present("bwrap") ? test : test.skip)("the software driver lives between all walls (rule K9)", () => {
    expect(gradeOf(sandbox.surroundings.isolation)).toBe("sandboxed");
    expect(sandbox.surroundings.engine.version.startsWith(`${DAWN_VERSION}/`)).toBe(true);
  });

  test("one that is closed has no answers left", async () => {
    const other = new WebGpuSandbox(DAWN);
    await other.warm();
    const running = other.run(
      taskFor(kernelOf(main("var x = given[0]; while (x != 1u) { x = (x * 2u) | 2u; } made[0] = x;"))),
    );
    await other.close();
    expect(await running).toMatchObject({ kind: "fault", fault: "closed" });
    await expect(other.run(taskFor(kernelOf(main("made[0] = 1u;"))))).rejects.toMatchObject({ code: "INTERNAL" });
  });
});

describe("a machine that can't run kernels says why", () => {
  test("another Dawn", async () => {
    const open = new WebGpuSandbox({ addon: "/nowhere/dawn.node", version: "0.6.1" }).warm();
    await expect(open).rejects.toMatchObject({ code: "UNSUPPORTED", message: expect.stringContaining(DAWN_VERSION) });
  });

  test("an add-on that is none", async () => {
    const open = new WebGpuSandbox({
      addon: "/nowhere/dawn.node",
      version: DAWN_VERSION,
      drivers: "/nowhere/driver.json",
    }).warm();
    await expect(open).rejects.toMatchObject({ code: "UNSUPPORTED", message: expect.stringContaining("/nowhere") });
  });
});
