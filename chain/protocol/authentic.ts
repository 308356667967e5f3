// From bytes to a transaction whose signature holds, and back. Authenticity depends on the bytes alone, never on
// the ledger's state, so it is settled once at the edge and carried by the type.
import type { Admission } from "./admission.ts";
import { base64Encode } from "./bytes.ts";
import type { Crypto, Signer } from "./crypto.ts";
import { document, encodeDocument } from "./document.ts";
import { pae } from "./dsse.ts";
import { LockstepError } from "./errors.ts";
import { canonicalize, digestOf, digestOfBytes, type Json, parseCanonical } from "./jcs.ts";
import { keyId } from "./keys.ts";
import { DOCUMENT_LIMITS } from "./limits.ts";
import { ROTATION_TYPE, TRANSACTION_TYPE, type TransactionBody, transaction, transactionBody } from "./transaction.ts";
import type { AccountId, Digest, KeyId, Nonce } from "./units.ts";

declare const authentic: unique symbol;

/** A transaction whose form was checked and whose signature verified. Only `readTransaction` makes one. */
export interface AuthenticTransaction {
  readonly [authentic]: true;
  /** Digest of the body's JCS; for a `job` also the job's id. Signatures don't enter it. */
  readonly id: Digest;
  readonly body: TransactionBody;
  /** The key that signed. Whether it speaks for `body.from` is the ledger's question. */
  readonly key: KeyId;
  /** The transaction as it travelled: canonical JSON. */
  readonly bytes: Uint8Array;
}

/** 64 bytes in base64. */
const SIGNATURE_DIGITS = 88;
const PREFIX = '{"body":'.length;

/** The body's own bytes inside a canonical transaction: the members stand in the order body, key, signature. */
function bodyBytes(bytes: Uint8Array, key: KeyId): Uint8Array {
  const tail = `,"key":"${key}","signature":""}`.length + SIGNATURE_DIGITS;
  return bytes.subarray(PREFIX, bytes.length - tail);
}

/** The member of a JSON object that is its own, if it has one. */
function member(json: Json | undefined, name: string): Json | undefined {
  if (json === null || typeof json !== "object" || !Object.hasOwn(json, name)) return undefined;
  return (json as { readonly [name: string]: Json })[name];
}

/** Another version's form is not ours to judge, so its number is looked at before the form. */
function checkVersion(json: Json): void {
  const version = member(member(json, "body"), "version");
  if (typeof version !== "number" || version === 1) return;
  throw new LockstepError("TX_VERSION", `the transaction has version ${version}, this software knows version 1`);
}

/**
 * Reads a transaction from hostile bytes. TOO_LARGE, MALFORMED, TX_VERSION, KEY_REFUSED for a key unfit for signing,
 * SIGNATURE_INVALID when the signature does not hold over this body.
 */
export function readTransaction(crypto: Crypto, admission: Admission, bytes: Uint8Array): AuthenticTransaction {
  const json = parseCanonical(bytes, DOCUMENT_LIMITS.transactionBytes, "transaction");
  checkVersion(json);
  const { body, key, signature } = document(transaction, json, "transaction");
  const signed = bodyBytes(bytes, key);
  const holds = crypto.verify(admission.admitted(key), pae(TRANSACTION_TYPE, signed), signature);
  if (!holds) {
    throw new LockstepError("SIGNATURE_INVALID", `the transaction's signature does not verify under ${key}`);
  }
  return { id: digestOfBytes(crypto, signed), body, key, bytes } as unknown as AuthenticTransaction;
}

/** Signs a body: the canonical bytes to submit. MALFORMED when the body does not fit its own schema. */
export function signTransaction(signer: Signer, body: TransactionBody): Uint8Array {
  const json = encodeDocument(transactionBody, body);
  const signature = signer.sign(pae(TRANSACTION_TYPE, canonicalize(json)));
  return canonicalize({ body: json, key: keyId(signer.publicKey), signature: base64Encode(signature) });
}

/** The id that a body has as a transaction, and, for a `job`, as a job. */
export function transactionId(crypto: Crypto, body: TransactionBody): Digest {
  return digestOf(crypto, encodeDocument(transactionBody, body));
}

/** What a new key signs to agree to speak for an account: bound to chain, account and the rotation's nonce. */
export function rotationMessage(chain: Digest, account: AccountId, nonce: Nonce): Uint8Array {
  const statement: Json = { account, chain, nonce: String(nonce) };
  return pae(ROTATION_TYPE, canonicalize(statement));
}

/** The `proof` of a `rotate` transaction. */
export function signRotation(newKey: Signer, chain: Digest, account: AccountId, nonce: Nonce): Uint8Array {
  return newKey.sign(rotationMessage(chain, account, nonce));
}
