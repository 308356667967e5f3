// A seeded share of the campaign of random programs (SPEC rules F1 to F8, N1, N2).
import { expect, test } from "vitest";
import { run } from "../campaigns/wasm-programs.ts";

test("random programs do and cost what the rules say", async () => {
  const seed = Number(process.env["LOCKSTEP_SEED"] ?? 20_261_124);
  console.log(`seed ${seed}`);
  await expect(run({ seed, count: 400, log: console.log })).resolves.toBeUndefined();
});
