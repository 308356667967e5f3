// Every limit of the protocol, named, with its arithmetic. Each of them is a consensus rule: changing one is a
// new chain or a new version of the documents.

/** Limits of any canonical JSON document. */
export const DOCUMENT_LIMITS = {
  /** Nesting of arrays and objects: our deepest document has 8 levels, sigstore's bundle 6. */
  depth: 16,
  /** Characters of an identifier such as an entry, ABI or profile name. */
  identifierChars: 128,
  /** Bytes of one signed transaction: a result of about 3 KiB plus a context of at most 16 KiB, doubled. */
  transactionBytes: 40 * 1024,
  /** Bytes of one receipt file: payload 4 KiB, base64 and bundle around it, three proofs of at most 64 × 44 B × 8. */
  receiptBytes: 256 * 1024,
  /** Bytes of an order's context document. */
  contextBytes: 16 * 1024,
  /** Bytes of a genesis file: a few hundred balances. */
  genesisBytes: 1024 * 1024,
} as const;
