// Leaves of the ledger's log. Each is canonical JSON with a closed `kind`; per block, in order: every transaction,
// every accepted receipt, one block entry. A receipt's leaf has the form of sigstore's Rekor v2 `hashedrekord`, so
// that stock verifiers rebuild it; `dsse` entries were dropped from that specification.
import { z } from "zod";
import { base64Encode, concat, utf8Encode } from "./bytes.ts";
import type { Crypto } from "./crypto.ts";
import { document, encodeDocument } from "./document.ts";
import { type Envelope, pae } from "./dsse.ts";
import { type ErrorCode, isErrorCode, LockstepError } from "./errors.ts";
import { canonicalize, type Json, parseCanonical } from "./jcs.ts";
import { DOCUMENT_LIMITS } from "./limits.ts";
import { type BlockEntry, blockEntry } from "./receipt.ts";
import { base64Bytes, hashBytes, signatureBytes } from "./schema.ts";
import type { Digest } from "./units.ts";

/** What became of a transaction: applied, or the code of its rejection. */
export type TransactionCode = "OK" | ErrorCode;

/** The log's origin, first line of its checkpoints and name of its key: bound to one chain by the chain's id. */
export const logOrigin = (chain: Digest): string => `lockstep.example/log/${chain}`;

/** DER of an Ed25519 SubjectPublicKeyInfo up to the key's 32 bytes (RFC 8410). */
const SPKI_PREFIX = Uint8Array.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00);

/** An Ed25519 public key as DER SubjectPublicKeyInfo, the form in which other software takes it. */
export const spkiOf = (publicKey: Uint8Array): Uint8Array => concat(SPKI_PREFIX, publicKey);

const hashedRekord = z.strictObject({
  apiVersion: z.literal("0.0.2"),
  kind: z.literal("hashedrekord"),
  spec: z.strictObject({
    hashedRekordV002: z.strictObject({
      data: z.strictObject({ algorithm: z.literal("SHA2_256"), digest: hashBytes }),
      signature: z.strictObject({
        content: signatureBytes,
        verifier: z.strictObject({
          keyDetails: z.literal("PKIX_ED25519"),
          publicKey: z.strictObject({ rawBytes: base64Bytes }),
        }),
      }),
    }),
  }),
});
/** A receipt in the log: digest of what was signed (the envelope's PAE), signature and key. */
export type ReceiptLeaf = z.output<typeof hashedRekord>;

/** The leaf of an accepted receipt, for an envelope signed by `publicKey`. */
export function receiptLeaf(crypto: Crypto, envelope: Envelope, publicKey: Uint8Array): Uint8Array {
  const signed = pae(envelope.payloadType, envelope.payload);
  const digest = base64Encode(crypto.sha256(signed));
  const content = base64Encode(envelope.signatures[0].sig);
  const rawBytes = base64Encode(spkiOf(publicKey));
  return canonicalize({
    apiVersion: "0.0.2",
    kind: "hashedrekord",
    spec: {
      hashedRekordV002: {
        data: { algorithm: "SHA2_256", digest },
        signature: { content, verifier: { keyDetails: "PKIX_ED25519", publicKey: { rawBytes } } },
      },
    },
  });
}

const transactionHead = (code: TransactionCode): Uint8Array =>
  utf8Encode(`{"code":"${code}","kind":"transaction","transaction":`);
const TAIL = utf8Encode("}");

/** The leaf of a transaction. Its bytes are canonical already, so that embedding them needs no second encoding. */
export function transactionLeaf(code: TransactionCode, bytes: Uint8Array): Uint8Array {
  return concat(transactionHead(code), bytes, TAIL);
}

/** The leaf of a block entry. */
export function blockLeaf(entry: BlockEntry): Uint8Array {
  return canonicalize(encodeDocument(blockEntry, entry));
}

/** A leaf, read. `bytes` of a transaction are those that its author signed and sent. */
export type Leaf =
  | { readonly kind: "transaction"; readonly code: TransactionCode; readonly bytes: Uint8Array }
  | { readonly kind: "receipt"; readonly receipt: ReceiptLeaf }
  | { readonly kind: "block"; readonly entry: BlockEntry };

function transactionOf(json: { readonly [member: string]: Json }, bytes: Uint8Array): Leaf {
  const { code, transaction, ...rest } = json;
  const known = code === "OK" || isErrorCode(code);
  // Whether the embedded transaction is one is for `readTransaction`, which also checks its signature.
  if (!known || transaction === undefined || Object.keys(rest).length !== 1) {
    throw new LockstepError("MALFORMED", "a transaction leaf has members code, kind and transaction, and no other");
  }
  return { kind: "transaction", code, bytes: bytes.subarray(transactionHead(code).length, bytes.length - TAIL.length) };
}

/** Reads a leaf. TOO_LARGE, or MALFORMED for anything that the three writers above could not have written. */
export function parseLeaf(bytes: Uint8Array): Leaf {
  const json = parseCanonical(bytes, DOCUMENT_LIMITS.leafBytes, "log leaf");
  if (json !== null && typeof json === "object" && !Array.isArray(json)) {
    const members = json as { readonly [member: string]: Json };
    switch (members["kind"]) {
      case "transaction":
        return transactionOf(members, bytes);
      case "hashedrekord":
        return { kind: "receipt", receipt: document(hashedRekord, json, "receipt leaf") };
      case "block":
        return { kind: "block", entry: document(blockEntry, json, "block entry") };
    }
  }
  throw new LockstepError("MALFORMED", 'a log leaf has a kind: "transaction", "hashedrekord" or "block"');
}
