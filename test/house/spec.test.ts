// The specification and its tests: every numbered rule has a number of its own and is cited by a test that holds it.
import { expect, test } from "vitest";
import { filesBelow, textOf } from "./files.ts";

const RULE = /^- \*\*([A-Z]+)(\d+)\*\*/gm;
const CITED = /\b([A-Z]+)(\d+)(?:(?: to |-)([A-Z]+)(\d+))?\b/g;

const rules = [...textOf("chain/SPEC.md").matchAll(RULE)].map(([, letters, number]) => `${letters}${number}`);

/** The rules that a text cites, ranges written out. */
function citedIn(text: string): string[] {
  return [...text.matchAll(CITED)].flatMap(([, letters, first, same, last]) => {
    const count = same === letters ? Math.min(Number(last) - Number(first), 99) : 0;
    return Array.from({ length: count + 1 }, (_, at) => `${letters}${Number(first) + at}`);
  });
}

test("each rule of chain/SPEC.md has a number of its own", () => {
  expect(rules.length).toBeGreaterThan(80);
  expect(rules.filter((rule, at) => rules.indexOf(rule) !== at)).toEqual([]);
});

test("each rule of chain/SPEC.md is cited by a test", () => {
  const cited = new Set(
    filesBelow("test")
      .filter((path) => path.endsWith(".ts"))
      .flatMap((path) => citedIn(textOf(path))),
  );
  expect(rules.filter((rule) => !cited.has(rule))).toEqual([]);
});
