// Random float and vector programs: with each operation's NaN made canonical at once, and with NaNs of arbitrary bits
// made canonical where the pass says; memory, globals and locals must be the same to the bit. One case is one program.
import { deepStrictEqual } from "node:assert/strict";
import { rewritten, trace } from "../sre/support/nan-module.ts";
import { MAIN, randomModule } from "../sre/support/nan-programs.ts";
import { random } from "../support/state-tree.ts";

export const name = "placed canonical NaNs against canonical NaNs everywhere";
export const whole = 20_000;

/** Runs `count` programs from the seed; throws, with the program's own seed, at the first difference. */
export async function run(plan: { seed: number; count: number; log: (line: string) => void }): Promise<void> {
  const next = random(plan.seed);
  let shown = 0;
  for (let done = 0; done < plan.count; done++) {
    const seed = next(2 ** 31);
    const module = randomModule(random(seed));
    const told = trace(rewritten(module, "every", false), MAIN);
    const bare = trace(rewritten(module, "none", true), MAIN);
    deepStrictEqual(trace(rewritten(module, "observed", true), MAIN), told, `spoiled, seed ${seed}`);
    deepStrictEqual(trace(rewritten(module, "observed", false), MAIN), told, `as the engine has it, seed ${seed}`);
    if (bare.memory.some((byte, at) => byte !== told.memory[at])) shown++;
    if ((done + 1) % 5000 === 0) plan.log(`${done + 1} of ${plan.count}, ${shown} show their NaNs`);
  }
  if (plan.count >= 200 && shown < plan.count / 10) throw new Error("too few programs show a NaN's bits");
}
