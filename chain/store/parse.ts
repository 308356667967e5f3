// Reading back what a store holds. Whatever does not read as it was written is damage: the disk's or an intruder's.
import {
  type BlockEntry,
  document,
  type Envelope,
  envelope,
  type Leaf,
  LockstepError,
  parseCanonical,
  parseLeaf,
  type TransactionCode,
} from "../protocol/index.ts";

/** The error for something stored that contradicts something else stored. */
export function corrupt(what: string): LockstepError {
  return new LockstepError("STORAGE_CORRUPT", `the ledger's database is damaged: ${what}; restore it from a copy`);
}

/** The block entry that a leaf must be. */
export function blockEntryOf(leaf: Uint8Array, index: number): BlockEntry {
  const parsed = readLeaf(leaf, index);
  if (parsed.kind !== "block") throw corrupt(`leaf ${index} is not a block entry`);
  return parsed.entry;
}

/** Code and bytes of the transaction that a leaf must be. */
export function transactionOf(leaf: Uint8Array, index: number): { code: TransactionCode; bytes: Uint8Array } {
  const parsed = readLeaf(leaf, index);
  if (parsed.kind !== "transaction") throw corrupt(`leaf ${index} is not a transaction`);
  return { code: parsed.code, bytes: parsed.bytes };
}

function readLeaf(leaf: Uint8Array, index: number): Leaf {
  try {
    return parseLeaf(leaf);
  } catch {
    throw corrupt(`leaf ${index} does not read as a leaf`);
  }
}

/** Bytes of the largest envelope that a transaction can bring: the transaction's own limit. */
export function envelopeOf(bytes: Uint8Array, maxBytes: number): Envelope {
  try {
    return document(envelope, parseCanonical(bytes, maxBytes, "envelope"), "envelope");
  } catch {
    throw corrupt("a receipt's envelope does not read as one");
  }
}
