// An engine that fails below our limits is a fault, never a result (SPEC rules E3, G3): an engine with too little
// address space, memory or stack gives the answer that everyone gives, or none.
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { bundle, type Json, SHELLS, type Shell, shell } from "../../host/engines/index.ts";
import { component } from "../support/require.ts";
import type { EngineAnswers, RunSpec } from "./proof/job.ts";
import { hazardRun, jobOf } from "./proof/reference.ts";

const script = bundle(join(import.meta.dirname, "proof/main.ts"));
const lines: string[] = [];
afterAll(() => process.stdout.write(`${["hazard growth:", ...lines].join("\n  ")}\n`));

const [v8, jsc] = ["v8 default", "jsc default"].map((name) => SHELLS.find((one) => one.name === name)!) as [
  Shell,
  Shell,
];
const GROWN = "fault: the engine could not grow the guest's memory";
const FAILED = "fault: the engine failed in a way that no rule foresees";

/** The end of a run in an engine in other surroundings; "no answer" when the engine itself broke. */
async function end(options: Shell, run: RunSpec, raw: readonly string[] = []): Promise<string> {
  const job = jobOf({ runs: [run], raw });
  try {
    const answer = (await shell(options).evaluate(await script, job as unknown as Json)) as unknown as EngineAnswers;
    const { exit } = answer.runs[0]!;
    for (const { threw, bytes } of answer.raw) {
      const pages = Buffer.from(bytes, "hex").readUInt32LE();
      lines.push(`${options.name}: raw ${threw ?? `${pages} pages`}; rewritten: ${exit}`);
    }
    return exit;
  } catch (error) {
    if (!String(error).includes("gave no answer")) throw error;
    lines.push(`${options.name}: broke without an answer`);
    return "no answer";
  }
}

/** Grows by 1,024 pages until 64,513 are there, or the engine has no more. */
const growth = hazardRun("growth", 2 ** 32);
const cramped = (options: Shell): Shell => ({
  ...options,
  name: `${options.name} in 3 GiB of address space`,
  addressSpace: 3 * 2 ** 20,
});

describe("memory that can't grow", () => {
  test("v8 with room for it answers, without it there is no result", async () => {
    expect(await end(v8, growth, ["growth"])).toBe("ok");
    expect(await end(cramped(v8), growth, ["growth"])).toBe(GROWN);
  });

  component("jsc")("jsc", () => {
    test("with room for it answers, without it there is no result", async () => {
      expect(await end(jsc, growth, ["growth"])).toBe("ok");
      expect([GROWN, "no answer"]).toContain(await end(cramped(jsc), growth, ["growth"]));
    });
  });

  test("one page too little is a fault", async () => {
    expect(await end({ ...v8, flags: ["--wasm-max-mem-pages=64512"] }, growth)).toBe(GROWN);
    expect(await end({ ...v8, flags: ["--wasm-max-mem-pages=64513"] }, growth)).toBe("ok");
  });
});

test("a stack of the engine's own that is too small is a fault", async () => {
  const recursion = hazardRun("recursion");
  expect(await end(v8, recursion)).toBe("stack");
  expect(await end({ ...v8, flags: ["--stack-size=100"] }, recursion)).toBe(FAILED);
});
