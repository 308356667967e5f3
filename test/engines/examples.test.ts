// The examples, built here from source and run again by engines of other makers: the same end, fuel, output, logs and host
// calls, which is all that a receipt says of an answer, and the same memory besides.
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { build } from "../../host/build/index.ts";
import { bundle, ENGINES, type Json } from "../../host/engines/index.ts";
import { findProfile } from "../../sre/wasm/index.ts";
import { EXAMPLE_NAMES, EXAMPLES, expectedOf, languageOf } from "../support/examples.ts";
import { canBuild } from "../support/languages.ts";
import { component } from "../support/require.ts";
import { type Example, exampleOf, jobOf } from "./proof/examples.ts";
import type { EngineAnswers, RunEnd } from "./proof/job.ts";
import { main } from "./proof/main.ts";

// A compile takes seconds of a free core; the tests must not fail on a machine that is busy.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

/** One engine of each maker but V8's, whose runs are the reference. */
const OTHERS = ENGINES.filter(({ name }) => name === "jsc default" || name === "firefox");
const script = bundle(join(import.meta.dirname, "proof/main.ts"));
const told: string[] = [];
afterAll(() => process.stdout.write(`${["examples:", ...told].join("\n  ")}\n`));

let examples: readonly Example[];
let ends: readonly RunEnd[];

beforeAll(async () => {
  const built: Example[] = [];
  for (const name of EXAMPLE_NAMES.filter((example) => canBuild(languageOf(example)))) {
    const example = exampleOf(name, await build(join(EXAMPLES, name)));
    if (example !== null) built.push(example);
  }
  examples = built;
  ends = (await main(jobOf(examples))).runs;
});

test("here they give what they must", () => {
  for (const [index, { name }] of examples.entries()) {
    const { exit, fuel, output } = ends[index]!;
    expect([name, exit, output]).toEqual([name, "ok", expectedOf(name).output.sha256]);
    told.push(`${name}: fuel ${fuel}`);
  }
});

for (const engine of OTHERS) {
  component(engine.component!)(engine.name, () => {
    test("gives the same receipts", async () => {
      const able = [...examples.entries()].filter(([index]) =>
        findProfile(ends[index]!.profile)!.engines.some((name) => name.toLowerCase() === engine.family),
      );
      const job = jobOf(able.map(([, example]) => example));
      const { runs } = (await engine.evaluate(await script, job as unknown as Json)) as unknown as EngineAnswers;
      expect(able.map(([, { name }], at) => ({ name, ...runs[at] }))).toEqual(
        able.map(([index, { name }]) => ({ name, ...ends[index] })),
      );
      const names = able.map(([, { name }]) => name);
      told.push(`${engine.name} (${engine.version()}): the same for ${names.join(", ")}`);
    });
  });
}
