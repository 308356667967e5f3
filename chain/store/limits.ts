// The store's own numbers, with their arithmetic. None is a consensus rule: another store may choose others.

/** Limits and sizes of stores. */
export const STORE_LIMITS = {
  /** Hashes in one row of the log's nodes: 128 × 32 B = 4 KiB, one database page; a proof reads about 20 rows. */
  hashesPerRow: 128,
  /** Leaves that one call may read: 1,000 × at most 41 KiB. */
  leavesPerRead: 1000,
  /** Direct children that one scan may return. */
  scanEntries: 10_000,
  /** Largest file that is checked page by page at opening: about 1 GB/s, so a quarter of a second. */
  checkedFileBytes: 256 * 1024 * 1024,
  /** Bytes of a database page. */
  pageBytes: 4096,
  /** KiB of pages that SQLite keeps in memory: about 250,000 records. */
  cacheKib: 64 * 1024,
  /** Pages of the write-ahead log after which SQLite moves it into the database: 16,000 × 4 KiB = 64 MiB, moved once each. */
  walPages: 16_000,
} as const;
