// The ledger's own limits. All but the caches and the portions are consensus rules: every node must use the same.

/** Limits of the ledger. */
export const LEDGER_LIMITS = {
  /** Due entries worked off per block, about 50 µs each, so half a second; what is left is due in the next block. */
  duePerBlock: 10_000,
  /** Due entries read at a time, a divisor of `duePerBlock`; not a consensus rule. */
  duePortion: 16,
  /** Waiting jobs offered to providers per block: 256 draws over at most 4,096 providers are a million comparisons. */
  drawsPerBlock: 256,
  /** Providers at a time: each draw looks at all of them. */
  providers: 4096,
  /**
   * Longest duration in a genesis, and latest block time, in milliseconds: 2^53, about 285,000 years. A time plus a
   * few durations then stays below 2^63, so that no sum of times can overflow.
   */
  time: 2n ** 53n,
  /** Accounts kept decoded between blocks: about 400 bytes each, so 26 MB. Forgetting one costs a read. */
  cachedAccounts: 65_536,
  /** Deployments kept decoded: about 1 KB each, so 4 MB. */
  cachedDeployments: 4096,
  /** Jobs kept decoded: about 2 KB each, up to 5 KB with 64 providers tried, so 8 to 20 MB. */
  cachedJobs: 4096,
  /** Values read at a time when the state is read whole. */
  scan: 1000,
} as const;
