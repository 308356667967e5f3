// Every benchmark runs with small sizes, so that none can rot; their figures are not looked at here.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Bench, figure, table } from "../../bench/table.ts";

const folder = join(import.meta.dirname, "../../bench");

describe("the table", () => {
  test("shows three significant digits and sets thousands apart", () => {
    const values = [0, 0.012345, 1.5, 12.34, 123.4, 1234.5, 1_234_567, -0.5, Number.NaN];
    expect(values.map(figure)).toEqual(["0", "0.0123", "1.50", "12.3", "123", "1,235", "1,234,567", "-0.500", "NaN"]);
  });

  test("lines its columns up", () => {
    const rows = [
      { name: "one", value: 1.5, unit: "µs" },
      { name: "another", value: 12_000, unit: "per second", note: "median of 5" },
    ];
    expect(table(rows)).toBe("  one        1.50  µs\n  another  12,000  per second  median of 5");
  });
});

describe("small sizes of", () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".bench.ts"))) {
    test(file, { timeout: 60_000 }, async () => {
      const bench = (await import(join(folder, file))) as Bench;
      expect(bench.name).toMatch(/\S/);
      const rows = await bench.run({ small: true });
      expect(rows.length).toBeGreaterThan(0);
      for (const row of rows)
        expect(row, row.name).toMatchObject({ value: expect.any(Number), unit: expect.any(String) });
      expect(rows.filter((row) => !Number.isFinite(row.value))).toEqual([]);
    });
  }

  test("each benchmark is known by its suffix", () => {
    const others = readdirSync(folder).filter((name) => !name.endsWith(".bench.ts"));
    // What is neither runner nor table is a helper with a name of its own, never a benchmark that nobody runs.
    expect(others.filter((name) => /bench/.test(name))).toEqual([]);
  });
});
