// JavaScript guests: what a fresh job costs from the warm image, against a cold start of the interpreter in the same run.
// Method: a job is a program of one line that adds the numbers of its input; wall time of single runs, medians, each answer
// checked. In a worker process all walls of the machine stand. A cold start makes an instance of the interpreter
// (compiled before), starts runtime and context and evaluates the prelude, in this thread.
// Goal: 2 ms a fresh job in the worker. Not measured: what programs themselves take (see `wasm`, row QuickJS).
import { coldModule, startCold } from "../sre/quickjs/image.ts";
import { interpreter, resultOf, runnerOf, SANDBOXES } from "../test/sre/support/javascript.ts";
import { median } from "./cpu.ts";
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

export async function run({ small }: { small: boolean }): Promise<readonly Row[]> {
  return [...(await freshJobs(small ? 4 : 400)), coldStarts(small ? 2 : 100)];
}
