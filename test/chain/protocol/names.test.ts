// Content ids and key ids: known values, and one accepted spelling each.
import { describe, expect, test } from "vitest";
import type { Digest } from "../../../chain/protocol/index.ts";
import {
  cidOf,
  digestOfCid,
  EMPTY_DIGEST,
  hexDecode,
  hexEncode,
  isKeyId,
  keyId,
  parseKeyId,
  portableCrypto,
  publicKeyOf,
  utf8Encode,
} from "../../../chain/protocol/index.ts";
import { codeOf } from "../../support/errors.ts";

const ALPHABET32 = "abcdefghijklmnopqrstuvwxyz234567";
const sample = (label: string) => portableCrypto.sha256(utf8Encode(label));

describe("content ids", () => {
  test("known values", () => {
    expect(cidOf(EMPTY_DIGEST)).toBe("bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku");
    // The widely quoted id of the raw block "hello world".
    const hello = hexEncode(sample("hello world")) as Digest;
    expect(cidOf(hello)).toBe("bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e");
  });

  test("come back as the digest they name", () => {
    for (let round = 0; round < 200; round++) {
      const digest = hexEncode(sample(`cid ${round}`)) as Digest;
      expect(digestOfCid(cidOf(digest))).toBe(digest);
    }
  });

  test("every other last character is refused: two bits of it must be zero", () => {
    const cid = cidOf(EMPTY_DIGEST);
    const accepted = [...ALPHABET32].filter((last) => codeOf(() => digestOfCid(cid.slice(0, -1) + last)) === null);
    expect(accepted).toHaveLength(8);
    for (const last of accepted) expect(cidOf(digestOfCid(cid.slice(0, -1) + last))).toBe(cid.slice(0, -1) + last);
  });

  const cid = cidOf(EMPTY_DIGEST);
  test.each([
    ["nothing", ""],
    ["a CIDv0", "QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n"],
    ["capitals", cid.toUpperCase()],
    ["another codec (dag-pb)", `bafybei${cid.slice(7)}`],
    ["another base", `z${cid.slice(1)}`],
    ["a digit short", cid.slice(0, -1)],
    ["a digit more", `${cid}a`],
    ["a digit outside the alphabet", `${cid.slice(0, 20)}1${cid.slice(21)}`],
    ["the right prefix with another hash length", "bafkreia".padEnd(59, "0")],
    ["padding", `${cid.slice(0, -1)}=`],
  ])("refuses %s", (_, text) => {
    expect(codeOf(() => digestOfCid(text))).toBe("MALFORMED");
  });
});

describe("key ids", () => {
  // From the did:key method's Ed25519 test vectors.
  const known = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp";
  const publicKey = hexDecode("3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29");

  test("known value", () => {
    expect(keyId(publicKey)).toBe(known);
    expect(hexEncode(publicKeyOf(known))).toBe(hexEncode(publicKey));
    expect(parseKeyId(known)).toBe(known);
  });

  test("come back as the key they name, at the ends of the range too", () => {
    const keys: Uint8Array[] = [new Uint8Array(32), new Uint8Array(32).fill(255)];
    for (let round = 0; round < 200; round++) keys.push(sample(`key ${round}`));
    for (const key of keys) {
      expect(keyId(key)).toMatch(/^did:key:z6Mk[1-9A-HJ-NP-Za-km-z]{44}$/);
      expect(publicKeyOf(keyId(key))).toEqual(new Uint8Array(key));
      expect(isKeyId(keyId(key))).toBe(true);
    }
  });

  test("a number that only equals a key's when 34 bytes overflow is refused", () => {
    const digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    const base58 = (number: bigint): string =>
      number === 0n ? "" : base58(number / 58n) + digits[Number(number % 58n)];
    const number = BigInt(`0xed01${hexEncode(publicKey)}`);
    expect(`did:key:z${base58(number)}`).toBe(known);
    const overflowing = base58(number + 2n ** 272n);
    expect(overflowing).toHaveLength(47);
    expect(codeOf(() => parseKeyId(`did:key:z${overflowing}`))).toBe("MALFORMED");
    expect(isKeyId(`did:key:z${overflowing}`)).toBe(false);
  });

  test.each([31, 33, 0])("a public key of %i bytes has no id", (size) => {
    expect(codeOf(() => keyId(new Uint8Array(size)))).toBe("MALFORMED");
  });

  test.each([
    ["nothing", ""],
    ["the bare multibase", known.slice(8)],
    ["another method", known.replace("did:key:", "did:web:")],
    ["another base", known.replace(":z", ":u")],
    ["a secp256k1 key", "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme"],
    ["an X25519 key", "did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc"],
    ["a fragment", `${known}#key`],
    ["leading zeros (base58 ones)", known.replace(":z6", ":z16")],
    ["a character outside the alphabet", `${known.slice(0, -1)}0`],
    ["a capital I", `${known.slice(0, -1)}I`],
    ["a space", ` ${known}`],
    ["one digit less", known.slice(0, -1)],
    ["a value of more than 34 bytes", `did:key:z${"z".repeat(47)}`],
    ["a megabyte of digits", `did:key:z${"2".repeat(1_000_000)}`],
  ])("refuses %s", (_, text) => {
    expect(codeOf(() => parseKeyId(text))).toBe("MALFORMED");
    expect(isKeyId(text)).toBe(false);
  });
});
