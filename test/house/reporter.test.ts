// The closing line counts what CI reads; a broken import or hook must never look like fewer tests.
import { expect, test } from "vitest";
import { innerRun } from "../support/inner-run.ts";

const cases = {
  "passed, failed and skipped tests": {
    text: `test("a", () => {}); test.skip("b", () => {}); test("c", () => expect(1).toBe(2)); test.todo("d");`,
    ends: { last: "1 passed, 1 failed, 2 skipped", status: 1 },
  },
  "a file that can't be loaded as a failure": {
    text: `import "./missing.ts"; test("a", () => {});`,
    ends: { last: "0 passed, 1 failed, 0 skipped", status: 1 },
  },
  "a hook that throws as a failure beside the tests it kept from running": {
    text: `describe("s", () => { beforeAll(() => { throw new Error("x"); }); test("a", () => {}); });`,
    ends: { last: "0 passed, 1 failed, 1 skipped", status: 1 },
  },
  "an error that nobody caught as a failure": {
    text: `test("a", async () => { Promise.reject(new Error("x")); });`,
    ends: { last: "1 passed, 1 failed, 0 skipped", status: 1 },
  },
  "nothing else": { text: `test("a", () => {});`, ends: { last: "1 passed, 0 failed, 0 skipped", status: 0 } },
};

test.each(Object.entries(cases))("the closing line counts %s", (_, { text, ends }) => {
  const { last, status } = innerRun(text);
  expect({ last, status }).toEqual(ends);
});
