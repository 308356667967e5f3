// The examples, built here from source and run again by engines of other makers: the same end, fuel, output, logs and host
// calls, which is all that a receipt says of an answer, and the same memory besides.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { build } from "../../host/build/index.ts";
import { bundle, ENGINES, type Json } from "../../host/engines/index.ts";
import { EXAMPLE_NAMES, EXAMPLES, expectedOf, languageOf } from "../support/examples.ts";
import { canBuild } from "../support/languages.ts";
import { component } from "../support/require.ts";
import type { EngineAnswers, EngineJob, RunEnd, RunSpec } from "./proof/job.ts";
import { main } from "./proof/main.ts";

// A compile takes seconds of a free core; the tests must not fail on a machine that is busy.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const LIMITS = { fuel: "1000000000", memory: 64 * 1024 * 1024, stack: 262_144, output: 1_000_000, logs: 64_000 };

/** One engine of each maker but V8's, whose runs are the reference. */
const OTHERS = ENGINES.filter(({ name }) => name === "jsc default" || name === "firefox");
const script = bundle(join(import.meta.dirname, "proof/main.ts"));
const told: string[] = [];
afterAll(() => process.stdout.write(`${["examples:", ...told].join("\n  ")}\n`));

let job: EngineJob;
let names: readonly string[];
let ends: readonly RunEnd[];

beforeAll(async () => {
  const modules: Record<string, string> = {};
  const runs: RunSpec[] = [];
  for (const name of EXAMPLE_NAMES.filter((example) => canBuild(languageOf(example)))) {
    const { carried, manifest, module } = await build(join(EXAMPLES, name));
    // The proof runs core modules by themselves: what an interpreter brings along has its own tests.
    if (manifest.sre !== "wasm" || carried.files.size > 0) continue;
    const { entry, input } = expectedOf(name);
    modules[name] = hex(module);
    runs.push({
      module: name,
      abi: manifest.abi,
      entry,
      input: hex(readFileSync(join(EXAMPLES, name, input))),
      limits: LIMITS,
    });
  }
  names = Object.keys(modules);
  job = { modules, forms: {}, runs, raw: [], features: [], wrong: [] };
  ends = (await main(job)).runs;
});

test("here they give what they must", () => {
  for (const [index, name] of names.entries()) {
    const { exit, fuel, output } = ends[index]!;
    expect([name, exit, output]).toEqual([name, "ok", expectedOf(name).output.sha256]);
    told.push(`${name}: fuel ${fuel}`);
  }
});

for (const engine of OTHERS) {
  component(engine.component!)(engine.name, () => {
    test("gives the same receipts", async () => {
      const { runs } = (await engine.evaluate(await script, job as unknown as Json)) as unknown as EngineAnswers;
      expect(names.map((name, index) => ({ name, ...runs[index] }))).toEqual(
        names.map((name, index) => ({ name, ...ends[index] })),
      );
      told.push(`${engine.name} (${engine.version()}): the same for ${names.join(", ")}`);
    });
  });
}
