// What `npm run soak` finds in test/campaigns are campaigns, and a campaign that finds something wrong is heard.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Campaign } from "../support/campaign.ts";

const folder = join(import.meta.dirname, "../campaigns");

test.each(readdirSync(folder))("%s exports a campaign", async (file) => {
  expect(file).toMatch(/\.ts$/);
  const campaign = (await import(join(folder, file))) as Partial<Campaign>;
  expect(campaign).toMatchObject({ name: expect.any(String), whole: expect.any(Number), run: expect.any(Function) });
});
