// The genesis of a development chain: a faucet for everybody and windows of seconds. Good for learning and tests;
// nobody should keep anything of worth on one, and its name says so.
import type { Genesis, KeyId, Parameters } from "../protocol/index.ts";
import { type Amount, amount, type BlockTime, duration, fuel } from "../protocol/index.ts";

const CREDIT = 1_000_000n;
const SECOND = 1000n;
const MIB = 1024 * 1024;

/** The parameters of development chains: windows are short, fees small enough to be forgotten. */
export const DEVELOPMENT_PARAMETERS: Parameters = {
  fee: amount(100n),
  deployFeePerKib: amount(10n),
  transactionLifetime: duration(600n * SECOND),
  acceptWindow: duration(10n * SECOND),
  resultGrace: duration(10n * SECOND),
  // What the profiles of sre/wasm are calibrated for (`SLOWEST_FUEL_PER_MS`); usual code is a thousand times faster.
  slowestFuelPerMs: 4000n,
  // The largest fuel limit may take 25,000 seconds at that speed; 8 hours leave room for the attempt around it.
  longestDeadline: duration(8n * 3600n * SECOND),
  challengeWindow: duration(2n * SECOND),
  unbondingTime: duration(10n * SECOND),
  smallestStake: amount(10n * CREDIT),
  reservation: amount(CREDIT),
  reservationFee: amount(CREDIT / 100n),
  mostAttempts: 3,
  largestLimits: { fuel: fuel(100_000_000_000n), memory: 1024 * MIB, stack: 8 * MIB, output: 16 * MIB, logs: MIB },
};

/** What a development chain is made of besides its fixed parameters. */
export interface DevelopmentOptions {
  /** Printable ASCII without spaces; `development` goes in front of it. */
  readonly name: string;
  readonly time: BlockTime;
  readonly orderer: KeyId;
  readonly balances?: Readonly<Record<KeyId, Amount>>;
}

/** A development chain's genesis: anyone may take 1,000 credits from its faucet, once. */
export function developmentGenesis({ name, time, orderer, balances = {} }: DevelopmentOptions): Genesis {
  return {
    version: 1,
    name: `development-${name}`,
    time,
    orderer,
    faucet: amount(1000n * CREDIT),
    balances,
    parameters: DEVELOPMENT_PARAMETERS,
  };
}
