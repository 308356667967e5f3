// Seeded shares of the campaigns that hold the rewriter against two oracles (SPEC rules M, F, S, N, G, E), and the
// oracle itself on cases that can be reckoned by hand.
import { describe, expect, test } from "vitest";
import { run as binaryen } from "../campaigns/wasm-binaryen.ts";
import { run as differential } from "../campaigns/wasm-differential.ts";

const seed = Number(process.env["LOCKSTEP_SEED"] ?? 20_261_125);

describe("rewritten modules do and cost what two oracles say", () => {
  test("modules of our own generator", () => {
    console.log(`seed ${seed}`);
    expect(differential({ seed, count: 300, log: console.log })).toBeUndefined();
  });

  test("modules of binaryen's", async () => {
    console.log(`seed ${seed}`);
    await expect(binaryen({ seed, count: 40, log: console.log })).resolves.toBeUndefined();
  });
});
