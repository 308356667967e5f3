// The embedded sequencer's numbers, with their arithmetic. They bound its memory and its block sizes; the ledger's
// rules know none of them.

/** Limits of the sequencer. */
export const SEQUENCER_LIMITS = {
  /** Transactions in one block: at about 100 µs each, a tenth of a second in which nobody else is served. */
  blockTransactions: 1000,
  /** Bytes of transactions in one block: 1,000 of 8 KiB; one of the largest, 40 KiB, always fits. */
  blockBytes: 8 * 1024 * 1024,
  /** Transactions that may wait: ten full blocks, about a second of work. */
  queuedTransactions: 10_000,
  /** Bytes that may wait: eight full blocks. */
  queuedBytes: 64 * 1024 * 1024,
  /** Leaves without a block entry after which a replay gives a log up: ten of the largest blocks. */
  replayedBlockLeaves: 20_000,
  /** Those who listen for blocks. */
  listeners: 1024,
  /** Milliseconds until a block that was due and failed is tried again. */
  retryMs: 1000,
  /** The longest wait handed to a timer, in milliseconds; timers count in 31 bits. */
  longestWaitMs: 3_600_000,
} as const;
