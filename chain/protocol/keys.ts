// Key ids: Ed25519 public keys as `did:key:z6Mk…` (multibase base58btc of the multicodec prefix ed01 and the 32
// bytes). Spelling only: whether a key is fit for signing is admission's question, in `admission.ts`.
import { LockstepError } from "./errors.ts";
import type { KeyId } from "./units.ts";

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const SCHEME = "did:key:z";
/** 34 bytes that begin with 0xed always take 47 base58 digits, since 58^46 < 0xed01 × 2^256 < 58^47. */
const DIGITS = 47;
const MULTICODEC = 0xed01n;
const KEY_BITS = 256n;

/** The id of an Ed25519 public key; MALFORMED unless it has 32 bytes. */
export function keyId(publicKey: Uint8Array): KeyId {
  if (publicKey.length !== 32) {
    throw new LockstepError("MALFORMED", `an Ed25519 public key has 32 bytes, not ${publicKey.length}`);
  }
  let number = MULTICODEC;
  for (const byte of publicKey) number = (number << 8n) | BigInt(byte);
  let digits = "";
  for (; number > 0n; number /= 58n) digits = ALPHABET[Number(number % 58n)]! + digits;
  return (SCHEME + digits) as KeyId;
}

function decode(text: string): Uint8Array | null {
  // Bounded before decoding: base58 costs the square of its length.
  if (text.length !== SCHEME.length + DIGITS || !text.startsWith(SCHEME)) return null;
  let number = 0n;
  for (let at = SCHEME.length; at < text.length; at++) {
    const value = ALPHABET.indexOf(text[at]!);
    if (value < 0) return null;
    number = number * 58n + BigInt(value);
  }
  if (number >> KEY_BITS !== MULTICODEC) return null;
  const publicKey = new Uint8Array(32);
  for (let at = 31; at >= 0; at--) {
    publicKey[at] = Number(number & 255n);
    number >>= 8n;
  }
  return publicKey;
}

/** The 32-byte public key that an id names; MALFORMED unless the id is spelled in its one form. */
export function publicKeyOf(id: KeyId | string): Uint8Array {
  const publicKey = decode(id);
  if (publicKey === null || keyId(publicKey) !== id) {
    throw new LockstepError("MALFORMED", `"${id.slice(0, 80)}" is not an Ed25519 key id (did:key:z6Mk…)`);
  }
  return publicKey;
}

/** Checks and brands a key id; MALFORMED unless it is spelled in its one form. */
export function parseKeyId(text: string): KeyId {
  publicKeyOf(text);
  return text as KeyId;
}

const FORM = /^did:key:z[1-9A-HJ-NP-Za-km-z]{47}$/;
const LEAST = keyId(new Uint8Array(32));
const MOST = keyId(new Uint8Array(32).fill(0xff));

/**
 * Whether a text is a key id in its one spelling, without decoding it: base58's alphabet stands in ASCII order, so that
 * among texts of one length the ids are exactly those from the id of the smallest 32 bytes to that of the largest.
 */
export function isKeyId(text: string): text is KeyId {
  return FORM.test(text) && text >= LEAST && text <= MOST;
}
