// The closing line counts what CI reads; a broken import or hook must never look like fewer tests.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
let folder: string;

beforeAll(() => {
  mkdirSync(join(root, ".lockstep"), { recursive: true });
  folder = mkdtempSync(join(root, ".lockstep", "reporter-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs vitest with our reporter alone over one file of the given text; returns its last line and exit status. */
function run(name: string, text: string): { last: string | undefined; status: number | null } {
  writeFileSync(
    join(folder, `${name}.test.ts`),
    `import { beforeAll, describe, expect, test } from "vitest";\n${text}`,
  );
  writeFileSync(
    join(folder, `${name}.config.ts`),
    `import { ClosingLine } from "../../test/reporter.ts";
     export default { test: { root: ${JSON.stringify(folder)}, include: ["${name}.test.ts"], reporters: [new ClosingLine()] } };`,
  );
  const args = ["node_modules/vitest/vitest.mjs", "run", "--config", join(folder, `${name}.config.ts`)];
  const { stdout, status } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  return { last: stdout.trimEnd().split("\n").at(-1), status };
}

test("passed, failed and skipped tests are counted", () => {
  const text = `test("a", () => {}); test.skip("b", () => {}); test("c", () => expect(1).toBe(2)); test.todo("d");`;
  expect(run("mixed", text)).toEqual({ last: "1 passed, 1 failed, 2 skipped", status: 1 });
});

test("a file that can't be loaded is a failure", () => {
  expect(run("broken", `import "./missing.ts"; test("a", () => {});`)).toEqual({
    last: "0 passed, 1 failed, 0 skipped",
    status: 1,
  });
});

test("a hook that throws is a failure beside the tests it kept from running", () => {
  const text = `describe("s", () => { beforeAll(() => { throw new Error("x"); }); test("a", () => {}); });`;
  expect(run("hook", text)).toEqual({ last: "0 passed, 1 failed, 1 skipped", status: 1 });
});

test("an error that nobody caught is a failure", () => {
  const text = `test("a", async () => { Promise.reject(new Error("x")); });`;
  expect(run("unhandled", text)).toEqual({ last: "1 passed, 1 failed, 0 skipped", status: 1 });
});

test("an all-green run exits 0", () => {
  expect(run("green", `test("a", () => {});`)).toEqual({ last: "1 passed, 0 failed, 0 skipped", status: 0 });
});
