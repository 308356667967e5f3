// The specifications and their tests: every numbered rule has a number of its own and is cited by a test that holds it.
import { describe, expect, test } from "vitest";
import { filesBelow, textOf } from "./files.ts";

const RULE = /^- \*\*([A-Z]+)(\d+)\*\*/gm;
const CITED = /\b([A-Z]+)(\d+)(?:(?: to |-)([A-Z]+)(\d+))?\b/g;

/** Tests of the sandbox, whose rules' letters are partly those of the ledger's. */
const SANDBOX = /^test\/(?:sre\/(?!container|webgpu)|engines|campaigns\/wasm-)/;
const CONTAINER = /^test\/sre\/container/;
const KERNELS = /^test\/sre\/webgpu/;
const tests = filesBelow("test").filter((path) => path.endsWith(".ts"));

/** The rules that a text cites, ranges written out. */
function citedIn(text: string): string[] {
  return [...text.matchAll(CITED)].flatMap(([, letters, first, same, last]) => {
    const count = same === letters ? Math.min(Number(last) - Number(first), 99) : 0;
    return Array.from({ length: count + 1 }, (_, at) => `${letters}${Number(first) + at}`);
  });
}

describe.each([
  ["chain/SPEC.md", 70, tests.filter((path) => ![SANDBOX, CONTAINER, KERNELS].some((own) => own.test(path)))],
  ["sre/SPEC.md", 70, tests.filter((path) => SANDBOX.test(path))],
  ["sre/container/SPEC.md", 9, tests.filter((path) => CONTAINER.test(path))],
  ["sre/webgpu/SPEC.md", 12, tests.filter((path) => KERNELS.test(path))],
])("each rule of %s", (specification, least, holding) => {
  const rules = [...textOf(specification).matchAll(RULE)].map(([, letters, number]) => `${letters}${number}`);

  test("has a number of its own", () => {
    expect(rules.length).toBeGreaterThan(least);
    expect(rules.filter((rule, at) => rules.indexOf(rule) !== at)).toEqual([]);
  });

  test("is cited by a test", () => {
    const cited = new Set(holding.flatMap((path) => citedIn(textOf(path))));
    expect(rules.filter((rule) => !cited.has(rule))).toEqual([]);
  });
});
