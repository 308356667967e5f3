// What a run may use when nobody says otherwise: enough for real functions, small enough for any laptop.
import { amount, fuel, type Limits, type Prices } from "../chain/protocol/index.ts";

const MIB = 1024 * 1024;

/** Default limits of runs and deployments. A thousand million fuel units are some tenths of a second. */
export const DEFAULT_LIMITS: Limits = {
  fuel: fuel(1_000_000_000n),
  memory: 256 * MIB,
  stack: 256 * 1024,
  output: 16 * MIB,
  logs: 1 * MIB,
};

/** What a provider asks when its operator names no prices, in micro-credits; 0.01 credits a job, 0.001 a million units. */
export const DEFAULT_PRICES: Prices = { base: amount(10_000n), perMegafuel: amount(1_000n) };

/** Bytes of an input file that the host reads at most. */
export const INPUT_BYTES = 64 * MIB;
