// Statements: what a provider signs about one run. Sealing and reading lie side by side so that what we write is
// what we accept; reading takes bytes from strangers and trusts nothing in them.
import type { Crypto, Signer } from "./crypto.ts";
import { document, encodeDocument } from "./document.ts";
import { type Envelope, seal } from "./dsse.ts";
import { LockstepError } from "./errors.ts";
import { canonicalize, digestOfBytes, parseCanonical } from "./jcs.ts";
import { keyId } from "./keys.ts";
import { DOCUMENT_LIMITS } from "./limits.ts";
import {
  type LedgerResult,
  LOCAL_RECEIPT_PREDICATE,
  type LocalResult,
  type Observations,
  RECEIPT_PREDICATE,
  STATEMENT_PAYLOAD_TYPE,
  STATEMENT_TYPE,
  type Statement,
  statement,
} from "./receipt.ts";
import type { Digest } from "./units.ts";

/** A signed statement and its id. */
export interface SealedReceipt {
  readonly envelope: Envelope;
  /** The receipt id: digest of the statement's bytes. */
  readonly id: Digest;
  /** The statement's bytes (JCS), which the envelope carries as its payload. */
  readonly statementBytes: Uint8Array;
}

/** The receipt id: digest of the statement's bytes. */
export function receiptId(crypto: Crypto, statementBytes: Uint8Array): Digest {
  return digestOfBytes(crypto, statementBytes);
}

function statementOf(result: LedgerResult | LocalResult, observations: Observations): Statement {
  const common = {
    _type: STATEMENT_TYPE,
    subject: [{ name: "output", digest: { sha256: result.answer.output.sha256 } }],
  } satisfies Partial<Statement>;
  if ("chain" in result) {
    return { ...common, predicateType: RECEIPT_PREDICATE, predicate: { result, observations } };
  }
  return { ...common, predicateType: LOCAL_RECEIPT_PREDICATE, predicate: { result, observations } };
}

/**
 * Signs the result of a job, or of a local run when it names no chain. The provider in the observations is the
 * signer's own key. MALFORMED when a value does not fit the schema.
 */
export function sealReceipt(
  crypto: Crypto,
  signer: Signer,
  result: LedgerResult | LocalResult,
  observed: Omit<Observations, "provider">,
): SealedReceipt {
  const value = statementOf(result, { ...observed, provider: keyId(signer.publicKey) });
  const statementBytes = canonicalize(encodeDocument(statement, value));
  const envelope = seal(signer, STATEMENT_PAYLOAD_TYPE, statementBytes);
  return { envelope, id: receiptId(crypto, statementBytes), statementBytes };
}

/**
 * Reads a statement from an envelope's payload. TOO_LARGE, or MALFORMED when the bytes are not canonical, do not fit
 * the schema, or name a subject other than the answer's own output. Says nothing about who signed it.
 */
export function readStatement(payload: Uint8Array): Statement {
  const json = parseCanonical(payload, DOCUMENT_LIMITS.statementBytes, "statement");
  const value = document(statement, json, "statement");
  if (value.subject[0].digest.sha256 !== value.predicate.result.answer.output.sha256) {
    throw new LockstepError("MALFORMED", "statement.subject[0] names another digest than the answer's output");
  }
  return value;
}
