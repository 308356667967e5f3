// DSSE envelopes (github.com/secure-systems-lab/dsse, protocol v1.0.2): a payload of a named type under exactly one
// Ed25519 signature. The signature covers the payload's bytes as received; nobody encodes them again to check.
import { z } from "zod";
import type { Admission } from "./admission.ts";
import { concat, utf8Encode } from "./bytes.ts";
import type { Crypto, Signer } from "./crypto.ts";
import { LockstepError } from "./errors.ts";
import { keyId } from "./keys.ts";
import { base64Bytes, keyText, shortText, signatureBytes } from "./schema.ts";
import type { KeyId } from "./units.ts";

/** A signed payload: closed, one signature, `keyid` naming the key that must have made it. */
export const envelope = z.strictObject({
  payload: base64Bytes,
  payloadType: shortText,
  signatures: z.tuple([z.strictObject({ keyid: keyText, sig: signatureBytes })]),
});
/** A signed payload. `payload` and `sig` are bytes here and canonical base64 in JSON. */
export type Envelope = z.output<typeof envelope>;

/** The bytes that a DSSE signature covers: `DSSEv1`, then type and payload, each after its length in bytes. */
export function pae(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = utf8Encode(payloadType);
  return concat(utf8Encode(`DSSEv1 ${type.length} `), type, utf8Encode(` ${payload.length} `), payload);
}

/** Signs a payload. */
export function seal(signer: Signer, payloadType: string, payload: Uint8Array): Envelope {
  const sig = signer.sign(pae(payloadType, payload));
  return { payload, payloadType, signatures: [{ keyid: keyId(signer.publicKey), sig }] };
}

/** What an envelope said once its signature was checked. */
export interface Opened {
  readonly payload: Uint8Array;
  /** The key that signed. That it signed says nothing of whether it may: that is the caller's question. */
  readonly signer: KeyId;
}

/**
 * Checks the one signature under the key that the envelope names. MALFORMED for another payload type,
 * KEY_REFUSED for a key that may not sign, SIGNATURE_INVALID when the signature is not that key's.
 */
export function openEnvelope(crypto: Crypto, admission: Admission, sealed: Envelope, payloadType: string): Opened {
  if (sealed.payloadType !== payloadType) {
    throw new LockstepError("MALFORMED", `the envelope holds "${sealed.payloadType}", not "${payloadType}"`);
  }
  const [{ keyid, sig }] = sealed.signatures;
  const publicKey = admission.admitted(keyid);
  if (!crypto.verify(publicKey, pae(payloadType, sealed.payload), sig)) {
    throw new LockstepError("SIGNATURE_INVALID", `the envelope's signature is not one of key ${keyid}`);
  }
  return { payload: sealed.payload, signer: keyid };
}
