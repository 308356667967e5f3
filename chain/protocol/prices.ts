// What a job may cost and how long an attempt may take: arithmetic that the ledger's checks, draws and payments share
// with whoever orders a job or runs one.
import type { Parameters } from "./genesis.ts";
import type { JobRecord } from "./record.ts";
import type { BlockTime, Duration, Fuel } from "./units.ts";

const MEGAFUEL = 1_000_000n;

/** A provider's prices. */
export interface Prices {
  readonly base: bigint;
  readonly perMegafuel: bigint;
}

/** What a provider gets for a run: base price plus the fuel price for each million fuel units or part of it. */
export function priceOf({ base, perMegafuel }: Prices, fuel: Fuel): bigint {
  return base + ((fuel + MEGAFUEL - 1n) / MEGAFUEL) * perMegafuel;
}

/** The time a run may take: its fuel limit at the slowest calibrated speed, plus the grace for fetching and sending. */
export function runTime(parameters: Parameters, fuel: Fuel): Duration {
  const { slowestFuelPerMs, resultGrace } = parameters;
  return ((fuel + slowestFuelPerMs - 1n) / slowestFuelPerMs + resultGrace) as Duration;
}

/** The longest that one attempt can take, from its assignment on; no deadline may be shorter. */
export function attemptTime(parameters: Parameters, fuel: Fuel): Duration {
  return (parameters.acceptWindow + runTime(parameters, fuel)) as Duration;
}

/** The last block time at which an attempt can begin and still end before the job's deadline. */
export function latestStart(parameters: Parameters, job: JobRecord): BlockTime {
  return (job.deadline - attemptTime(parameters, job.fuel)) as BlockTime;
}
