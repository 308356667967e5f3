// JavaScript guests: what a fresh job costs from the warm image, against a cold start of the interpreter in the same run;
// and what metering costs while programs run, the same interpreter raw and with every protection.
// Method: a job is a program of one line that adds the numbers of its input; wall time of single runs, medians, each answer
// checked. In a worker process all walls of the machine stand. A cold start makes an instance of the interpreter
// (compiled before), starts runtime and context and evaluates the prelude, in this thread.
// Speed: four programs (loops and floats, strings and JSON, objects and maps, regular expressions) evaluated anew in each
// round, as in `wasm`: processor time of the thread; raw, raw compiled again as the control, and metered take turns in
// shuffled order in one process; each round gives a ratio, the median over all rounds of three processes counts; every
// answer is compared with the raw interpreter's, the first with a pinned one.
// Goals: 2 ms a fresh job in the worker; 1.3 times the unmetered interpreter's time. Not measured: a compiler for JavaScript.
import { coldModule, startCold } from "../sre/quickjs/image.ts";
import { interpreter, resultOf, runnerOf, SANDBOXES } from "../test/sre/support/javascript.ts";
import { median } from "./cpu.ts";
import { compare, geometricMean, MODES, type Mode } from "./metered/compare.ts";
import { ours } from "./metered/rewriter.ts";
import { SCRIPTS } from "./metered/scripts.ts";
import type { Row } from "./table.ts";

export const name = "JavaScript guests";

async function freshJobs(count: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [where, make] of SANDBOXES) {
    const sandbox = make();
    const run = runnerOf(sandbox);
    const once = async () => {
      const begin = performance.now();
      const outcome = await run("export default (...all) => all.reduce((a, b) => a + b)", { input: "[1, 2, 39]" });
      const time = performance.now() - begin;
      if (resultOf(outcome) !== 42) throw new Error("wrong");
      return time;
    };
    for (let index = 0; index < count / 4; index++) await once();
    const times: number[] = [];
    for (let index = 0; index < count; index++) times.push(await once());
    await sandbox.close();
    const note = where === "in worker processes" ? "median, goal 2" : "median";
    rows.push({ name: `fresh job from the warm image, ${where}`, value: median(times), unit: "ms", note });
  }
  return rows;
}

function coldStarts(count: number): Row {
  const { compiled } = coldModule(interpreter);
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const begin = performance.now();
    startCold(compiled);
    times.push(performance.now() - begin);
  }
  return { name: "cold start without the job, in this thread", value: median(times), unit: "ms", note: "median" };
}

/** Time over the raw interpreter's, by program, and of the control. */
function speed(mode: Mode, small: boolean): Row[] {
  const plan = { only: SCRIPTS.map((script) => script.name), rewriters: [], rounds: small ? 1 : 9, seed: 1, small };
  const results = compare(mode, plan, small ? 1 : 3);
  const of = (variant: string) => results.map(({ ratios }) => ratios[variant]!);
  const [metered, control] = [of(ours.name), of("control")];
  const range = `raw against raw, ${Math.min(...control).toFixed(3)} to ${Math.max(...control).toFixed(3)}`;
  return [
    ...results.map(({ workload, rawMs, fuel }, index) => ({
      ...{ name: `${mode}, ${workload}`, value: metered[index]!, unit: "x raw" },
      note: `raw ${rawMs.toFixed(1)} ms, ${(fuel / rawMs / 1e6).toFixed(1)} fuel/ns`,
    })),
    { name: `${mode}, geometric mean`, value: geometricMean(metered), unit: "x raw", note: "goal 1.3" },
    { name: `${mode}, control`, value: geometricMean(control), unit: "x raw", note: range },
  ];
}

export async function run({ small }: { small: boolean }): Promise<readonly Row[]> {
  const jobs = [...(await freshJobs(small ? 4 : 400)), coldStarts(small ? 2 : 100)];
  // All of it compiled by the optimising compiler takes half a minute, which proves nothing more.
  const modes = small ? (["default"] as const) : (Object.keys(MODES) as Mode[]);
  return [...jobs, ...modes.flatMap((mode) => speed(mode, small))];
}
