// The proof across engines: the same runs on V8 by tiers, Firefox, Chromium and JavaScriptCore by tiers give the same
// rewritten bytes, ends, fuel, outputs, memories and host calls. test/data/wasm-vectors.json pins what they are; it is
// written anew only by `npm test -- test/engines -u`, and a change of it is a change of the profile.

import { createHash } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundle, ENGINES, type Engine, type Json, SHELLS, shell } from "../../host/engines/index.ts";
import { PROFILES } from "../../sre/wasm/index.ts";
import { component, present } from "../support/require.ts";
import { FEATURES } from "./proof/features.ts";
import { HAZARDS } from "./proof/hazards.ts";
import type { EngineAnswers, RawEnd, RunEnd } from "./proof/job.ts";
import { main } from "./proof/main.ts";
import { hazardRun, jobOf, reference, vectorFile } from "./proof/reference.ts";
import { wrongModules } from "./proof/refusals.ts";

const { specs, ends } = await reference();
/** Hazards that show inside one run; growth needs a small address space. */
const SHOWN = ["nan", "nan-simd", "copysign", "copysign-constant", "recursion"] as const;
const hazardRuns = SHOWN.map((name) => hazardRun(name));
const hazardEnds = (await main(jobOf({ runs: hazardRuns }))).runs;
const wrong = wrongModules();
const { refusals } = await main(jobOf({ wrong }));
const script = bundle(join(import.meta.dirname, "proof/main.ts"));
const REFUSED = "fault: the engine refuses a module that is valid by the profile";
const answers = new Map<string, EngineAnswers>();
const lines: string[] = [];
afterAll(() => process.stdout.write(`${["engines:", ...lines].join("\n  ")}\n`));

/** Asks V8 in which of its compilers' code a function is, once it ran. */
const TIER_OF_RUN = `
const BUNDLE = { main({ module }) {
  const bytes = new Uint8Array(module.match(/../g).map((pair) => parseInt(pair, 16)));
  const { run } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  run(0, 0);
  return [%IsLiftoffFunction(run), %IsTurboFanFunction(run)];
} };`;

const withFeatures = Object.values(FEATURES).map((bytes) => Buffer.from(bytes).toString("hex"));
const job = jobOf({ runs: [...specs, ...hazardRuns], raw: SHOWN, features: withFeatures, wrong });

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

test("of modules made wrong most are refused, in many ways and places", () => {
  const refused = refusals.filter((refusal) => refusal !== null);
  expect(refused.length).toBeGreaterThan(wrong.length / 2);
  const codes = new Set(refused.map(({ code }) => code));
  expect([...codes].sort()).toEqual(expect.arrayContaining(["index", "invalid", "malformed", "unsupported"]));
  expect(new Set(refused.map(({ offset }) => offset)).size).toBeGreaterThan(100);
});

for (const engine of ENGINES) {
  if (engine.component !== null && !present(engine.component)) lines.push(`${engine.name}: MISSING on this machine`);
  const suite = engine.component === null ? describe : component(engine.component);
  suite(engine.name, () => {
    let answer: EngineAnswers;
    beforeAll(async () => {
      answer = await evaluate(engine);
    });

    /** The profiles that the engine can't run, by what it says of each feature. */
    const lacking = () => {
      const names = Object.keys(FEATURES);
      const without = (feature: string) => !answer.features[names.indexOf(feature)];
      return new Set(PROFILES.filter(({ features }) => [...features].some(without)).map(({ id }) => id));
    };

    test("gives every vector's rewritten bytes, end, fuel, output, memory and calls", () => {
      const beyond = lacking();
      // Where the engine lacks a feature the rewritten bytes are the same still, and there is no result.
      const wanted = ends.map((end) =>
        beyond.has(end.profile) ? { profile: end.profile, rewritten: end.rewritten, exit: REFUSED, memory: "" } : end,
      );
      const named = (list: readonly RunEnd[]) =>
        specs.map(({ module, input, limits }, index) => ({ module, input, limits, ...list[index] }));
      expect(named(answer.runs)).toEqual(named(wanted));
    });

    test("refuses the same modules, each with the same code, section, function and offset (M12)", () => {
      expect(answer.refusals).toEqual(refusals);
    });

    test("runs again just those profiles that name it", () => {
      const beyond = lacking();
      for (const { id, label, engines } of PROFILES) {
        expect([label, engines.includes(engine.family)]).toEqual([label, !beyond.has(id)]);
      }
    });

    test("gives the same for what differs raw: NaN bits, a NaN's sign, depth of recursion", () => {
      expect(answer.runs.slice(specs.length)).toEqual(hazardEnds);
    });
  });
}

test.each([
  ["v8 liftoff", [true, false]],
  ["v8 turbofan", [false, true]],
] as const)("%s runs in that tier", async (name, tiers) => {
  const options = SHELLS.find((candidate) => candidate.name === name)!;
  const flags = [...options.flags, "--allow-natives-syntax"];
  const job = { module: Buffer.from(HAZARDS["nan"]!).toString("hex") };
  expect(await shell({ ...options, flags }).evaluate(TIER_OF_RUN, job)).toEqual(tiers);
});

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
  if (!hazard.startsWith("copysign")) return `bits ${createHash("sha256").update(bytes).digest("hex").slice(0, 8)}`;
  const data = Buffer.from(bytes, "hex");
  if (hazard === "copysign-constant") return `1 / copysign(-0, -1) = ${data.readDoubleLE()}`;
  return `copysign(1, NaN) = ${[0, 8, 16, 24].map((at) => data.readDoubleLE(at)).join(", ")}`;
}
