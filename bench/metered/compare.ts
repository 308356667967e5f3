// Compares rewriters with raw code: starts the measuring processes and turns their times into ratios.
// `node host/launch.js bench/metered/compare.ts [WORKLOAD…] [--mode optimised|default] [--rewriter FILE] [--quick]` prints
// one line per workload, for tuning a pass.
import { execFileSync } from "node:child_process";
import { join, resolve } from "node:path";
import { median } from "../cpu.ts";
import type { Plan, Result } from "./rounds.ts";

/** V8's configurations: all code by the optimising compiler from the first call, or its own choice of tiers. */
export const MODES = { optimised: ["--no-liftoff"], default: [] } as const;
/** The name of a configuration. */
export type Mode = keyof typeof MODES;

/** One workload in one configuration. */
export interface Comparison {
  readonly workload: string;
  /** Milliseconds of the raw module: the median of all rounds. */
  readonly rawMs: number;
  /** By variant, the median over all rounds of its time over the raw module's in the same round. */
  readonly ratios: Readonly<Record<string, number>>;
  readonly bytes: Readonly<Record<string, number>>;
  readonly fuel: number;
  readonly missing: Readonly<Record<string, string>>;
}

/**
 * Measures in `processes` processes one after the other: how V8 compiles a module differs a little from process to
 * process, so the median is taken over the rounds of all of them.
 */
export function compare(mode: Mode, plan: Plan, processes: number): readonly Comparison[] {
  const results = new Map<string, Result[]>();
  for (let run = 0; run < processes; run++) {
    const script = join(import.meta.dirname, "rounds.ts");
    const args = ["--no-warnings", ...MODES[mode], script, JSON.stringify({ ...plan, seed: plan.seed + run })];
    const text = execFileSync(process.execPath, args, { encoding: "utf8", maxBuffer: 1 << 28, timeout: 600_000 });
    for (const line of text.trim().split("\n")) {
      const result = JSON.parse(line) as Result;
      results.set(result.workload, [...(results.get(result.workload) ?? []), result]);
    }
  }
  return [...results].map(([workload, runs]) => {
    const { bytes, fuel, missing } = runs[0]!;
    const ratios: Record<string, number> = {};
    for (const variant of Object.keys(bytes))
      if (variant !== "raw") ratios[variant] = median(runs.flatMap((run) => ratiosOf(run, variant)));
    return { workload, rawMs: median(runs.flatMap((run) => run.times["raw"]!)), ratios, bytes, fuel, missing };
  });
}

const ratiosOf = ({ times }: Result, variant: string): number[] =>
  (times[variant] ?? []).map((ms, round) => ms / times["raw"]![round]!);

/** The geometric mean. */
export const geometricMean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

function main(args: readonly string[]): void {
  const values = (flag: string) => args.flatMap((arg, index) => (args[index - 1] === flag ? [arg] : []));
  const only = args.filter((arg, index) => !arg.startsWith("--") && !/^--(mode|rewriter)$/.test(args[index - 1] ?? ""));
  const quick = args.includes("--quick");
  const rewriters = values("--rewriter").map((file) => resolve(file));
  const plan = { only, rewriters, rounds: quick ? 5 : 9, seed: 1, small: false };
  for (const mode of (values("--mode") as Mode[])[0]
    ? (values("--mode") as Mode[])
    : (["optimised", "default"] as const)) {
    const rows = compare(mode, plan, quick ? 1 : 3);
    const variants = [...new Set(rows.flatMap(({ ratios }) => Object.keys(ratios)))];
    console.log(
      `\n${mode.padEnd(14)}${"raw ms".padStart(9)}${variants.map((name) => name.padStart(12)).join("")}   fuel/ns  size`,
    );
    for (const { workload, rawMs, ratios, fuel, bytes, missing } of rows) {
      const cells = variants.map((name) => (ratios[name]?.toFixed(3) ?? "-").padStart(12)).join("");
      const rest = `${(fuel / rawMs / 1e6).toFixed(2).padStart(10)}${((bytes["ours"] ?? 0) / bytes["raw"]!).toFixed(2).padStart(6)}`;
      console.log(`${workload.padEnd(14)}${rawMs.toFixed(2).padStart(9)}${cells}${rest}`);
      for (const [name, why] of Object.entries(missing)) console.log(`  ${name}: ${why}`);
    }
    const means = variants.map((name) => geometricMean(rows.flatMap((row) => row.ratios[name] ?? [])));
    console.log(`${"geometric mean".padEnd(23)}${means.map((mean) => mean.toFixed(3).padStart(12)).join("")}`);
  }
}

if (import.meta.main) main(process.argv.slice(2));
