// A seeded share of the campaign that kills a whole node under the load of jobs.
import { test } from "vitest";
import { run } from "../campaigns/node-kill.ts";

test("a node killed at any moment loses no job and pays none twice", async () => {
  await run({ seed: 20_261_124, count: 3, log: (line) => console.log(line) });
});
