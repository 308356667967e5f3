// `npm run soak [NAME…]`: the big campaigns, whole, one after the other. CI runs a seeded share of each.
// A campaign is a file test/campaigns/*.ts that exports a `Campaign`; it throws at the first wrong answer.
// LOCKSTEP_SEED fixes the seed; each run prints it, so that a failure can be replayed.
import { randomInt } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Campaign } from "./support/campaign.ts";

const folder = join(import.meta.dirname, "campaigns");
const wanted = process.argv.slice(2);
const files = readdirSync(folder)
  .filter((file) => file.endsWith(".ts") && (wanted.length === 0 || wanted.includes(file.slice(0, -3))))
  .sort();
const seed = Number(process.env["LOCKSTEP_SEED"] ?? randomInt(2 ** 31));
if (!Number.isSafeInteger(seed)) throw new Error("LOCKSTEP_SEED must be an integer");
console.log(`soak: ${files.length} campaigns, seed ${seed}, ${new Date().toISOString()}`);

let passed = 0;
for (const file of files) {
  const campaign = (await import(pathToFileURL(join(folder, file)).href)) as Campaign;
  const begin = performance.now();
  const seconds = () => `${((performance.now() - begin) / 1000).toFixed(1)} s`;
  try {
    await campaign.run({ seed, count: campaign.whole, log: (line) => console.log(`  ${line}`) });
    passed += 1;
    console.log(`passed ${campaign.name}: ${campaign.whole} cases, ${seconds()}`);
  } catch (error) {
    console.error(`FAILED ${campaign.name} after ${seconds()} (LOCKSTEP_SEED=${seed}):`, error);
  }
}
console.log(`${passed} passed, ${files.length - passed} failed`);
process.exitCode = passed > 0 && passed === files.length ? 0 : 1;
