// What metering costs: the same programs raw and with every protection (fuel, stack limit, canonical NaNs, growth), on
// V8 with optimised code and with its default tiering.
// Method: processor time of the thread. Raw, metered and, as a control, raw compiled a second time live in one process
// and take turns in shuffled order; each round gives a ratio, the median over all rounds of three processes counts. Every
// answer is compared with the raw module's, and the first with a pinned one. Programs: our own in bench/workloads, and
// QuickJS, and SQLite where `npm ci --prefix bench/applications` has been run. Goals: geometric mean 1.12 optimised and
// 1.15 default, none above 1.5 optimised, 25 MB/s of rewriting.
// Not measured: time to compile, host calls, other engines; a native engine stands beside it in `native`.

import { median } from "./cpu.ts";
import { threadClock } from "./metered/clock.ts";
import { type Comparison, compare, geometricMean, type Mode } from "./metered/compare.ts";
import { wasmtime, wasmtimeVersion } from "./metered/native.ts";
import { ours } from "./metered/rewriter.ts";
import { applications, INSTALL, OWN } from "./metered/workloads.ts";
import type { Row } from "./table.ts";

export const name = "metered against raw WebAssembly";

const GOALS: Readonly<Record<Mode, number>> = { optimised: 1.12, default: 1.15 };

/** Measures all of it. */
export function run({ small }: { small: boolean }): readonly Row[] {
  const plan = { only: [], rewriters: [], rounds: small ? 1 : 9, seed: 1, small };
  const processes = small ? 1 : 3;
  const optimised = compare("optimised", plan, processes);
  const tiered = compare("default", plan, processes);
  if (applications().length < 2) console.log(`  without SQLite: ${INSTALL}`);
  const native = small ? [] : nativeRows(optimised);
  return [...rowsOf("optimised", optimised), ...rowsOf("default", tiered), ...native, ...rewriting(small)];
}

/** A native engine with its own fuel, as it is. */
function nativeRows(optimised: readonly Comparison[]): Row[] {
  const version = wasmtimeVersion();
  if (version === null) {
    console.log("  without Wasmtime: pip install wasmtime==50.0.1");
    return [];
  }
  const times = [...wasmtime(OWN)];
  const ratios = times.map(([, { raw, fuel }]) => fuel / raw);
  const rows = times.map(([workload, { raw, fuel }]) => {
    const v8 = optimised.find((comparison) => comparison.workload === workload)!;
    const ourMs = v8.rawMs * (v8.ratios[ours.name] ?? Number.NaN);
    const note = `${fuel.toFixed(1)} ms with fuel, raw ${raw.toFixed(1)}; V8 ${v8.rawMs.toFixed(1)} raw, ${ourMs.toFixed(1)} metered by us`;
    return { name: `wasmtime ${version} with its fuel, ${workload}`, value: fuel / raw, unit: "x raw", note };
  });
  const mean = { name: "wasmtime with its fuel, geometric mean", value: geometricMean(ratios), unit: "x raw" };
  return [...rows, mean];
}

function rowsOf(mode: Mode, comparisons: readonly Comparison[]): Row[] {
  const done = comparisons.filter(({ ratios }) => ratios[ours.name] !== undefined);
  const ratios = done.map((comparison) => comparison.ratios[ours.name]!);
  const controls = comparisons.map((comparison) => comparison.ratios["control"]!);
  for (const { workload, missing } of comparisons)
    for (const [variant, why] of Object.entries(missing)) throw new Error(`${workload}, ${variant}: ${why}`);
  return [
    ...done.map(({ workload, rawMs, bytes, fuel }, index) => ({
      name: `${mode}, ${workload}`,
      value: ratios[index]!,
      unit: "x raw",
      note: `raw ${rawMs.toFixed(1)} ms, ${(fuel / rawMs / 1e6).toFixed(1)} fuel/ns, size x ${(bytes[ours.name]! / bytes["raw"]!).toFixed(2)}`,
    })),
    { name: `${mode}, geometric mean`, value: geometricMean(ratios), unit: "x raw", note: `goal ${GOALS[mode]}` },
    {
      name: `${mode}, worst`,
      value: Math.max(...ratios),
      unit: "x raw",
      note: `${done[ratios.indexOf(Math.max(...ratios))]!.workload}${mode === "optimised" ? "; goal 1.5" : ""}`,
    },
    {
      name: `${mode}, control`,
      value: geometricMean(controls),
      unit: "x raw",
      note: `raw against raw, ${Math.min(...controls).toFixed(3)} to ${Math.max(...controls).toFixed(3)}`,
    },
  ];
}

/** Megabytes of source a second and growth, warm, all passes. */
function rewriting(small: boolean): Row[] {
  const clock = threadClock();
  return [...OWN.filter((workload) => workload.name === "objects"), ...applications()].flatMap((workload) => {
    const source = workload.source();
    const times: number[] = [];
    const spins = small ? 1 : Math.ceil(8e6 / source.length);
    for (let round = 0; round < (small ? 2 : 15); round++) {
      const begin = clock();
      for (let spin = 0; spin < spins; spin++) ours.rewrite(source);
      times.push((clock() - begin) / spins);
    }
    const growth = ours.rewrite(source).bytes.length / source.length;
    const note = `goal 25; ${source.length} bytes, rewritten x ${growth.toFixed(2)}`;
    return [{ name: `rewriting ${workload.name}`, value: (source.length / median(times)) * 1000, unit: "MB/s", note }];
  });
}
