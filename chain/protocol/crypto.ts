// The cryptography that the pure rooms need, as a synchronous interface: Node's implementation lives in `host`,
// the portable one (noble) in `crypto-portable.ts`. Both must agree on every input; tests compare them.

/** Synchronous cryptography. Implementations are pure functions of their arguments. */
export interface Crypto {
  /** SHA-256 of the bytes, 32 bytes. */
  sha256(bytes: Uint8Array): Uint8Array;
  /** SHA-256 of each 64-byte block of `blocks` (length a multiple of 64), joined: half as long. */
  sha256Pairs(blocks: Uint8Array): Uint8Array;
  /**
   * Whether `signature` (64 bytes) over `message` verifies under the *admitted* key `publicKey` (32 bytes) by the
   * consensus rule of `ed25519.ts`. Callers admit a key once with `admitKey`; for a key that was not admitted
   * the answer is meaningless. Never throws on hostile bytes: they are simply false.
   */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

/** Signs messages for one Ed25519 key; whoever holds one can speak for that key. */
export interface Signer {
  /** The 32-byte public key. */
  readonly publicKey: Uint8Array;
  /** The deterministic Ed25519 signature (RFC 8032) of the message, 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
}
