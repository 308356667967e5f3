// Every example, from its source to what it says must come out.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { build } from "../../host/build/index.ts";

const EXAMPLES = join(import.meta.dirname, "../../guest-examples");

const blob = z.strictObject({ sha256: z.string(), size: z.number() });
const expectedSchema = z.strictObject({
  entry: z.string(),
  input: z.string(),
  module: blob,
  output: blob.extend({ file: z.string() }),
});

const folders = readdirSync(EXAMPLES, { withFileTypes: true })
  .filter((item) => item.isDirectory())
  .map((item) => item.name);

test("there are examples", () => expect(folders.length).toBeGreaterThanOrEqual(3));

describe.each(folders)("%s", (name) => {
  const folder = join(EXAMPLES, name);
  const read = (file: string) => readFileSync(join(folder, file));
  const expected = expectedSchema.parse(JSON.parse(read("expected.json").toString()));
  const refOf = (bytes: Uint8Array) => ({
    sha256: createHash("sha256").update(bytes).digest("hex"),
    size: bytes.length,
  });

  test("builds to the module that it names", async () => {
    const { manifest } = await build(folder);
    expect(manifest.module).toEqual(expected.module);
    expect(manifest.entries).toContain(expected.entry);
  });

  test("names its expected output and tells how to run it", () => {
    const { file, ...ref } = expected.output;
    expect(refOf(read(file))).toEqual(ref);
    const line = `npm run -s lockstep -- run guest-examples/${name} --input guest-examples/${name}/${expected.input}`;
    expect(read("README.md").toString()).toContain(line);
  });
});
