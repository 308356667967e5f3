// The signature rule: public edge vectors, generated edge cases, and each clause of the rule by a case of its own.
import { readFileSync } from "node:fs";
import { ed25519 } from "@noble/curves/ed25519.js";
import { describe, expect, test } from "vitest";
import {
  Admission,
  admitKey,
  concat,
  hexDecode,
  type KeyId,
  keyId,
  portableCrypto,
  portableSigner,
  signatureFormAllowed,
  utf8Encode,
} from "../../../chain/protocol/index.ts";
import { nodeCrypto } from "../../../host/crypto.ts";
import { answersOf, run, type SignatureCase, TORSION } from "../../campaigns/ed25519.ts";
import { codeOf } from "../../support/errors.ts";

const SEED = 20261124;

function load<Row>(name: string): Row[] {
  return JSON.parse(readFileSync(new URL(`../../data/${name}`, import.meta.url), "utf8")) as Row[];
}

const cctv = load<{ number: number; key: string; sig: string; msg: string; flags: string[] | null }>(
  "ed25519-cctv.json",
).map(
  (row): SignatureCase => ({
    kind: `cctv ${row.number} ${row.flags?.join(" ")}`,
    publicKey: hexDecode(row.key),
    message: utf8Encode(row.msg),
    signature: hexDecode(row.sig),
  }),
);
const speccheck = load<{ message: string; pub_key: string; signature: string }>("ed25519-speccheck.json").map(
  (row, index): SignatureCase => ({
    kind: `speccheck ${index}`,
    publicKey: hexDecode(row.pub_key),
    message: hexDecode(row.message),
    signature: hexDecode(row.signature),
  }),
);

function tally(cases: readonly SignatureCase[]): { accepted: string[]; mismatches: string[] } {
  const accepted: string[] = [];
  const mismatches: string[] = [];
  for (const one of cases) {
    const { definition, portable, node } = answersOf(one);
    if (definition) accepted.push(one.kind);
    if (portable !== definition || node !== definition) mismatches.push(one.kind);
  }
  return { accepted, mismatches };
}

describe("definition, portable and Node cryptography agree", () => {
  test("on all 914 CCTV vectors", () => {
    expect(cctv).toHaveLength(914);
    const { accepted, mismatches } = tally(cctv);
    expect(mismatches).toEqual([]);
    // 28 of them are under an admissible key, one of these is an honest signature.
    expect(cctv.filter((one) => admitKey(one.publicKey))).toHaveLength(28);
    expect(accepted).toHaveLength(1);
  });

  test("on the speccheck vectors, of which the rule accepts none", () => {
    expect(speccheck).toHaveLength(10);
    const { accepted, mismatches } = tally(speccheck);
    expect(mismatches).toEqual([]);
    expect(accepted).toEqual([]);
  });

  test("on a seeded share of generated edge cases", () => {
    const lines: string[] = [];
    const kinds = run({ seed: SEED, count: 320, log: (line) => lines.push(line) });
    console.info(`seed ${SEED}: ${lines.at(-1)}`);
    expect(Object.keys(kinds)).toHaveLength(16);
    const honest = Object.entries(kinds).filter(([, { accepted, cases }]) => accepted === cases);
    // Only these may be accepted, and always: the plain signature, and R moved by no torsion at all.
    expect(honest.map(([kind]) => kind)).toEqual(["honest", "R+T0"]);
    expect(Object.values(kinds).reduce((sum, { accepted }) => sum + accepted, 0)).toBe(40);
  });
});

describe("admission", () => {
  const hex = (text: string) => hexDecode(text.replaceAll(" ", ""));
  const point = (y: string) => hex(y.padEnd(64, "0"));

  test.each([
    ["the identity", point("01")],
    ["the identity with a sign bit", hex(`01${"00".repeat(30)}80`)],
    ["the point of order 2", hex(`ec${"ff".repeat(30)}7f`)],
    ["a point of order 4", point("00")],
    ["a point of order 8", hex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")],
    ["y = p, another spelling of 0", hex(`ed${"ff".repeat(30)}7f`)],
    ["y = p + 1, another spelling of 1", hex(`ee${"ff".repeat(30)}7f`)],
    ["y with no point on the curve", point("02")],
    ["31 bytes", new Uint8Array(31)],
    ["33 bytes", new Uint8Array(33)],
  ])("refuses %s", (_, publicKey) => {
    expect(admitKey(publicKey)).toBe(false);
  });

  test("refuses every good key moved by torsion", () => {
    const { publicKey } = portableSigner(new Uint8Array(32).fill(7));
    const good = ed25519.Point.fromBytes(publicKey);
    expect(TORSION.map((torsion) => admitKey(good.add(torsion).toBytes()))).toEqual([true, ...Array(7).fill(false)]);
  });

  test("remembers admitted keys, forgets the oldest, and always says the same", () => {
    const ids = [1, 2, 3].map((fill) => keyId(portableSigner(new Uint8Array(32).fill(fill)).publicKey));
    const admission = new Admission(2);
    const first = ids.map((id) => admission.admitted(id));
    expect(admission.admitted(ids[2]!)).toBe(first[2]);
    expect(admission.admitted(ids[0]!)).not.toBe(first[0]);
    expect(admission.admitted(ids[0]!)).toEqual(first[0]);
  });

  test("has a code for refused keys and another for misspelled ids", () => {
    const admission = new Admission();
    expect(codeOf(() => admission.admitted(keyId(point("01"))))).toBe("KEY_REFUSED");
    expect(codeOf(() => admission.admitted("did:key:z6Mk" as KeyId))).toBe("MALFORMED");
  });
});

describe("form of a signature", () => {
  const signer = portableSigner(new Uint8Array(32).fill(9));
  const message = utf8Encode("message");
  const signature = signer.sign(message);

  test.each([nodeCrypto, portableCrypto])("only 64 bytes over the same message verify (%#)", (crypto) => {
    expect(crypto.verify(signer.publicKey, message, signature)).toBe(true);
    expect(crypto.verify(signer.publicKey, utf8Encode("another"), signature)).toBe(false);
    expect(crypto.verify(signer.publicKey, message, signature.subarray(0, 63))).toBe(false);
    expect(crypto.verify(signer.publicKey, message, concat(signature, new Uint8Array(1)))).toBe(false);
    expect(crypto.verify(signer.publicKey, message, new Uint8Array(0))).toBe(false);
    expect(crypto.verify(new Uint8Array(0), message, signature)).toBe(false);
    expect(crypto.verify(new Uint8Array(32).fill(255), message, signature)).toBe(false);
  });

  test("S may be anything below L, and not L", () => {
    const order = hexDecode("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    const withS = (s: Uint8Array) => concat(new Uint8Array(32).fill(3), s);
    expect(signatureFormAllowed(withS(order))).toBe(false);
    const below = order.slice();
    below[0]!--;
    expect(signatureFormAllowed(withS(below))).toBe(true);
    expect(signatureFormAllowed(withS(new Uint8Array(32)))).toBe(true);
    expect(signatureFormAllowed(withS(new Uint8Array(32).fill(255)))).toBe(false);
  });

  test("R may not be the identity's encoding", () => {
    const identity = Uint8Array.from({ length: 64 }, (_, at) => (at === 0 ? 1 : 0));
    expect(signatureFormAllowed(identity)).toBe(false);
    identity[31] = 0x80;
    expect(signatureFormAllowed(identity)).toBe(true);
  });
});
