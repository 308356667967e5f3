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
  // As text and back: for small inputs 2.5 times as fast as a Buffer, whose memory lies outside the engine's heap.
  const text = hash("sha256", bytes, "binary");
  const digest = new Uint8Array(32);
  for (let at = 0; at < 32; at++) digest[at] = text.charCodeAt(at);
  return digest;
}

type BatchHash = (blocks: Uint8Array, digests: Uint8Array) => void;

/** The native batch hash, or null where it has no build for this platform: the loop gives the same bytes. */
function loadBatchHash(): BatchHash | null {
  try {
    const { hashInto } = createRequire(import.meta.url)("@chainsafe/hashtree") as { hashInto: BatchHash };
    return hashInto;
  } catch {
    return null;
  }
}

const batchHash = loadBatchHash();

/** Whether native batch hashing loaded here; without it state roots come out the same, more slowly. */
export const hasBatchHash: boolean = batchHash !== null;

// Native code can only write to memory outside the engine's heap; a small copy inside it is cheaper than a new one.
let scratch = new Uint8Array(4096);

function sha256Pairs(blocks: Uint8Array): Uint8Array {
  if (batchHash === null || blocks.length === 0 || blocks.length % 64 !== 0) return pairsByLoop(sha256, blocks);
  const size = blocks.length / 2;
  if (size > scratch.length) scratch = new Uint8Array(2 * size);
  batchHash(blocks, scratch.subarray(0, size));
  return scratch.slice(0, size);
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

/** A public key as the PEM file that OpenSSL reads. */
export function publicKeyPem(publicKey: Uint8Array): string {
  return keyObject(publicKey).export({ format: "pem", type: "spki" }) as string;
}
