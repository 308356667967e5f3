// Node's cryptography behind the interface of the pure rooms: OpenSSL for signatures and hashes, and native batch
// hashing where it loads. It adds to OpenSSL the parts of the signature rule that OpenSSL's releases disagree on;
// tests hold it equal to the definition in chain/protocol.
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  sign as signWith,
  verify as verifyWith,
} from "node:crypto";
import { createRequire } from "node:module";
import {
  type Crypto,
  LockstepError,
  Lru,
  pairsByLoop,
  type Signer,
  signatureFormAllowed,
} from "../chain/protocol/index.ts";

/** DER of a SubjectPublicKeyInfo for Ed25519 (RFC 8410) up to the 32 key bytes. */
const SPKI = Buffer.from("302a300506032b6570032100", "hex");
/** Parsed keys remembered at once, about 1 KiB each; parsing takes a third of a verification's time. */
const PARSED_KEYS = 16_384;

const parsedKeys = new Lru<string, KeyObject>(PARSED_KEYS);

function keyObject(publicKey: Uint8Array): KeyObject {
  const bytes = Buffer.from(publicKey.buffer, publicKey.byteOffset, publicKey.length);
  const name = bytes.toString("latin1");
  const known = parsedKeys.get(name);
  if (known !== undefined) return known;
  const parsed = createPublicKey({ key: Buffer.concat([SPKI, bytes]), format: "der", type: "spki" });
  parsedKeys.set(name, parsed);
  return parsed;
}

function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || !signatureFormAllowed(signature)) return false;
  try {
    return verifyWith(null, message, keyObject(publicKey), signature);
  } catch {
    // OpenSSL refuses some keys when parsing them, others when using them: false either way.
    return false;
  }
}

function sha256(bytes: Uint8Array): Uint8Array {
  const digest = hash("sha256", bytes, "buffer");
  // A plain array over the same memory: the pure rooms must never see Buffer's own behaviour.
  return new Uint8Array(digest.buffer, digest.byteOffset, digest.length);
}

type BatchHash = (blocks: Uint8Array) => Uint8Array;

/** The native batch hash, or null where it has no build for this platform: the loop gives the same bytes. */
function loadBatchHash(): BatchHash | null {
  try {
    const { hash: batch } = createRequire(import.meta.url)("@chainsafe/hashtree") as { hash: BatchHash };
    return batch;
  } catch {
    return null;
  }
}

const batchHash = loadBatchHash();

/** Whether native batch hashing loaded here; without it state roots come out the same, more slowly. */
export const hasBatchHash: boolean = batchHash !== null;

function sha256Pairs(blocks: Uint8Array): Uint8Array {
  return batchHash === null || blocks.length === 0 || blocks.length % 64 !== 0
    ? pairsByLoop(sha256, blocks)
    : batchHash(blocks);
}

/** `Crypto` by Node. */
export const nodeCrypto: Crypto = { sha256, sha256Pairs, verify };

/** A fresh Ed25519 private key from the system's randomness. */
export function generateKey(): KeyObject {
  return generateKeyPairSync("ed25519").privateKey;
}

function privateKey(key: string | KeyObject): KeyObject {
  if (typeof key !== "string") return key;
  try {
    return createPrivateKey(key);
  } catch {
    throw new LockstepError("MALFORMED", "the key is not a private key in PEM form (PKCS #8, unencrypted)");
  }
}

/** A signer for an Ed25519 private key, given as PEM text or as Node's object; KEY_REFUSED for other kinds. */
export function nodeSigner(key: string | KeyObject): Signer {
  const secret = privateKey(key);
  if (secret.type !== "private" || secret.asymmetricKeyType !== "ed25519") {
    throw new LockstepError("KEY_REFUSED", `signing needs an Ed25519 private key, not ${secret.asymmetricKeyType}`);
  }
  const spki = createPublicKey(secret).export({ format: "der", type: "spki" });
  return {
    publicKey: Uint8Array.from(spki.subarray(SPKI.length)),
    sign: (message) => new Uint8Array(signWith(null, message, secret)),
  };
}
