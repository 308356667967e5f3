// New projects: they build at once, nothing that exists is overwritten, and what is wrong is said.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { build, scaffold } from "../../host/build/index.ts";
import { sandboxForTests } from "../support/guest-run.ts";

// A compile takes a second of a free core; the tests must not fail on a machine that is busy.
vi.setConfig({ testTimeout: 120_000 });

const run = sandboxForTests();
const scratch = mkdtempSync(join(tmpdir(), "lockstep-scaffold-"));
afterAll(() => rmSync(scratch, { recursive: true }));

test("a new project builds to the same module as the example it comes from, and runs", async () => {
  const folder = join(scratch, "new", "project");
  const { files } = scaffold(folder);
  expect(files).toEqual(["lockstep.json", "src/index.ts", "input.txt", "README.md"]);
  const built = await build(folder);
  const example = join(import.meta.dirname, "../../guest-examples/assemblyscript-hello");
  const expected = JSON.parse(readFileSync(join(example, "expected.json"), "utf8"));
  expect(built.manifest.module).toEqual(expected.module);
  const outcome = await run(built, "greet", readFileSync(join(folder, "input.txt")));
  expect(outcome.kind === "exit" && Buffer.from(outcome.output).toString()).toBe(
    "Hello, Ada!\nHello, Grace!\nHello, Alan!\n",
  );
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
