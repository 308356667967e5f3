// The host's own limits, named, with their arithmetic. None of them is a consensus rule.

export const HOST_LIMITS = {
  /** Bytes of one blob: the largest module or input that a job may name. */
  blobBytes: 64 * 1024 * 1024,
  /** Bytes of all blobs of a data directory: 64 of the largest, what a small disk can spare. */
  blobQuotaBytes: 4 * 1024 * 1024 * 1024,
  /** Bytes of a key or trust file: a PKCS8 Ed25519 key has 119. */
  smallFileBytes: 64 * 1024,
} as const;
