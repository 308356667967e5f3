// Limits of the ABI `wasi/1` beside those of the world (sre/SPEC.md, rules W3, W5 and W9).

/** Limits of calls. */
export const WASI_LIMITS = {
  /** Descriptors that are open at once; Linux gives a process 1,024 at first. */
  descriptors: 4096,
  /** Ranges of one scattered read or gathered write, as on Linux. */
  vectors: 1024,
  /** Subscriptions of one poll. */
  subscriptions: 4096,
} as const;
