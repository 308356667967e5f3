// New projects: they build at once, nothing that exists is overwritten, and what is wrong is said.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { build, scaffold } from "../../host/build/index.ts";
import { LANGUAGES } from "../../host/build/languages.ts";
import { sandboxForTests } from "../support/guest-run.ts";
import { suiteFor } from "../support/languages.ts";

// A compile takes a second of a free core; the tests must not fail on a machine that is busy.
vi.setConfig({ testTimeout: 120_000 });

const run = sandboxForTests();
const scratch = mkdtempSync(join(tmpdir(), "lockstep-scaffold-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const KINDS = LANGUAGES.flatMap(({ component, name, template, title }) => [
  { name, template, title: `a new project in ${title}`, component: false, needs: name },
  ...(component === undefined ? [] : [component]).map((other) => ({
    ...{ name, template: other, title: `a new component in ${title}`, component: true, needs: `${name} component` },
  })),
]);

for (const { component, name, needs, template, title } of KINDS)
  suiteFor(needs)(title, () => {
    const example = join(import.meta.dirname, "../../guest-examples", template.example);
    const expected = JSON.parse(readFileSync(join(example, "expected.json"), "utf8"));

    test("builds and runs at once, twice to the same module where the toolchain allows", async () => {
      const folder = join(scratch, needs, "project");
      const { files, input } = scaffold(folder, { language: name, component });
      expect(files).toEqual([...template.files, "README.md"]);
      expect(readFileSync(join(folder, "README.md"), "utf8")).toContain(template.about);
      const [built, again] = [await build(folder), await build(folder)];
      expect(built.manifest.language).toBe(name);
      const varies = built.warnings.some((warning) => warning.includes("other bytes next time"));
      if (!varies) expect(again.manifest.module).toEqual(built.manifest.module);
      // An interpreter that is kept initialised is the only reason that there is so far.
      expect(varies).toBe(component);
      const outcome = await run(built, expected.entry, readFileSync(join(folder, input)));
      const output = readFileSync(join(example, expected.output.file), "utf8");
      expect(outcome.kind === "exit" && Buffer.from(outcome.output).toString()).toBe(output);
    });
  });

test("a language without an example of a component says which have one", () => {
  const folder = join(scratch, "none");
  expect(() => scaffold(folder, { language: "go", component: true })).toThrow(
    expect.objectContaining({ code: "USAGE", message: expect.stringContaining("choose javascript") }),
  );
  expect(existsSync(folder)).toBe(false);
});

test("a language that is none is refused", () => {
  const folder = join(scratch, "none");
  expect(() => scaffold(folder, { language: "cobol" })).toThrow(expect.objectContaining({ code: "USAGE" }));
  expect(existsSync(folder)).toBe(false);
});

test("each language has its own name, and is known by what no other language is", () => {
  const names = LANGUAGES.map(({ name }) => name);
  const endings = LANGUAGES.flatMap((language) => language.endings);
  const starts = LANGUAGES.flatMap((language) => language.starts);
  for (const list of [names, starts]) expect(new Set(list).size).toBe(list.length);
  // What stands in the file tells these two apart.
  expect(endings.filter((ending, at) => endings.indexOf(ending) < at)).toEqual([".ts"]);
});

test("an empty folder will do, and the README is about the project", () => {
  const folder = join(scratch, "my function's");
  mkdirSync(folder);
  scaffold(folder, { name: "Greeter" });
  const readme = readFileSync(join(folder, "README.md"), "utf8");
  expect(readme).toMatch(/^# Greeter\n/);
  // The path in the commands survives a shell.
  expect(readme).toContain(`run '${folder.replace("'", "'\\''")}' --input`);
});

test("a folder with anything in it is refused and left alone", () => {
  const folder = join(scratch, "full");
  mkdirSync(folder);
  writeFileSync(join(folder, "README.md"), "mine");
  expect(() => scaffold(folder)).toThrow(expect.objectContaining({ code: "USAGE" }));
  expect(readFileSync(join(folder, "README.md"), "utf8")).toBe("mine");
  expect(() => scaffold(join(folder, "README.md"))).toThrow(expect.objectContaining({ code: "USAGE" }));
});
