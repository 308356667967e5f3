// Random programs through the wasm sandbox against a naive telling of them: memory at the end, fuel to the unit on
// every normal return, and the limit exactly at and one below what was used. One case is one program.
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { fuel } from "../../chain/protocol/index.ts";
import { LocalSandbox } from "../../sre/wasm/index.ts";
import { randomProgram } from "../sre/support/programs.ts";
import { tell } from "../sre/support/programs-oracle.ts";
import { programText } from "../sre/support/programs-text.ts";
import { sha256, task } from "../sre/support/tasks.ts";
import { wat } from "../sre/support/wat.ts";
import { random } from "../support/state-tree.ts";

export const name = "random programs against a naive telling of them";
export const whole = 50_000;

/**
 * Fuel for making the instance of a program (SPEC rule F15): a page, three exports, two functions besides the program's own,
 * each of which is an element of the table and of a segment, and the segment's offset.
 */
const instance = (functions: number) => BigInt(4096 + 3 * 100 + 8 * (2 + 3 * functions + 1));

/** Runs `count` programs from the seed; throws, with the program's text, at the first difference. */
export async function run(plan: { seed: number; count: number; log: (line: string) => void }): Promise<void> {
  const next = random(plan.seed);
  const sandbox = new LocalSandbox({ sha256, engine: { name: "v8", version: "test" } });
  let trapped = 0;
  for (let done = 0; done < plan.count; done++) {
    const program = randomProgram(next);
    const source = programText(program);
    const module = wat(source);
    const told = tell(program);
    const outcome = await sandbox.run(task(module));
    if (outcome.kind === "fault") throw new Error(outcome.message);
    const { exit, fuel: used } = outcome.answer;
    strictEqual(exit.kind, told.trapped ? "trap" : "ok", source);
    if (told.trapped) trapped++;
    else {
      deepStrictEqual(outcome.output, told.memory, source);
      strictEqual(used, told.fuel + instance(program.functions.length), source);
    }
    const exact = await sandbox.run(task(module, { limits: { fuel: used } }));
    deepStrictEqual(exact, outcome, source);
    const less = await sandbox.run(task(module, { limits: { fuel: fuel(used - 1n) } }));
    strictEqual(less.kind === "exit" && less.answer.exit.kind, "out-of-fuel", source);
    if ((done + 1) % 5000 === 0) plan.log(`${done + 1} of ${plan.count}, ${trapped} trapped`);
  }
  if (plan.count >= 200 && trapped === 0) throw new Error("no program trapped: the generator has lost an edge");
}
