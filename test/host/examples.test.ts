// Every example, from its source to what it says must come out.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, test, vi } from "vitest";
import { type Built, build } from "../../host/build/index.ts";
import { LANGUAGES } from "../../host/build/languages.ts";
import { EXAMPLE_NAMES, EXAMPLES, expectedOf, languageOf } from "../support/examples.ts";
import { sandboxForTests } from "../support/guest-run.ts";
import { suiteFor } from "../support/languages.ts";

// A compile takes a second of a free core; the tests must not fail on a machine that is busy.
vi.setConfig({ testTimeout: 120_000 });

const run = sandboxForTests();
const building = new Map<string, Promise<Built>>();

/** An example's module, built once for all tests that run it. */
function example(name: string): Promise<Built> {
  const built = building.get(name) ?? build(join(EXAMPLES, name));
  building.set(name, built);
  return built;
}

test("there is one of every language", () => {
  const languages = EXAMPLE_NAMES.map(languageOf);
  expect(LANGUAGES.map(({ name }) => name).filter((name) => !languages.includes(name))).toEqual([]);
});

for (const name of EXAMPLE_NAMES)
  suiteFor(languageOf(name))(name, () => {
    const folder = join(EXAMPLES, name);
    const read = (file: string) => readFileSync(join(folder, file));
    const expected = expectedOf(name);
    const refOf = (bytes: Uint8Array) => ({
      sha256: createHash("sha256").update(bytes).digest("hex"),
      size: bytes.length,
    });

    test("builds to the module that it names, which gives what it must", async () => {
      const built = await example(name);
      const same = expected.toolchain ?? built.manifest.toolchain;
      const varies = built.warnings.some((warning) => warning.includes("other bytes next time"));
      expect(varies).toBe(expected.module === undefined);
      if (!varies && isDeepStrictEqual(built.manifest.toolchain, same))
        expect(built.manifest.module).toEqual(expected.module);
      expect(built.manifest.entries).toEqual([expected.entry]);
      expect(built.warnings).toHaveLength(varies ? 1 : 0);
      const outcome = await run(built, expected.entry, read(expected.input));
      if (outcome.kind === "fault") throw new Error(`fault ${outcome.fault}: ${outcome.message}`);
      expect(outcome.answer.exit.kind).toBe("ok");
      expect(Buffer.from(outcome.output).toString()).toBe(read(expected.output.file).toString());
      expect(outcome.answer.output).toEqual({ sha256: expected.output.sha256, size: expected.output.size });
    });

    test("names its expected output and tells how to run it", () => {
      const { file, ...ref } = expected.output;
      expect(refOf(read(file))).toEqual(ref);
      const line = `npm run -s lockstep -- run guest-examples/${name} --input guest-examples/${name}/${expected.input}`;
      expect(read("README.md").toString()).toContain(line);
    });
  });

describe("the table example", () => {
  test.each([
    [
      "quotes, doubled quotes, CRLF and a line end in a field",
      'a,b\r\n"x, ""y""\r\nz",1\r\n',
      ['a,rows,column,values,sum,min,max,mean\n"x, ""y""\r\nz",1,b,1,1,1,1,1.00\n'],
    ],
    ["a byte order mark and no line end at the end", "\ufeffa,b\nx,1", ["x,1,b,1,1,1,1,1.00\n"]],
    ["exact sums", `a,b\n${"x,0.10\n".repeat(10)}`, ["x,10,b,10,1.00,0.10,0.10,0.1000\n"]],
    ["a tie rounded away from zero", "a,b\nx,-0.000001\nx,0\n", ["x,2,b,2,-0.000001,-0.000001,0.000000,-0.000001\n"]],
    ["a third", "a,b\nx,1\nx,0\nx,0\n", ["x,3,b,3,1,0,1,0.33\n"]],
    ["text columns left out, empty cells not counted", "a,b,c\nx,t,\nx,u,4\n", ["x,2,c,1,4,4,4,4.00\n"]],
    ["any column to group by", "#group-by b\na,b\n5,x\n", ["b,rows,", "x,1,a,1,5,5,5,5.00\n"]],
    ["groups in the order of code units", "a,b\nz,1\nÄ,1\nB,1\n", ["mean\nB,1", "\nz,1,b,1,1,1,1,1.00\nÄ,1"]],
  ])("%s", async (_, input, parts) => {
    const outcome = await run(await example("assemblyscript-csv"), "aggregate", input);
    const output = outcome.kind === "exit" ? Buffer.from(outcome.output).toString() : outcome.message;
    for (const part of parts) expect(output).toContain(part);
  });

  test.each([
    ["nothing", "", "line 1: the table has no header"],
    ["a name twice", "a,a\n", 'line 1: two columns are named "a"'],
    ["a column that is not there", "#group-by x\na,b\n1,2", 'no column "x" to group by; the columns are a, b'],
    ["a short row after a field of two lines", 'a,b\n"1\n1",2\n1\n', "line 4: 1 fields, the header has 2"],
    ["a quote never closed", 'a,b\n1,"2\n\n', "line 2: a quote is opened and never closed"],
    ["text after a quote", 'a,b\n"x"y,2', "line 2: text after a closing quote"],
    ["a quote inside", 'a,b\nx"y,2', "line 2: a quote inside a field"],
    ["a word among numbers", "a,b\nx,1\ny,zz", 'line 3, column "b": "zz" is not a number'],
    ["too many digits", "a,b\nx,1234567890123", "has more than 12 digits before or 6 after the point"],
    ["too fine a fraction", "a,b\nx,1.2345678", "has more than 12 digits before or 6 after the point"],
    ["a sum too large", `a,b\n${"x,999999999999\n".repeat(10)}`, "line 11: the sum passes"],
  ])("%s is a trap with a line in the logs", async (_, input, words) => {
    const outcome = await run(await example("assemblyscript-csv"), "aggregate", input);
    if (outcome.kind === "fault") throw new Error(outcome.message);
    expect(outcome.answer.exit.kind).toBe("trap");
    expect(outcome.output).toHaveLength(0);
    expect(Buffer.from(outcome.logs).toString()).toContain(words);
  });
});

describe("the word count", () => {
  test.each([
    ["nothing", "", "lines 0\nwords 0\ndifferent 0\n\n"],
    ["one word and no line end", "Hi", "lines 1\nwords 1\ndifferent 1\n\n1 hi\n"],
    [
      "quotes around, apostrophes inside",
      "'It's' it\u2019s\n",
      "lines 1\nwords 2\ndifferent 2\n\n1 it's\n1 it\u2019s\n",
    ],
    ["letters above ASCII", "Größe \u201cgröße\u201d\n", "lines 1\nwords 2\ndifferent 1\n\n2 größe\n"],
  ])("%s", async (_, input, output) => {
    const outcome = await run(await example("assemblyscript-wordcount"), "count", input);
    expect(outcome.kind === "exit" && Buffer.from(outcome.output).toString()).toBe(output);
  });
});
