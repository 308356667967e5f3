// The receipt: an in-toto statement of one result, sealed in a DSSE envelope by the provider's key, held by a Sigstore
// bundle that carries the ledger's log inclusion, beside the proof that the job's record in the state names this receipt.
import { z } from "zod";
import { envelope } from "./dsse.ts";
import { answer, call } from "./equation.ts";
import {
  base64Bytes,
  decimal,
  digestText,
  hashBytes,
  heightText,
  keyText,
  safeSize,
  shortText,
  timeText,
} from "./schema.ts";
import { treeProof } from "./tree-proof.ts";

/** In-toto's statement type. */
export const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";
/** DSSE payload type of an in-toto statement. */
export const STATEMENT_PAYLOAD_TYPE = "application/vnd.in-toto+json";
/** Predicate type of a receipt that answers a job on a ledger. */
export const RECEIPT_PREDICATE = "https://lockstep.example/receipt/v1";
/** Predicate type of a local run's receipt: no job, no ledger, only the word of the key that signed it. */
export const LOCAL_RECEIPT_PREDICATE = "https://lockstep.example/local-receipt/v1";
/** Media type of the receipt file. */
export const RECEIPT_MEDIA_TYPE = "application/vnd.lockstep.receipt.v1+json";
/** Media type of the Sigstore bundle inside it. */
export const BUNDLE_MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";

/** What stands beside the equation: never compared, never voted on. */
export const observations = z.strictObject({
  /** The key that signed, which must also be the key that verifies the envelope. */
  provider: keyText,
  engine: z.strictObject({ name: shortText, version: shortText }),
  /** Name and version of the host software. */
  host: z.strictObject({ name: shortText, version: shortText }),
  /** Walls that stood around the guest, outermost first. */
  isolation: z.array(shortText).max(8),
  /** When the run began, by the provider's own clock. */
  started: timeText,
  /** How long it took, in whole microseconds. */
  elapsedUs: decimal,
  /** Processor time and peak memory as the kernel counted them, where the kind of sandbox has them. */
  usage: z.strictObject({ cpuUs: decimal, peakBytes: safeSize }).optional(),
});
/** What stands beside the equation. */
export type Observations = z.output<typeof observations>;

/** The equation bound to one attempt of one job on one chain. */
export const ledgerResult = z.strictObject({
  chain: digestText,
  job: digestText,
  attempt: z.int().min(1).max(64),
  call,
  answer,
});
/** The equation bound to one attempt of one job on one chain. */
export type LedgerResult = z.output<typeof ledgerResult>;

/** The equation of a local run, bound to nothing. */
export const localResult = z.strictObject({ call, answer });
/** The equation of a local run, bound to nothing. */
export type LocalResult = z.output<typeof localResult>;

const subject = z.tuple([
  z.strictObject({ name: z.literal("output"), digest: z.strictObject({ sha256: digestText }) }),
]);
const statementOf = <Type extends string, Result extends z.ZodType>(predicateType: Type, result: Result) =>
  z.strictObject({
    _type: z.literal(STATEMENT_TYPE),
    subject,
    predicateType: z.literal(predicateType),
    predicate: z.strictObject({ result, observations }),
  });

/** The signed statement, of a ledger job or of a local run. */
export const statement = z.discriminatedUnion("predicateType", [
  statementOf(RECEIPT_PREDICATE, ledgerResult),
  statementOf(LOCAL_RECEIPT_PREDICATE, localResult),
]);
/** The signed statement. */
export type Statement = z.output<typeof statement>;

/** A tree's size or a leaf's index, up to 2^53 - 1, as a decimal string. */
const treeNumber = z.codec(decimal, z.int().min(0), { decode: Number, encode: BigInt });
/** Hashes of an inclusion proof: one for each level of a tree of 2^53 leaves, and some. */
const PATH_HASHES = 63;
/** Characters of a checkpoint in a receipt: about 250 as our ledger signs it. */
const NOTE_CHARS = 4096;
const hashes = z.array(hashBytes).max(PATH_HASHES);

/** A Sigstore bundle v0.3 with a DSSE envelope and at most one entry of our log. */
export const bundle = z.strictObject({
  mediaType: z.literal(BUNDLE_MEDIA_TYPE),
  dsseEnvelope: envelope,
  verificationMaterial: z.strictObject({
    publicKey: z.strictObject({ hint: keyText }),
    tlogEntries: z
      .array(
        z.strictObject({
          logIndex: treeNumber,
          logId: z.strictObject({ keyId: hashBytes }),
          kindVersion: z.strictObject({ kind: z.literal("hashedrekord"), version: z.literal("0.0.2") }),
          integratedTime: z.literal("0"),
          inclusionProof: z.strictObject({
            logIndex: treeNumber,
            rootHash: hashBytes,
            treeSize: treeNumber,
            hashes,
            checkpoint: z.strictObject({ envelope: z.string().max(NOTE_CHARS) }),
          }),
          canonicalizedBody: base64Bytes,
        }),
      )
      .max(1),
  }),
});
/** A Sigstore bundle as we write it. */
export type Bundle = z.output<typeof bundle>;

/** A block entry in the log: it commits the state root, height and time of its block. */
export const blockEntry = z.strictObject({
  kind: z.literal("block"),
  chain: digestText,
  height: heightText,
  time: timeText,
  stateRoot: digestText,
  transactions: safeSize,
  receipts: safeSize,
});
/** A block entry in the log. */
export type BlockEntry = z.output<typeof blockEntry>;

/**
 * Proof that the ledger's state held a record: record ← state root ← block entry ← log. Its tree head is the bundle's
 * checkpoint: one signed head covers both the receipt's leaf and the record, since two heads would prove nothing
 * about each other.
 */
export const recordProof = z.strictObject({
  /** The job record's bytes (JCS), base64. */
  record: base64Bytes,
  state: treeProof,
  block: blockEntry,
  /** The block entry's place in the log, and its path to the root of the bundle's checkpoint. */
  index: treeNumber,
  hashes,
});
/** Proof that the ledger's state held a record. */
export type RecordProof = z.output<typeof recordProof>;

/** The receipt file. A local receipt has no log entry and no record; a ledger receipt has both. */
export const receiptFile = z.strictObject({
  mediaType: z.literal(RECEIPT_MEDIA_TYPE),
  bundle,
  record: recordProof.nullable(),
});
/** The receipt file. */
export type ReceiptFile = z.output<typeof receiptFile>;
