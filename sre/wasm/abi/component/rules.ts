// All numbers of the ABI `component/1` that can change an answer, for the profiles' ids.
import { COMPONENT_LIMITS, CROSSING_LIMITS, GLUE_CALL_FUEL, GLUE_CALL_STACK, STREAM_BYTES } from "./limits.ts";
import { TRANSPILER } from "./transpiler.ts";

/** What every profile says of components. */
export const COMPONENTS = {
  ...{
    wasi: { version: "0.2", entries: ["cli/run", "http/incoming-handler"] },
    transpiler: TRANSPILER,
    limits: COMPONENT_LIMITS,
    crossing: CROSSING_LIMITS,
    streamBytes: STREAM_BYTES,
  },
  call: { fuel: GLUE_CALL_FUEL, stack: GLUE_CALL_STACK },
} as const;
