// Every limit of the protocol, named, with its arithmetic. Each of them is a consensus rule: changing one is a
// new chain or a new version of the documents.

/** Limits of any canonical JSON document. */
export const DOCUMENT_LIMITS = {
  /** Nesting of arrays and objects: our deepest document has 8 levels, sigstore's bundle 6. */
  depth: 16,
  /** Characters of an identifier such as an entry, ABI or profile name. */
  identifierChars: 128,
  /** Bytes of one signed transaction: a result takes about 3 KiB; the rest is room for an order's context. */
  transactionBytes: 40 * 1024,
  /** Bytes of one receipt file: payload of 8 KiB twice in base64 and leaf, record of 16 KiB, two paths of 63 hashes
   * and a state proof of 2 × 256 hashes at 47 B each: 74 KiB at worst, 6.4 KiB as a ledger of 1,000 leaves makes it. */
  receiptBytes: 256 * 1024,
  /** Bytes of a statement: about 1.5 KiB as we write it, below 5 KiB with every identifier at its longest. */
  statementBytes: 8 * 1024,
  /** Bytes of a leaf in the log: a transaction with its code and kind around it. */
  leafBytes: 41 * 1024,
  /** Bytes of a record: a job's has about 1 KiB, 5 KiB with 64 providers tried, and no other is larger. */
  recordBytes: 16 * 1024,
  /** Bytes of a genesis file: a few hundred balances. */
  genesisBytes: 1024 * 1024,
} as const;

/**
 * Parts of a deployment, about 110 bytes each: its record stays below `recordBytes` with 64 callers besides. Of the
 * largest blobs they are 6 GiB.
 */
export const DEPLOYMENT_PARTS = 96;

/** Limits of a context. An order's has to fit its transaction, too, so that all of it at once never does. */
export const CONTEXT_LIMITS = {
  /** Arguments. */
  args: 64,
  /** Variables of the environment. */
  env: 64,
  /** Bytes of UTF-8 of an argument or of a variable's value. */
  textBytes: 4096,
  /** Files. Each takes 120 bytes and its path of an order. */
  files: 64,
  /** Bytes of UTF-8 of a file's path: below the 255 that a tar or a file system takes, with room for a folder around. */
  pathBytes: 240,
  /** Bytes of all files together: who runs the call holds them in memory, as it holds the input. */
  fileBytes: 256 * 1024 * 1024,
} as const;

/** Limits of the state tree. */
export const TREE_LIMITS = {
  /** Segments of a path: our deepest has 4, the rest is room for paths with owners below actors. */
  segments: 8,
  /** UTF-8 bytes of a segment: what its one length byte can say. */
  segmentBytes: 255,
  /** Levels of inner nodes in one tree: the bits of a SHA-256 key hash. */
  depth: 256,
  /** Bytes of a value: the largest document, a genesis file. */
  valueBytes: 1024 * 1024,
  /** Entries of one prefix that a verifier rebuilds: 2^17 at about 3 µs of hashing each is under half a second. */
  prefixEntries: 128 * 1024,
} as const;

/** Limits of a signed note, such as a checkpoint. */
export const NOTE_LIMITS = {
  /** The specification wants at least 16 accepted; this leaves room for witnesses. */
  signatures: 64,
  /** 16 post-quantum signatures of strangers, at 5 kB and a third more in base64, take 107 kB. */
  bytes: 128 * 1024,
} as const;
