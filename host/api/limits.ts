// What the API grants to whoever reaches its port, named, with the arithmetic.

export const API_LIMITS = {
  /** Bytes of a request's head: our longest path has 8 state segments of at most 255 bytes, percent-encoded. */
  headBytes: 16 * 1024,
  /** From a connection's first byte to the end of the request's head. */
  headMs: 10_000,
  /** For a whole request: the largest blob over a slow line of about 1 MB/s. */
  requestMs: 90_000,
  /** Idle time of a kept connection. */
  keepAliveMs: 65_000,
  /** Open connections at once. */
  connections: 512,
  /** Event streams at once; each may hold `streamBytes`. */
  streams: 64,
  /** Bytes that a slow subscriber may let pile up before it is cut off: it reconnects and is caught up. */
  streamBytes: 4 * 1024 * 1024,
  /** Blocks with events that are kept for subscribers who come back: some 1 KiB each. */
  recentBlocks: 2_000,
  /** Between two comments on a quiet stream, so that both ends know that the other is there. */
  heartbeatMs: 15_000,
  /** Bytes of a page of the log at most (one leaf may go beyond): leaves have up to 55 KiB. */
  leavesBytes: 2 * 1024 * 1024,
  /** Due entries looked at for one listing of open jobs. */
  dueEntries: 10_000,
} as const;
