// Limits of the sandbox that are part of every profile.
import type { Limits } from "../../chain/protocol/index.ts";

/** What a run can't go above whatever its call says; the smaller of both counts (SPEC rules S1, G1, E7). */
export const CEILINGS = {
  /**
   * Bytes of stack metric. The least metric at which an engine's own stack overflowed over 96 shapes of frames was
   * 770 KB (V8's main thread), so 256 KiB leaves a factor of three.
   */
  stack: 256 * 1024,
  /** Bytes of linear memory: 65,536 pages. */
  memory: 65_536 * 65_536,
  /** Bytes of output and of logs: engines have no strings above 512 Mi units, and the host holds a few copies. */
  output: 256 * 1024 * 1024,
  logs: 256 * 1024 * 1024,
} as const;

/** Bytes of an input that the sandbox takes at all; a task with more is misuse, for the same reasons. */
export const INPUT_BYTES = 256 * 1024 * 1024;
/** Bytes that one pointer may name in a host call: a log line. The host decodes and copies it whole. */
export const HOST_CALL_BYTES = 16 * 1024 * 1024;

/** The limits that count for a run: the call's, under the profile's ceilings. */
export function underCeilings(limits: Limits): Limits {
  return {
    fuel: limits.fuel,
    memory: Math.min(limits.memory, CEILINGS.memory),
    stack: Math.min(limits.stack, CEILINGS.stack),
    output: Math.min(limits.output, CEILINGS.output),
    logs: Math.min(limits.logs, CEILINGS.logs),
  };
}

/** Bytes of a page of linear memory. */
export const PAGE_BYTES = 65_536;
/** Bytes per unit of fuel that crossing the boundary costs, as a shift; the same as for bulk operations. */
export const CROSSING_SHIFT = 3n;
/** The fuel left after an engine's failure to grow a memory or table: the least i64. */
export const ENGINE_FAILED = -(2n ** 63n);
