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
  /** Event streams at once, half of the connections; each may hold `streamBytes`, so 256 MiB. */
  streams: 256,
  /** Bytes that a slow subscriber may let pile up before it is cut off: it reconnects and is caught up. */
  streamBytes: 1024 * 1024,
  /** Blocks with events that are kept for subscribers who come back, of some 300 bytes with one event each. */
  recentBlocks: 2_000,
  /** Bytes of those blocks: half of what a subscriber may let pile up, so that catching up never cuts it off. */
  recentBytes: 512 * 1024,
  /** Between two comments on a quiet stream, so that both ends know that the other is there. */
  heartbeatMs: 15_000,
  /** Bytes of a page of the log at most (one leaf may go beyond): leaves have up to 41 KiB. */
  leavesBytes: 2 * 1024 * 1024,
  /** Due entries looked at for one page of open jobs: at some 0.1 ms each, 20 ms in which nobody else is served. */
  dueEntries: 200,
  /** Bytes of blobs that are held in memory while they come or go: four of the largest. */
  blobBytesOnTheirWay: 256 * 1024 * 1024,
  /** How long requests in progress may take when the node stops: a block's commit takes milliseconds. */
  closingMs: 2_000,
  /** Between two looks for connections that have become idle while the node stops. */
  closingStepMs: 20,
} as const;
