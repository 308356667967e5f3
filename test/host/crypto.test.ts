// Node's cryptography equals the portable one, and native batch hashing equals the loop.
import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { admitKey, EMPTY_DIGEST, hexEncode, portableCrypto, portableSigner } from "../../chain/protocol/index.ts";
import { generateKey, hasBatchHash, nodeCrypto, nodeSigner } from "../../host/crypto.ts";
import { codeOf } from "../support/errors.ts";

describe("hashing", () => {
  test("known value, and a plain array", () => {
    for (const crypto of [nodeCrypto, portableCrypto]) {
      const digest = crypto.sha256(new Uint8Array(0));
      expect(hexEncode(digest)).toBe(EMPTY_DIGEST);
      expect(Object.getPrototypeOf(digest)).toBe(Uint8Array.prototype);
      expect(Object.getPrototypeOf(crypto.sha256Pairs(new Uint8Array(128)))).toBe(Uint8Array.prototype);
    }
  });

  test("agrees on any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(hexEncode(nodeCrypto.sha256(bytes))).toBe(hexEncode(portableCrypto.sha256(bytes)));
      }),
    );
  });

  // Where the native part has no build the two sides are the same loop; the log says which was compared.
  test(`pairs in batches equal pairs one by one (native: ${hasBatchHash})`, () => {
    for (const blocks of [0, 1, 2, 3, 4, 7, 8, 15, 16, 17, 33, 1000]) {
      // Off by one in its buffer: native code must take views.
      const bytes = new Uint8Array(blocks * 64 + 1).subarray(1);
      for (let at = 0; at < bytes.length; at++) bytes[at] = (at * 31 + blocks) & 255;
      const before = hexEncode(bytes);
      expect(hexEncode(nodeCrypto.sha256Pairs(bytes))).toBe(hexEncode(portableCrypto.sha256Pairs(bytes)));
      expect(hexEncode(bytes)).toBe(before);
    }
  });

  test("pairs refuse a length that is not a multiple of 64", () => {
    for (const crypto of [nodeCrypto, portableCrypto]) {
      expect(codeOf(() => crypto.sha256Pairs(new Uint8Array(65)))).toBe("INTERNAL");
    }
  });
});

describe("signing", () => {
  test("a generated key is admissible and its signatures verify everywhere", () => {
    const signer = nodeSigner(generateKey());
    const message = new Uint8Array(100).fill(5);
    const signature = signer.sign(message);
    expect(admitKey(signer.publicKey)).toBe(true);
    for (const crypto of [nodeCrypto, portableCrypto]) {
      expect(crypto.verify(signer.publicKey, message, signature)).toBe(true);
      expect(crypto.verify(signer.publicKey, message.subarray(1), signature)).toBe(false);
    }
  });

  test("Node's signer and the portable one write the same bytes for one secret", () => {
    const key = generateKey();
    const secret = Buffer.from(key.export({ format: "jwk" }).d!, "base64url");
    const portable = portableSigner(new Uint8Array(secret));
    const node = nodeSigner(key.export({ format: "pem", type: "pkcs8" }) as string);
    const message = new Uint8Array(50).fill(1);
    expect(hexEncode(node.publicKey)).toBe(hexEncode(portable.publicKey));
    expect(hexEncode(node.sign(message))).toBe(hexEncode(portable.sign(message)));
  });

  test("only Ed25519 private keys make signers", () => {
    const other = generateKeyPairSync("ec", { namedCurve: "P-256" });
    expect(codeOf(() => nodeSigner(other.privateKey))).toBe("KEY_REFUSED");
    expect(codeOf(() => nodeSigner(generateKeyPairSync("ed25519").publicKey))).toBe("KEY_REFUSED");
    expect(codeOf(() => nodeSigner("not a key"))).toBe("MALFORMED");
    expect(codeOf(() => portableSigner(new Uint8Array(31)))).toBe("MALFORMED");
  });
});
