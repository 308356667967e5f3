// How far fuel can lie from time: nanoseconds per instruction, usual and worst circumstances, and per unit of fuel.
// Method: one small module per kind of instruction, a loop of dependent steps (bench/metered/operations.ts); processor
// time of the thread, median of five; raw by V8's optimising and by its baseline compiler, then metered with optimised
// code for the time of one unit. "Metered" divides by all that the step charges, its loop and its random numbers too.
// Goal: `SLOWEST_FUEL_PER_MS`, by which deadlines are made, holds for the worst row, with room for slower machines.
// Not measured: other processors (denormals cost older Intel cores up to 50 ns), the one-time cost of touching memory
// first (2 µs for 4 KiB here, bounded by the memory limit), traps.

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { SLOWEST_FUEL_PER_MS } from "../sre/wasm/index.ts";
import type { Timing, TimingPlan } from "./metered/times.ts";
import type { Row } from "./table.ts";

export const name = "time per instruction and per unit of fuel";

/** Measures all of it. */
export function run({ small }: { small: boolean }): readonly Row[] {
  const optimised = timings(["--no-liftoff"], small);
  const baseline = new Map(timings(["--liftoff-only"], small).map((timing) => [timing.name, timing.ns]));
  const rows = optimised.map(({ name: operation, price, ns, fuel, meteredNs }) => ({
    name: operation,
    value: ns,
    unit: "ns",
    note: `${price}; baseline ${baseline.get(operation)?.toFixed(2)} ns; ${perFuel(meteredNs, fuel).toFixed(2)} ns per fuel`,
  }));
  const worst = optimised.reduce((a, b) => (perFuel(b.meteredNs, b.fuel) > perFuel(a.meteredNs, a.fuel) ? b : a));
  const promised = 1e6 / Number(SLOWEST_FUEL_PER_MS);
  return [
    ...rows,
    { name: "worst", value: perFuel(worst.meteredNs, worst.fuel), unit: "ns per fuel", note: worst.name },
    { name: "promised by SLOWEST_FUEL_PER_MS", value: promised, unit: "ns per fuel", note: "must be above the worst" },
  ];
}

const perFuel = (ns: number, fuel: number): number => (fuel === 0 ? 0 : ns / fuel);

function timings(flags: readonly string[], small: boolean): readonly Timing[] {
  const plan: TimingPlan = { only: [], small };
  const args = ["--no-warnings", ...flags, join(import.meta.dirname, "metered/times.ts"), JSON.stringify(plan)];
  const text = execFileSync(process.execPath, args, { encoding: "utf8", timeout: 600_000 });
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Timing);
}
