// The folders of guest-examples and what each says must come out.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** Where they lie. */
export const EXAMPLES = join(import.meta.dirname, "../../guest-examples");

/** Their names. */
export const EXAMPLE_NAMES: readonly string[] = readdirSync(EXAMPLES, { withFileTypes: true })
  .filter((item) => item.isDirectory())
  .map((item) => item.name);

const blob = z.strictObject({ sha256: z.string(), size: z.number() });
const expectedSchema = z.strictObject({
  entry: z.string(),
  input: z.string(),
  module: blob.optional(),
  toolchain: z.strictObject({ name: z.string(), version: z.string() }).optional(),
  output: blob.extend({ file: z.string() }),
});

const read = (name: string, file: string): string => readFileSync(join(EXAMPLES, name, file), "utf8");

/** What an example says must come out. */
export const expectedOf = (name: string): z.output<typeof expectedSchema> =>
  expectedSchema.parse(JSON.parse(read(name, "expected.json")));

/** The language that an example is written in, with the word `component` behind it where it is one. */
export const languageOf = (name: string): string => {
  const { language } = JSON.parse(read(name, "lockstep.json")) as { language: string };
  return existsSync(join(EXAMPLES, name, "wit")) ? `${language} component` : language;
};
