// The limits of what a verifier is handed; those of the documents themselves lie in chain/protocol.

/** Limits of offline verification. */
export const LIGHT_LIMITS = {
  /** Keys of one verifier: many ledgers and providers, each log key admitted at the cost of a millisecond. */
  trustedKeys: 4096,
  /** Characters of a verifier key: a name of 256, an id of 8, a key of 44 and two plus signs, rounded up. */
  verifierKeyChars: 320,
  /** Bytes of a trust file: 4096 keys of 256 B each with their notes. */
  trustFileBytes: 1024 * 1024,
} as const;
