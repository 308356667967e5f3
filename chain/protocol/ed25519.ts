// Signatures are a consensus rule, not a library's mood: libraries disagree on hundreds of edge cases and change
// between releases. This file is the definition; every faster verifier must equal it on admitted keys.
//   Key, once:  canonical encoding, not the identity, no torsion component.
//   Signature:  S < L, R not the identity's encoding, and encode(S·B − k·A) equal to R byte for byte, where
//               k = SHA-512(R ‖ A ‖ M) mod L (RFC 8032 section 5.1.7 without the cofactor).
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { concat, equalBytes } from "./bytes.ts";

const Point = ed25519.Point;
const { BASE, ZERO } = Point;
/** Order of the prime subgroup, 2^252 + 27742317777372353535851937790883648493, in little-endian bytes. */
const L = Point.Fn.ORDER;
const L_BYTES = new Uint8Array(32);
for (let at = 0; at < 32; at++) L_BYTES[at] = Number((L >> BigInt(8 * at)) & 255n);

function littleEndian(bytes: Uint8Array): bigint {
  let number = 0n;
  for (let at = bytes.length - 1; at >= 0; at--) number = (number << 8n) | BigInt(bytes[at]!);
  return number;
}

function decodePoint(bytes: Uint8Array) {
  try {
    // `false`: strict decoding, so y < p and no negative zero.
    return Point.fromBytes(bytes, false);
  } catch {
    return null;
  }
}

/**
 * Whether a public key may sign at all: 32 bytes, canonical, not the identity, in the prime subgroup. Costs about
 * a millisecond, so callers remember the answer (`Admission`). Under admission every cofactorless verifier
 * computes the same; a key with a torsion component would let its owner split them.
 */
export function admitKey(publicKey: Uint8Array): boolean {
  if (publicKey.length !== 32) return false;
  const point = decodePoint(publicKey);
  return point !== null && !point.is0() && point.isTorsionFree() && equalBytes(point.toBytes(), publicKey);
}

/** The part of the rule that needs no curve: 64 bytes, S < L, R not the identity's encoding. */
export function signatureFormAllowed(signature: Uint8Array): boolean {
  return signature.length === 64 && scalarBelowOrder(signature) && !isIdentityR(signature);
}

function scalarBelowOrder(signature: Uint8Array): boolean {
  for (let at = 31; at >= 0; at--) {
    const difference = signature[32 + at]! - L_BYTES[at]!;
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function isIdentityR(signature: Uint8Array): boolean {
  if (signature[0] !== 1) return false;
  for (let at = 1; at < 32; at++) if (signature[at] !== 0) return false;
  return true;
}

/** The rule for signatures of an admitted key, by its definition: the oracle for every other verifier. */
export function verifyByDefinition(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || !signatureFormAllowed(signature)) return false;
  const key = decodePoint(publicKey);
  if (key === null) return false;
  const r = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  const k = littleEndian(sha512(concat(r, publicKey, message))) % L;
  const sB = s === 0n ? ZERO : BASE.multiplyUnsafe(s);
  const kA = k === 0n ? ZERO : key.multiplyUnsafe(k);
  return equalBytes(sB.subtract(kA).toBytes(), r);
}
