// What sre/SPEC.md says in numbers is what the code does: prices row by row, and the constants in the rules' texts.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fuel, INT64_MAX } from "../../chain/protocol/index.ts";
import { CEILINGS, HOST_CALL_BYTES, underCeilings } from "../../sre/wasm/limits.ts";
import { METERING, REWRITE_LIMITS } from "../../sre/wasm/rewrite/index.ts";
import { MARK, NAMES, PRICES } from "../../sre/wasm/rewrite/module/index.ts";

const SPEC = readFileSync(join(import.meta.dirname, "../../sre/SPEC.md"), "utf8");
const ROW = /^\| (\d+) \| `([^`]+)`/gm;

/** Rows of rule F5: a cost and patterns of names. */
const rows = [...SPEC.matchAll(ROW)].map(([, cost, names]) => ({
  cost: Number(cost),
  patterns: names!.split(" ").map((name) => new RegExp(`^${name.replaceAll(".", "\\.").replaceAll("*", ".*")}$`)),
}));

/** A rule's text on one line, up to what comes behind it. */
function rule(name: string, behind = /\n(?=- \*\*|\n|\|)/): string {
  const start = SPEC.indexOf(`- **${name}**`);
  const end = SPEC.slice(start + 2).search(behind);
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

describe("sizes (M10)", () => {
  /** Rows of the table: names, and what the size grows by. */
  const table = [...rule("M10", /\n- \*\*/).matchAll(/\| (`[^|]+) \| (\d+) \|/g)].map(([, names, bytes]) => ({
    names: [...names!.matchAll(/`([^`]+)`/g)].flatMap(([, list]) => list!.split(" ")),
    imported: /^`\w+` of an import$/.test(names!),
    bytes: Number(bytes),
  }));

  test("each place adds what its row says", () => {
    const marks: Readonly<Record<string, number | undefined>> = MARK;
    const alike: Readonly<Record<string, string>> = {
      ...{ br_if: "brIf", br_table: "brTable", call_indirect: "callIndirect", return_call: "returnCall" },
      ...{ return_call_indirect: "returnCallIndirect", try_table: "tryTable", throw_ref: "throwRef" },
      ...{ "memory.init": "bulkBytes", "memory.copy": "bulkBytes", "memory.fill": "bulkBytes" },
      ...{ "table.init": "bulkElements", "table.copy": "bulkElements", "table.fill": "bulkElements" },
      ...{ "memory.grow": "memoryGrow", "table.grow": "tableGrow", "ref.func": "refImport" },
      ...{ "local.get": "localGet", "local.set": "localSet", "local.tee": "localTee" },
      ...{ "global.get": "globalGet", "global.set": "globalSet" },
    };
    const places = table.filter(({ names }) => !/^f\d/.test(names[0]!));
    const said = new Map<number | undefined, number>(
      places.flatMap(({ names, imported, bytes }) =>
        names.map((name) => [marks[(alike[name] ?? name) + (imported && name !== "ref.func" ? "Import" : "")], bytes]),
      ),
    );
    for (const [mark, same] of [[MARK.finish, MARK.end]] as const) {
      said.set(mark, said.get(same)!);
    }
    expect(Object.values(MARK).filter((mark) => said.get(mark) !== METERING.sizes.places[mark])).toEqual([]);
  });

  test("so do floats", () => {
    const floats = table.filter(({ names }) => /^f\d/.test(names[0]!)).map(({ bytes }) => bytes);
    const [, f32, f64, f32x4, f64x2, pin] = METERING.sizes.nans;
    expect([...floats, f32x4]).toEqual([f32, f64, f64x2, pin, f32x4]);
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
  ["M10", `function body is ${METERING.sizes.function}`],
  ["M10", `module is ${written(METERING.sizes.module)}`],
  ["M10", `${METERING.sizes.type[0]} for each type, ${METERING.sizes.type[1]} for each`],
  ["M10", `start function ${METERING.sizes.crossing[0]}, and ${METERING.sizes.crossing[1]} for each`],
  ["M10", `${METERING.sizes.constant} for each instruction of a constant expression`],
  ["F15", `${written(METERING.constants.page)} for each page`],
  ["F15", `${METERING.constants.element} for each element`],
  ["F15", `${METERING.constants.export} for each export`],
  ["F15", `floor(bytes / ${2 ** METERING.constants.bulkShift})`],
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
