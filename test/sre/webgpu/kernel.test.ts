// Kernels as documents (rules K1 to K5), what follows from them, and the profile's id (rule I1). No device is needed.
import { hash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { canonicalize, type Json } from "../../../chain/protocol/index.ts";
import { inspectKernel, type Kernel, planOf, readKernel, writeKernel } from "../../../sre/webgpu/index.ts";
import { describeRules, FLOATS, floatsOn, INTEGERS } from "../../../sre/webgpu/profile.ts";
import { codeOf } from "../../support/errors.ts";
import { fixed, kernelOf } from "./kernels.ts";

const KERNEL = kernelOf("@compute @workgroup_size(1) fn main() {}");
const changed = (changes: Readonly<Record<string, unknown>>): Uint8Array =>
  canonicalize({ ...KERNEL, ...changes } as unknown as Json);
const output = (size: object) => [{ binding: 1, role: "output", size }];

describe("rules K1 and K2: a kernel is one closed document in one spelling", () => {
  test("is read as it was written", () => {
    expect(readKernel(writeKernel(KERNEL))).toEqual(KERNEL);
  });

  test.each<[string, Uint8Array, string]>([
    ["other JSON", new TextEncoder().encode(`${JSON.stringify(KERNEL)} `), "MALFORMED"],
    ["an unknown member", changed({ more: 1 }), "MALFORMED"],
    ["another ABI", changed({ abi: "webgpu/2" }), "MALFORMED"],
    ["no output", changed({ buffers: [{ binding: 0, role: "input" }] }), "MALFORMED"],
    [
      "two outputs",
      changed({ buffers: [...output(fixed(4)), { binding: 2, role: "output", size: fixed(4) }] }),
      "MALFORMED",
    ],
    [
      "two inputs",
      changed({ buffers: [...output(fixed(4)), ...[2, 3].map((binding) => ({ binding, role: "input" }))] }),
      "MALFORMED",
    ],
    ["one binding twice", changed({ buffers: [...output(fixed(4)), { binding: 1, role: "input" }] }), "MALFORMED"],
    ["a binding of 16", changed({ buffers: [{ binding: 16, role: "output", size: fixed(4) }] }), "MALFORMED"],
    [
      "nine buffers of storage",
      changed({
        buffers: [
          ...output(fixed(4)),
          ...Array.from({ length: 8 }, (_, at) => ({ binding: at + 2, role: "scratch", size: fixed(4) })),
        ],
      }),
      "MALFORMED",
    ],
    ["no dispatch", changed({ dispatches: [] }), "MALFORMED"],
    [
      "too many steps",
      changed({ dispatches: [1, 2].map(() => ({ ...KERNEL.dispatches[0], repeat: 10_000 })) }),
      "MALFORMED",
    ],
    ["no workgroups", changed({ dispatches: [{ ...KERNEL.dispatches[0], groups: [0, 1, 1] }] }), "MALFORMED"],
    ["a name that is none", changed({ dispatches: [{ ...KERNEL.dispatches[0], entry: "ma in" }] }), "MALFORMED"],
    ["too much of it", new Uint8Array(524_289), "TOO_LARGE"],
    ["floats in a kernel of integers", changed({ wgsl: "const a = 1.5;" }), "INVALID_MODULE"],
  ])("is not %s", (_, bytes, code) => {
    expect(codeOf(() => readKernel(bytes))).toBe(code);
  });

  test("is not written either when it would not be read", () => {
    expect(codeOf(() => writeKernel({ ...KERNEL, wgsl: "const a = 1.5;" }))).toBe("INVALID_MODULE");
    expect(codeOf(() => writeKernel({ ...KERNEL, numbers: "floats", wgsl: "\n".repeat(262_144) }))).toBe("TOO_LARGE");
  });

  test("has the one entry main", () => {
    const module = writeKernel(KERNEL);
    expect(inspectKernel(module)).toEqual({ profile: INTEGERS, abi: "webgpu/1", entries: ["main"] });
    expect(inspectKernel(writeKernel({ ...KERNEL, numbers: "floats", wgsl: "const a = 1.5;" })).profile).toBe(FLOATS);
    expect(codeOf(() => inspectKernel(module, "other"))).toBe("USAGE");
  });
});

describe("rules K3 to K5: what an input makes of a kernel", () => {
  const grown: Kernel = kernelOf("", {
    output: { binding: 1, role: "output", size: { bytes: 33, fixed: 2, perInputBytes: 10 } },
    dispatches: [{ entry: "main", groups: [{ perInputBytes: 10 }, 3, 1], parameters: [], repeat: 1 }],
  });

  test.each([
    [0, 2, [1, 3, 1], 4 + 4 + 64 + 4],
    [10, 35, [1, 3, 1], 12 + 36 + 64 + 36],
    [11, 68, [2, 3, 1], 12 + 68 + 64 + 68],
  ])("an input of %d bytes gives %d of output", (input, outputBytes, groups, memory) => {
    const plan = planOf(grown, input);
    expect([plan.outputBytes, plan.dispatches[0]?.groups, plan.memory]).toEqual([outputBytes, groups, memory]);
    expect(plan.buffers.every(({ bytes }) => bytes >= 4 && bytes % 4 === 0)).toBe(true);
  });

  test("nothing goes over what every device offers", () => {
    expect(codeOf(() => planOf(grown, 65_535 * 10 + 1))).toBe("LIMITS");
    expect(codeOf(() => planOf({ ...grown, dispatches: KERNEL.dispatches }, 2 ** 26))).toBe("LIMITS");
  });
});

describe("rule I1: the profiles' ids", () => {
  const digest = (value: Json) => hash("sha256", canonicalize(value), "hex").slice(0, 32);

  test("that of integers is a digest of the rules", () => {
    expect(INTEGERS).toBe(`webgpu-1-${digest(describeRules())}`);
  });

  test("that of floats is another for each class of hardware", () => {
    const hardware = {
      vendor: "v",
      architecture: "a",
      device: "d",
      description: "1.0",
      processor: "",
      files: { driver: "00" },
    };
    const sha = (bytes: Uint8Array) => hash("sha256", bytes, "buffer");
    expect(floatsOn(hardware, sha)).toBe(`${INTEGERS}+floats-${digest(hardware)}`);
    expect(floatsOn({ ...hardware, description: "1.1" }, sha)).not.toBe(floatsOn(hardware, sha));
    expect(floatsOn(hardware, sha).length).toBeLessThanOrEqual(128);
  });
});
