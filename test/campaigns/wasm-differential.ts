// Random modules through the rewriter against two oracles: the module as it was drawn, run by the engine, for what it
// computes; and the oracle of test/sre/oracle, which counts by the SPEC's rules, for fuel at every end. One case is one
// module with about 35 calls, of which some with exactly the fuel that they need and with one less.
import { rewrite } from "../../sre/wasm/rewrite/index.ts";
import { runCase, Tally } from "../sre/fuzz/compare.ts";
import type { Options } from "../sre/fuzz/plan.ts";
import { random } from "../support/state-tree.ts";

export const name = "random modules, rewritten against drawn and instrumented";
export const whole = 100_000;

/** Ends and comparisons that a long run must have met: a generator that has lost an edge proves nothing. */
const EDGES = ["ok", "trap", "out-of-fuel", "stack", "host", "calls compared with the module as drawn"];

/** Runs `count` modules from the seed; throws, with the module, at the first difference. */
export function run({ seed, count, log }: { seed: number; count: number; log: (line: string) => void }): void {
  const next = random(seed);
  const tally = new Tally();
  for (let done = 0; done < count; done++) {
    const options: Options = { exceptions: next(3) === 0, memory64: next(6) === 0, multiMemory: next(6) === 0 };
    runCase(
      next(2 ** 32),
      options,
      (bytes) => rewrite(bytes, { refuseImport: () => null, keepExport: () => true }),
      tally,
    );
    if ((done + 1) % 2_000 === 0 || done + 1 === count) log(`${done + 1} of ${count}: ${JSON.stringify(tally.counts)}`);
  }
  const lost = EDGES.filter((edge) => tally.of(edge) === 0);
  if (count >= 1_000 && lost.length > 0) throw new Error(`the generator has lost an edge: ${lost.join(", ")}`);
}
