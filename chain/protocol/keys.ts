// Key ids: Ed25519 public keys as `did:key:z6Mk…` (multibase base58btc of the multicodec prefix ed01 and the 32
// bytes). Spelling only: whether a key is fit for signing is admission's question, in `admission.ts`.
import { concat } from "./bytes.ts";
import { LockstepError } from "./errors.ts";
import type { KeyId } from "./units.ts";

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const SCHEME = "did:key:z";
const DIGIT_VALUE = new Uint8Array(128).fill(255);
for (let value = 0; value < ALPHABET.length; value++) DIGIT_VALUE[ALPHABET.charCodeAt(value)] = value;
/** Multicodec of an Ed25519 public key. */
const PREFIX = Uint8Array.of(0xed, 0x01);
const BYTES = 34;
/**
 * 34 bytes that begin with 0xed 0x01 always take 47 base58 digits, since 58^46 < 0xed01 × 2^256 and 0xed02 × 2^256
 * < 58^47. Texts of a fixed number of digits and the numbers they say match one to one: there is no second spelling.
 */
const DIGITS = 47;
const LIMB = 58 ** 5;
const LIMBS = 10;

/** The id of an Ed25519 public key; MALFORMED unless it has 32 bytes. */
export function keyId(publicKey: Uint8Array): KeyId {
  if (publicKey.length !== 32) {
    throw new LockstepError("MALFORMED", `an Ed25519 public key has 32 bytes, not ${publicKey.length}`);
  }
  // Five digits a limb: the largest step, 58^5 × 256, is far below 2^53.
  const limbs = new Float64Array(LIMBS);
  for (const byte of concat(PREFIX, publicKey)) {
    let carry = byte;
    for (let at = LIMBS - 1; at >= 0; at--) {
      carry += limbs[at]! * 256;
      const rest = carry % LIMB;
      limbs[at] = rest;
      carry = (carry - rest) / LIMB;
    }
  }
  let digits = "";
  for (let at = LIMBS - 1; at >= 0; at--) {
    let limb = limbs[at]!;
    for (let digit = 0; digit < 5; digit++) {
      digits = ALPHABET[limb % 58]! + digits;
      limb = Math.floor(limb / 58);
    }
  }
  return (SCHEME + digits.slice(-DIGITS)) as KeyId;
}

function decode(text: string): Uint8Array | null {
  // Bounded before decoding: base58 costs the square of its length.
  if (text.length !== SCHEME.length + DIGITS || !text.startsWith(SCHEME)) return null;
  const bytes = new Uint8Array(BYTES);
  for (let digit = SCHEME.length; digit < text.length; digit++) {
    let carry = DIGIT_VALUE[text.charCodeAt(digit)] ?? 255;
    if (carry > 57) return null;
    for (let at = BYTES - 1; at >= 0; at--) {
      carry += bytes[at]! * 58;
      bytes[at] = carry & 255;
      carry >>= 8;
    }
    if (carry > 0) return null;
  }
  return bytes[0] === PREFIX[0] && bytes[1] === PREFIX[1] ? bytes.slice(2) : null;
}

/** The 32-byte public key that an id names; MALFORMED unless the id is spelled in its one form. */
export function publicKeyOf(id: KeyId | string): Uint8Array {
  const publicKey = decode(id);
  if (publicKey === null) {
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
