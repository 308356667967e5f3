// Limits of the sandbox that are part of the draft profile, and its name.

/** The determinism profile; every receipt names it. It is a draft: its rules may still change with its name. */
export const PROFILE = "draft-1";

/** What a run can't go above whatever its call says; the smaller of both counts (SPEC rule E1). */
export const CEILINGS = {
  /**
   * Bytes of stack metric. The least metric at which an engine's own stack overflowed over 96 shapes of frames was
   * 770 KB (V8's main thread), so 256 KiB leaves a factor of three.
   */
  stack: 256 * 1024,
  /** Bytes of linear memory: 65,536 pages. */
  memory: 65_536 * 65_536,
} as const;

/** Bytes of a page of linear memory. */
export const PAGE_BYTES = 65_536;
/** Bytes per unit of fuel that crossing the boundary costs, as a shift; the same as for bulk operations. */
export const CROSSING_SHIFT = 3n;
/** What the host writes to `$fuel` before an engine's failure to grow memory traps: the least i64. */
export const ENGINE_FAILED = -(2n ** 63n);
