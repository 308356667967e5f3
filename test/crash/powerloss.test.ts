// A seeded share of the power cuts, with the control that shows that they can be seen.
import { test } from "vitest";
import { run } from "../campaigns/powerloss.ts";
import { component } from "../support/require.ts";

component("gcc")("power cuts", () => {
  test("lose nothing acknowledged under FULL, and do under NORMAL", { timeout: 120_000 }, async () => {
    await run({ seed: 20_261_124, count: 25, log: (line) => console.log(line) });
  });
});
