// The form of a receipt: all that can be told without a key. The file is attacker-controlled down to the last bit,
// and much of it is covered by no signature; so each such field must equal what signed data says, or the file is
// MALFORMED (chain/SPEC.md, V1 to V6). Only then do two files that differ never both pass for the same receipt.
import {
  type BlockEntry,
  type Bundle,
  type Checkpoint,
  type Crypto,
  DOCUMENT_LIMITS,
  document,
  type Envelope,
  equalBytes,
  type JobRecord,
  jobRecord,
  type KeyId,
  LOCAL_RECEIPT_PREDICATE,
  LockstepError,
  type NoteSignature,
  parseCanonical,
  parseCheckpoint,
  parseNote,
  publicKeyOf,
  type RecordProof,
  readReceiptFile,
  readStatement,
  receiptId,
  receiptLeaf,
  STATEMENT_PAYLOAD_TYPE,
  utf8Encode,
} from "../protocol/index.ts";
import type { ReceiptContent } from "./report.ts";

/** The receipt's place in a log, taken apart. */
export interface LogForm {
  readonly index: number;
  readonly leaf: Uint8Array;
  readonly hashes: readonly Uint8Array[];
  /** Sigstore's id of the log, 32 bytes. */
  readonly logId: Uint8Array;
  readonly head: Checkpoint;
  /** What the head's signature covers, and the one signature. */
  readonly signed: Uint8Array;
  readonly line: NoteSignature;
}

/** A receipt of the right form. Nothing about its truth is known yet. */
export interface ReceiptForm extends ReceiptContent {
  readonly envelope: Envelope;
  readonly provider: KeyId;
  readonly log: LogForm | null;
  readonly proof: RecordProof | null;
}

function require(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new LockstepError("MALFORMED", sentence);
}

type Entry = Bundle["verificationMaterial"]["tlogEntries"][number];

function readLog(crypto: Crypto, entry: Entry, envelope: Envelope, provider: KeyId): LogForm {
  const { logIndex, inclusionProof: proof, canonicalizedBody: leaf } = entry;
  const note = parseNote(utf8Encode(proof.checkpoint.envelope));
  const head = parseCheckpoint(note.text);
  const [line] = note.signatures;
  // A second line, even of an unknown key, would be a part of the file that nothing vouches for.
  require(line !== undefined && note.signatures.length === 1, "the checkpoint must carry exactly one signature");
  require(line.name === head.origin, "the checkpoint must be signed in the name of its own origin");
  require(note.text.split("\n").length === 4, "the checkpoint must have no extension lines");
  require(equalBytes(
    entry.logId.keyId.subarray(0, line.id.length),
    line.id,
  ), "logId is not that of the checkpoint's key");
  require(proof.logIndex === logIndex, "inclusionProof.logIndex differs from logIndex");
  require(proof.treeSize === head.size, "inclusionProof.treeSize differs from the checkpoint's");
  require(equalBytes(proof.rootHash, head.root), "inclusionProof.rootHash differs from the checkpoint's");
  const own = receiptLeaf(crypto, envelope, publicKeyOf(provider));
  require(equalBytes(leaf, own), "canonicalizedBody is not the log leaf of this envelope");
  return {
    index: logIndex,
    leaf,
    hashes: proof.hashes,
    logId: entry.logId.keyId,
    head,
    signed: utf8Encode(note.text),
    line,
  };
}

function readRecord(proof: RecordProof | null): { record: JobRecord; block: BlockEntry } | null {
  if (proof === null) return null;
  const json = parseCanonical(proof.record, DOCUMENT_LIMITS.recordBytes, "job record");
  return { record: document(jobRecord, json, "job record"), block: proof.block };
}

/** Reads a receipt's bytes. TOO_LARGE or MALFORMED, with the first thing wrong. */
export function readForm(crypto: Crypto, bytes: Uint8Array): ReceiptForm {
  const { bundle, record: proof } = readReceiptFile(bytes);
  const envelope = bundle.dsseEnvelope;
  require(envelope.payloadType === STATEMENT_PAYLOAD_TYPE, "the envelope does not hold an in-toto statement");
  const statement = readStatement(envelope.payload);
  const provider = statement.predicate.observations.provider;
  require(envelope.signatures[0].keyid === provider, "the envelope's keyid is not the provider's key");
  require(bundle.verificationMaterial.publicKey.hint === provider, "the bundle's key hint is not the provider's key");
  const [entry] = bundle.verificationMaterial.tlogEntries;
  if (statement.predicateType === LOCAL_RECEIPT_PREDICATE) {
    require(entry === undefined && proof === null, "a local receipt has no log entry and no job record");
  }
  require(entry !== undefined || proof === null, "a job record needs the log entry whose checkpoint covers it");
  const log = entry === undefined ? null : readLog(crypto, entry, envelope, provider);
  const { record, block } = readRecord(proof) ?? { record: null, block: null };
  return { id: receiptId(crypto, envelope.payload), statement, record, block, envelope, provider, log, proof };
}
