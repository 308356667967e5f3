// A share of the campaign that holds our validator against the engine's.
import { expect, test } from "vitest";
import { run } from "../../campaigns/wasm-validate.ts";

test("engine and validator agree on mutated modules, but for named laxities", () => {
  const seed = Number(process.env["LOCKSTEP_SEED"] ?? 20_261_125);
  console.log(`seed ${seed}`);
  expect(() => run({ seed, count: 60_000, log: console.log })).not.toThrow();
});
