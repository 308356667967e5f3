// What a benchmark gives back, and how it is shown. A benchmark states its method, its goal and what it does not
// measure in its opening comment, compares in one run, and checks what it computed: a wrong fast answer must fail.

/** One figure. */
export interface Row {
  /** What was measured. */
  readonly name: string;
  readonly value: number;
  /** The value's unit, such as `µs` or `per core-second`. */
  readonly unit: string;
  /** How it was measured, or what it must be held against. */
  readonly note?: string;
}

/** What a file bench/*.bench.ts exports. */
export interface Bench {
  /** What is measured, in a few words. */
  readonly name: string;
  /** Measures; `small` asks for sizes that end in a second or two and prove only that the benchmark works. */
  run(plan: { small: boolean }): readonly Row[] | Promise<readonly Row[]>;
}

/** A value with three or more significant digits, thousands set apart: 0.01234, 12.3, 12,345. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const decimals = Math.abs(value) >= 100 || value === 0 ? 0 : 2 - Math.floor(Math.log10(Math.abs(value)));
  const [whole, rest] = value.toFixed(Math.min(decimals, 20)).split(".") as [string, string?];
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return rest === undefined ? grouped : `${grouped}.${rest}`;
}

/** The rows as lines of text in columns: name, value (to the right), unit, note. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map(({ name, value, unit, note }) => [name, figure(value), unit, note ?? ""] as const);
  const width = (column: 0 | 1 | 2) => Math.max(0, ...cells.map((row) => row[column].length));
  const [names, values, units] = [width(0), width(1), width(2)];
  return cells
    .map(([name, value, unit, note]) =>
      `  ${name.padEnd(names)}  ${value.padStart(values)}  ${unit.padEnd(units)}  ${note}`.trimEnd(),
    )
    .join("\n");
}
