// The proof across engines: the same runs on V8 by tiers, Firefox, Chromium and JavaScriptCore by tiers give the same
// rewritten bytes, ends, fuel, outputs, memories and host calls. test/data/wasm-vectors.json pins what they are; it is
// written anew only by `npm test -- test/engines -u`, and a change of it is a change of the profile.

import { createHash } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { component, present } from "../support/require.ts";
import { bundle, ENGINES, type Engine, type Json } from "./index.ts";
import { FEATURES } from "./proof/features.ts";
import type { EngineAnswers, RawEnd, RunEnd } from "./proof/job.ts";
import { main } from "./proof/main.ts";
import { hazardRun, jobOf, reference, vectorFile } from "./proof/reference.ts";

const { specs, ends } = await reference();
/** Hazards that show inside one run; growth needs a small address space. */
const SHOWN = ["nan", "nan-simd", "copysign", "recursion"] as const;
const hazardRuns = SHOWN.map((name) => hazardRun(name));
const hazardEnds = (await main(jobOf({ runs: hazardRuns }))).runs;
const script = bundle(join(import.meta.dirname, "proof/main.ts"));
const answers = new Map<string, EngineAnswers>();
const lines: string[] = [];
afterAll(() => process.stdout.write(`${["engines:", ...lines].join("\n  ")}\n`));

const withFeatures = Object.values(FEATURES).map((bytes) => Buffer.from(bytes).toString("hex"));
const job = jobOf({ runs: [...specs, ...hazardRuns], raw: SHOWN, features: withFeatures });

async function evaluate(engine: Engine): Promise<EngineAnswers> {
  const begin = performance.now();
  const answer = (await engine.evaluate(await script, job as unknown as Json)) as unknown as EngineAnswers;
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  const lacking = Object.keys(FEATURES).filter((_, index) => !answer.features[index]);
  const lacks = lacking.length === 0 ? "takes every option" : `lacks ${lacking.join(", ")}`;
  lines.push(`${engine.name} (${engine.version()}): ${answer.runs.length} runs in ${seconds} s; ${lacks}`);
  answers.set(engine.name, answer);
  return answer;
}

test("test/data/wasm-vectors.json says what the rewriter and the engine do", async () => {
  expect(ends.filter((end) => end.exit.startsWith("fault"))).toEqual([]);
  await expect(vectorFile(specs, ends)).toMatchFileSnapshot("../data/wasm-vectors.json");
});

for (const engine of ENGINES) {
  if (engine.component !== null && !present(engine.component)) lines.push(`${engine.name}: MISSING on this machine`);
  const suite = engine.component === null ? describe : component(engine.component);
  suite(engine.name, () => {
    let answer: EngineAnswers;
    beforeAll(async () => {
      answer = await evaluate(engine);
    });

    test("gives every vector's rewritten bytes, end, fuel, output, memory and calls", () => {
      const named = (list: readonly RunEnd[]) =>
        specs.map(({ module, input, limits }, index) => ({ module, input, limits, ...list[index] }));
      expect(named(answer.runs)).toEqual(named(ends));
    });

    test("gives the same for what differs raw: NaN bits, a NaN's sign, depth of recursion", () => {
      expect(answer.runs.slice(specs.length)).toEqual(hazardEnds);
    });
  });
}

describe("without rewriting engines differ, or this says that they no longer do", () => {
  const configurations = () => [...answers].map(([name, { raw }]) => ({ name, raw }));

  test.each(SHOWN)("%s", (hazard) => {
    const index = SHOWN.indexOf(hazard);
    const kinds = new Map<string, string[]>();
    for (const { name, raw } of configurations()) {
      const said = describeRaw(hazard, raw[index]!);
      kinds.set(said, [...(kinds.get(said) ?? []), name]);
    }
    const parts = [...kinds].map(([said, names]) => `${said} (${names.join(", ")})`);
    const verdict =
      kinds.size > 1 ? `${kinds.size} answers raw${counted(hazard)}` : "NO DIFFERENCE raw on this machine";
    lines.push(`hazard ${hazard}: ${verdict}: ${parts.join("; ")}`);
    // What engines do raw is theirs: it is shown, never required. What they do rewritten is required above.
    expect(kinds.size).toBeGreaterThan(0);
  });

  /** How many of a hazard's bit patterns, 8 bytes each, are not the same everywhere. */
  function counted(hazard: (typeof SHOWN)[number]): string {
    if (hazard === "recursion") return "";
    const all = configurations().map(({ raw }) => raw[SHOWN.indexOf(hazard)]!.bytes.match(/.{16}/g) ?? []);
    const differing = all[0]!.filter((bits, at) => all.some((other) => other[at] !== bits)).length;
    return `, ${differing} of ${all[0]!.length} values`;
  }
});

test("a NaN that arithmetic made has no sign to give: copysign(1, NaN) is 1 (N1)", () => {
  const canonical = Buffer.alloc(32);
  for (const at of [0, 8, 16, 24]) canonical.writeDoubleLE(1, at);
  const output = createHash("sha256").update(canonical).digest("hex");
  expect(hazardEnds[SHOWN.indexOf("copysign")]).toMatchObject({ exit: "ok", output });
});

/** A raw end in a few words, equal for equal ends. */
function describeRaw(hazard: (typeof SHOWN)[number], { threw, bytes }: RawEnd): string {
  if (hazard === "recursion") return `${threw} at depth ${Buffer.from(bytes, "hex").readBigUInt64LE()}`;
  if (threw !== null) return threw;
  if (hazard !== "copysign") return `bits ${createHash("sha256").update(bytes).digest("hex").slice(0, 8)}`;
  const data = Buffer.from(bytes, "hex");
  return `copysign(1, NaN) = ${[0, 8, 16, 24].map((at) => data.readDoubleLE(at)).join(", ")}`;
}
