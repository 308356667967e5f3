// A seeded share of the campaign that kills a working ledger.
import { test } from "vitest";
import { run } from "../campaigns/kill.ts";

test("kill -9 at any moment loses nothing acknowledged", { timeout: 120_000 }, async () => {
  await run({ seed: 20_261_124, count: 12, log: (line) => console.log(line) });
});
