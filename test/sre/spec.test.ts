// What sre/SPEC.md says in numbers is what the code does: prices row by row, and the constants in the rules' texts.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fuel, INT64_MAX } from "../../chain/protocol/index.ts";
import { CEILINGS, HOST_CALL_BYTES, underCeilings } from "../../sre/wasm/limits.ts";
import { METERING, REWRITE_LIMITS } from "../../sre/wasm/rewrite/index.ts";
import { NAMES, PRICES } from "../../sre/wasm/rewrite/module/index.ts";

const SPEC = readFileSync(join(import.meta.dirname, "../../sre/SPEC.md"), "utf8");
const ROW = /^\| (\d+) \| `([^`]+)`/gm;

/** Rows of rule F5: a cost and patterns of names. */
const rows = [...SPEC.matchAll(ROW)].map(([, cost, names]) => ({
  cost: Number(cost),
  patterns: names!.split(" ").map((name) => new RegExp(`^${name.replaceAll(".", "\\.").replaceAll("*", ".*")}$`)),
}));

/** A rule's text on one line. */
function rule(name: string): string {
  const start = SPEC.indexOf(`- **${name}**`);
  const end = SPEC.slice(start + 2).search(/\n(?=- \*\*|\n|\|)/);
  return SPEC.slice(start, start + 2 + end).replace(/\s+/g, " ");
}
/** A number as the specification writes it. */
const written = (value: number) => String(value).replace(/\B(?=(\d{3})+$)/g, ",");

describe("prices (F5)", () => {
  test("each instruction costs what the first row says that names it", () => {
    const differing = [...NAMES.entries()].flatMap(([opcode, name]) => {
      if (name === "") return [];
      const row = rows.find(({ patterns }) => patterns.some((pattern) => pattern.test(name)));
      return row?.cost === PRICES[opcode] ? [] : [`${name}: ${row?.cost} said, ${PRICES[opcode]} taken`];
    });
    expect(differing).toEqual([]);
  });

  test("no pattern is idle", () => {
    const idle = rows.flatMap(({ patterns }, at) =>
      patterns.filter(
        (pattern) =>
          !NAMES.some(
            (name) =>
              pattern.test(name) && !rows.slice(0, at).some((row) => row.patterns.some((other) => other.test(name))),
          ),
      ),
    );
    expect(idle).toEqual([]);
  });
});

test("limits above the ceilings count as the ceilings (S1, G1, E7)", () => {
  const most = { fuel: fuel(INT64_MAX), memory: 2 ** 40, stack: 2 ** 40, output: 2 ** 40, logs: 2 ** 40 };
  expect(underCeilings(most)).toEqual({
    ...{ fuel: most.fuel, memory: 2 ** 32, stack: 2 ** 18, output: 2 ** 28, logs: 2 ** 28 },
  });
  const least = { fuel: fuel(0n), memory: 1, stack: 2, output: 3, logs: 4 };
  expect(underCeilings(least)).toEqual(least);
});

test.each([
  ["F5", `${METERING.cost.callHost} of an import`],
  ["F6", `floor(length / ${2 ** METERING.constants.bulkShift})`],
  ["F6", `${METERING.constants.element} × length`],
  ["F9", `at most ${METERING.constants.cold}`],
  ["F10", String(METERING.constants.flat)],
  ["F11", `more than ${METERING.constants.check} together`],
  ["F14", `at most ${METERING.constants.check} together`],
  ["F14", `pre (S6) is at most ${written(METERING.constants.late)}`],
  ["S1", written(CEILINGS.stack)],
  ["S2", `${METERING.constants.frame} + 8`],
  ["G2", `${written(METERING.constants.page)} × n`],
  ["G4", `${METERING.constants.element} × n`],
  ["G4", written(REWRITE_LIMITS.tableElements)],
  ["H4", written(HOST_CALL_BYTES)],
  ["E7", written(CEILINGS.output)],
])("rule %s says %s", (name, number) => {
  const text = name === "F5" ? SPEC : rule(name);
  expect(text).toMatch(new RegExp(`(?<![\\d,])${number.replace(/[()+]/g, "\\$&")}(?![\\d,]\\d)`));
});
