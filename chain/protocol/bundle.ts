// The receipt file: a Sigstore bundle with our log's inclusion, beside the proof of the job's record. Every field
// that no signature covers is derived here from what one covers, and a verifier refuses any other value.
import { utf8Encode } from "./bytes.ts";
import { type Checkpoint, parseCheckpoint } from "./checkpoint.ts";
import { document, encodeDocument } from "./document.ts";
import type { Envelope } from "./dsse.ts";
import { canonicalize, parseCanonical } from "./jcs.ts";
import { DOCUMENT_LIMITS } from "./limits.ts";
import { type NoteKey, parseNote } from "./note.ts";
import {
  BUNDLE_MEDIA_TYPE,
  type Bundle,
  RECEIPT_MEDIA_TYPE,
  type ReceiptFile,
  type RecordProof,
  receiptFile,
} from "./receipt.ts";

/** A leaf's place in the log and its path to the root of the tree head at hand. */
export interface Logged {
  readonly leaf: Uint8Array;
  readonly index: number;
  readonly hashes: readonly Uint8Array[];
}

/** A signed tree head and the log's key that signed it. */
export interface SignedHead {
  /** C2SP checkpoint with its signature, as text. */
  readonly checkpoint: string;
  readonly key: NoteKey;
}

/** What the checkpoint of a receipt says, unchecked. */
export const readHead = (checkpoint: string): Checkpoint => parseCheckpoint(parseNote(utf8Encode(checkpoint)).text);

function entryOf(logged: Logged, head: SignedHead) {
  const { size, root } = readHead(head.checkpoint);
  return {
    logIndex: logged.index,
    logId: { keyId: head.key.id },
    kindVersion: { kind: "hashedrekord", version: "0.0.2" } as const,
    integratedTime: "0" as const,
    inclusionProof: {
      logIndex: logged.index,
      rootHash: root,
      treeSize: size,
      hashes: [...logged.hashes],
      checkpoint: { envelope: head.checkpoint },
    },
    canonicalizedBody: logged.leaf,
  };
}

/** The Sigstore bundle of an envelope; with its inclusion in the log when it has one. */
export function buildBundle(envelope: Envelope, at: { logged: Logged; head: SignedHead } | null): Bundle {
  return {
    mediaType: BUNDLE_MEDIA_TYPE,
    dsseEnvelope: envelope,
    verificationMaterial: {
      publicKey: { hint: envelope.signatures[0].keyid },
      tlogEntries: at === null ? [] : [entryOf(at.logged, at.head)],
    },
  };
}

/** What the ledger adds to an envelope: inclusion of its leaf and the job's record, both under one tree head. */
export interface LedgerProofs {
  readonly logged: Logged;
  readonly head: SignedHead;
  readonly record: RecordProof | null;
}

/** The receipt file's bytes: canonical JSON. A local run has no proofs. MALFORMED when a value does not fit. */
export function buildReceiptFile(envelope: Envelope, proofs: LedgerProofs | null): Uint8Array {
  const file: ReceiptFile = {
    mediaType: RECEIPT_MEDIA_TYPE,
    bundle: buildBundle(envelope, proofs),
    record: proofs === null ? null : proofs.record,
  };
  return canonicalize(encodeDocument(receiptFile, file));
}

/** Reads a receipt file by its form alone: TOO_LARGE, or MALFORMED when it is not canonical or does not fit. */
export function readReceiptFile(bytes: Uint8Array): ReceiptFile {
  return document(receiptFile, parseCanonical(bytes, DOCUMENT_LIMITS.receiptBytes, "receipt"), "receipt");
}
