// JavaScript guests across engines: the image is the same to the byte wherever it is made, and programs end alike, to the
// unit of fuel. test/data/javascript-vectors.json pins how; `npm test -- test/engines -u` writes it anew.
import { join } from "node:path";
import { expect, test } from "vitest";
import { bundle, ENGINES, type Json } from "../../host/engines/index.ts";
import { IMAGE_DIGEST } from "../../sre/quickjs/profile.ts";
import { interpreter } from "../sre/support/javascript.ts";
import { component } from "../support/require.ts";
import { main, type ProgramsAnswer, type ProgramsJob } from "./proof/javascript.ts";
import { PROGRAM_NAMES, PROGRAM_RUNS } from "./proof/programs.ts";

const job: ProgramsJob = { interpreter: Buffer.from(interpreter).toString("hex"), runs: PROGRAM_RUNS };
const script = bundle(join(import.meta.dirname, "proof/javascript.ts"));
const reference = await main(job);

/** The text of the vector file: a run a line. */
function vectors({ image, runs }: ProgramsAnswer): string {
  const lines = runs.map((end, index) => `  ${JSON.stringify(PROGRAM_NAMES[index])}: ${JSON.stringify(end)}`);
  return `{\n  "image": ${JSON.stringify(image)},\n${lines.join(",\n")}\n}\n`;
}

test("test/data/javascript-vectors.json says how programs end (Q1 to Q18)", async () => {
  expect(reference.image).toBe(IMAGE_DIGEST);
  await expect(vectors(reference)).toMatchFileSnapshot("../data/javascript-vectors.json");
});

for (const engine of ENGINES) {
  const suite = engine.component === null ? (_name: string, act: () => void) => act() : component(engine.component);
  suite(engine.name, () => {
    test(`${engine.name} makes the same image, and ends every program alike (Q1, Q2)`, async () => {
      const answer = (await engine.evaluate(await script, job as unknown as Json)) as unknown as ProgramsAnswer;
      expect(vectors(answer)).toBe(vectors(reference));
    });
  });
}
