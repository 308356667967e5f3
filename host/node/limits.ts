// The host's own limits, named, with their arithmetic. None of them is a consensus rule.

import { WIRE_LIMITS } from "../wire.ts";

/** Limits of nodes and providers. */
export const HOST_LIMITS = {
  /** Bytes of one blob: the largest module or input that a job may name. */
  blobBytes: WIRE_LIMITS.blobBytes,
  /** Bytes of all blobs of a data directory: 64 of the largest, what a small disk can spare. */
  blobQuotaBytes: 4 * 1024 * 1024 * 1024,
  /** What even the smallest blob counts: a block of the disk, and some memory here. A full store has a million. */
  blobLeastBytes: 4096,
  /** How long a job's input, output and logs are promised: a week to fetch them. Longer where its deadline is. */
  namedBlobMs: 7 * 24 * 3600 * 1000,
  /** Until when a deployed module is promised, in ms since 1970: the year 2100, which every file system can tell. */
  foreverMs: 4_102_444_800_000,
  /** Bytes of a key file or a kept envelope: a PKCS8 Ed25519 key has 119, an envelope at most 11 KiB. */
  smallFileBytes: 64 * 1024,
  /** Attempts that a provider works on at once: more than two cores run, so that fetching and sending overlap. */
  attemptsAtOnce: 16,
  /** Assignments that wait behind them; 64 bytes each. More wait on the ledger, which hands them on in time. */
  attemptsWaiting: 10_000,
  /** Pause before a provider tries again what the node did not answer. */
  providerRetryMs: 500,
  /** Times that a guest is run whose process dies each time. */
  runTries: 3,
  /** Tries to store an output: ten seconds, the least grace that the ledger's parameters give in practice. */
  outputTries: 20,
  /** Modules that a provider remembers, at most `blobBytes` each. */
  modulesKept: 8,
} as const;
