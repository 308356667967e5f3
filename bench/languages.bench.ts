// What each language costs: the examples built from source and run, in every language whose toolchain is here.
// Method: three rounds, in each of which every example is built once and its first job run in a sandbox of its own, which
// takes starting a process, rewriting and compiling (cold); then rounds in which each of the last sandboxes runs the same job
// once again, by turns (warm). Wall time, medians; every output is compared with the example's. All walls of the machine
// stand. Source is what the compiler read, module what came out, fuel what the job took. Where JavaScriptCore is installed,
// it repeats what is a module by itself, and must give the same end, fuel, output, logs, host calls and memory.
// Goal: none but to be known. Not measured: one language against another. Each example does something else.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Built, build } from "../host/build/index.ts";
import { readProject } from "../host/build/project.ts";
import { sandboxOf } from "../host/cli/sandbox.ts";
import { bundle, ENGINES, isInstalled, type Json } from "../host/engines/index.ts";
import type { Sandbox } from "../sre/core/index.ts";
import { findProfile } from "../sre/wasm/index.ts";
import { exampleOf, jobOf } from "../test/engines/proof/examples.ts";
import type { EngineAnswers, RunEnd } from "../test/engines/proof/job.ts";
import { main } from "../test/engines/proof/main.ts";
import { EXAMPLE_NAMES, EXAMPLES, expectedOf, languageOf } from "../test/support/examples.ts";
import { taskOf } from "../test/support/guest-task.ts";
import { median } from "./cpu.ts";
import { figure, type Row } from "./table.ts";

export const name = "languages, from source to answer";

/** Milliseconds that JavaScriptCore may take for all of them, on a machine that is busy, too. */
const ENGINE_MS = 600_000;

/** One example's measurements. */
interface Measured {
  built: Built;
  readonly builds: number[];
  readonly colds: number[];
  readonly warms: number[];
  fuel: bigint;
  sandbox: Sandbox | null;
}

async function timed<T>(times: number[], action: () => Promise<T>): Promise<T> {
  const begin = performance.now();
  const result = await action();
  times.push(performance.now() - begin);
  return result;
}

/** Runs an example's job; the fuel that it took. */
async function once(example: string, { built, sandbox }: Measured, times: number[]): Promise<bigint> {
  const { entry, input, output } = expectedOf(example);
  const task = taskOf(built, entry, readFileSync(join(EXAMPLES, example, input)));
  const outcome = await timed(times, () => sandbox!.run(task));
  if (outcome.kind === "fault") throw new Error(`${example}: ${outcome.message}`);
  if (outcome.answer.output.sha256 !== output.sha256) throw new Error(`${example}: ${outcome.answer.exit.kind}, wrong`);
  return outcome.answer.fuel;
}

async function buildAndStart(example: string, before: Measured | undefined): Promise<Measured> {
  const builds = before?.builds ?? [];
  const built = await timed(builds, () => build(join(EXAMPLES, example)));
  await before?.sandbox?.close();
  const measured = before ?? { built, builds, colds: [], warms: [], fuel: 0n, sandbox: null };
  measured.built = built;
  measured.sandbox = sandboxOf(built.manifest.sre, { workers: 1 });
  try {
    measured.fuel = await once(example, measured, measured.colds);
    return measured;
  } catch (error) {
    await measured.sandbox.close();
    throw error;
  }
}

/** What JavaScriptCore says of each example that it can run, beside what this engine does. */
async function elsewhere(measured: ReadonlyMap<string, Measured>): Promise<ReadonlyMap<string, string>> {
  const jsc = ENGINES.find((engine) => engine.name === "jsc default")!;
  if (!isInstalled(jsc)) return new Map();
  const able = [...measured].flatMap(([example, { built }]) => {
    const profile = findProfile(built.manifest.profile);
    return profile?.engines.includes("javascriptcore") ? (exampleOf(example, built) ?? []) : [];
  });
  const job = jobOf(able);
  const here = (await main(job)).runs;
  const script = await bundle(join(import.meta.dirname, "../test/engines/proof/main.ts"));
  const { runs } = (await jsc.evaluate(script, job as unknown as Json, ENGINE_MS)) as unknown as EngineAnswers;
  const same = (one: RunEnd, other: RunEnd) => JSON.stringify(one) === JSON.stringify(other);
  return new Map(
    able.map((example, index) => {
      if (!same(here[index]!, runs[index]!)) throw new Error(`${example.name}: JavaScriptCore gives another receipt`);
      return [example.name, "the same on JavaScriptCore"];
    }),
  );
}

/** Bytes of the files that an example's language takes for source. */
function sourceBytes(example: string): number {
  const project = readProject(join(EXAMPLES, example));
  if (project.kind !== "source") throw new Error(`${example} is no source`);
  return [...project.tree.files.values()].reduce((sum, { length }) => sum + length, 0);
}

function rowOf(example: string, { built, builds, colds, fuel, warms }: Measured, also: string | undefined): Row {
  const { language, toolchain } = built.manifest;
  const notes = [
    `cold ${figure(median(colds))} ms`,
    `build ${figure(median(builds))} ms by ${toolchain?.name} ${toolchain?.version}`,
    `source ${figure(sourceBytes(example))} bytes`,
    `module ${figure(built.module.length)} bytes`,
    `fuel ${fuel}`,
    ...(also === undefined ? [] : [also]),
  ];
  return { name: `${language}: ${example}, warm`, value: median(warms), unit: "ms", note: notes.join("; ") };
}

export async function run({ small }: { small: boolean }): Promise<readonly Row[]> {
  const examples = small ? ["wat-luhn"] : EXAMPLE_NAMES;
  const measured = new Map<string, Measured>();
  const missing: Row[] = [];
  try {
    for (let round = 0; round < (small ? 1 : 3); round++) {
      for (const example of examples.filter((one) => round === 0 || measured.has(one))) {
        try {
          measured.set(example, await buildAndStart(example, measured.get(example)));
        } catch (error) {
          const [why] = (error as Error).message.split("\n");
          if (!why?.includes("is not installed here")) throw error;
          missing.push({ name: `${languageOf(example)}: ${example}`, value: 0, unit: "ms", note: `not built: ${why}` });
        }
      }
    }
    for (let round = 0; round < (small ? 1 : 20); round++)
      for (const [example, one] of measured) await once(example, one, one.warms);
  } finally {
    await Promise.all([...measured.values()].map(({ sandbox }) => sandbox?.close()));
  }
  const also = small ? new Map<string, string>() : await elsewhere(measured);
  return [...[...measured].map(([example, one]) => rowOf(example, one, also.get(example))), ...missing];
}
