// What a run may use when nobody says otherwise: enough for real functions, small enough for any laptop.
import { fuel, type Limits } from "../chain/protocol/index.ts";

const MIB = 1024 * 1024;

/** Default limits of runs and deployments. A thousand million fuel units are some tenths of a second. */
export const DEFAULT_LIMITS: Limits = {
  fuel: fuel(1_000_000_000n),
  memory: 256 * MIB,
  stack: 256 * 1024,
  output: 16 * MIB,
  logs: 1 * MIB,
};

/** Bytes of an input file that the host reads at most. */
export const INPUT_BYTES = 64 * MIB;
