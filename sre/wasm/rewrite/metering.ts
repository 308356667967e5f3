// All numbers of the rewriter that a profile's id is made of.
import {
  BULK_SHIFT,
  CHECK_LIMIT,
  COLD_LIMIT,
  COST,
  ELEMENT_COST,
  ENTRY_COST,
  EXPORT_COST,
  FLAT_LIMIT,
  FRAME_BYTES,
  LATE_BYTES,
  LOOP_COST,
  PAGE_COST,
} from "./cost.ts";
import { REWRITE_LIMITS } from "./limits.ts";
import { PRICES, SIZES } from "./module/index.ts";

/** Prices, constants and caps; a change of any is another profile. */
export const METERING = {
  cost: COST,
  /** Prices by opcode, in the order of the table of instructions. */
  prices: Array.from(PRICES),
  constants: {
    bulkShift: BULK_SHIFT,
    check: CHECK_LIMIT,
    cold: COLD_LIMIT,
    element: ELEMENT_COST,
    entry: ENTRY_COST,
    export: EXPORT_COST,
    flat: FLAT_LIMIT,
    frame: FRAME_BYTES,
    late: LATE_BYTES,
    loop: LOOP_COST,
    page: PAGE_COST,
  },
  limits: REWRITE_LIMITS,
  sizes: SIZES,
} as const;
