// Receipts from someone who lies: every bit flipped, every structural lie, parts of one genuine receipt in another,
// random damage. None is ever accepted, even by a verifier who trusts everything in sight.
import { describe, expect, test } from "vitest";
import { type Verdict, verifyReceipt } from "../../../chain/light/index.ts";
import { Admission, utf8Decode, utf8Encode } from "../../../chain/protocol/index.ts";
import { nodeCrypto } from "../../../host/crypto.ts";
import { run } from "../../campaigns/receipts.ts";
import { at, mutantsOf, pathsOf, replaced } from "../../support/json-mutants.ts";
import { basicPlan, makeLocalReceipt, makeReceipts, SIGNERS, trustedKeys, trustOf } from "../../support/receipts.ts";

const admission = new Admission();
const other = basicPlan({ provider: SIGNERS.stranger }, "b");
const [first, second] = makeReceipts([basicPlan(), other]).map(({ bytes }) => bytes) as [Uint8Array, Uint8Array];
const local = makeLocalReceipt();
const keys = [...trustedKeys(), ...trustedKeys(other)];
const trust = trustOf(keys.map((key) => (key.role === "log" ? { ...key, vouches: true } : key)));
const verdictOf = (bytes: Uint8Array): Verdict => verifyReceipt(nodeCrypto, admission, bytes, { trust }).verdict;

test("both receipts and the local one are genuine", () => {
  expect([first, second, local].map(verdictOf)).toEqual(["ACCEPT", "ACCEPT", "ACCEPT"]);
});

describe("V1, V6: every single bit flipped", () => {
  test.each([
    ["a job's receipt", first],
    ["a local receipt", local],
  ])(
    "%s",
    (_, genuine) => {
      const bytes = genuine.slice();
      const accepted: number[] = [];
      for (let bit = 0; bit < 8 * bytes.length; bit++) {
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        if (verdictOf(bytes) === "ACCEPT") accepted.push(bit);
        bytes[bit >> 3]! ^= 1 << (bit & 7);
      }
      expect(accepted).toEqual([]);
    },
    120_000,
  );

  test("every prefix", () => {
    for (let size = 0; size < first.length; size += 7) expect(verdictOf(first.subarray(0, size))).toBe("MALFORMED");
  });
});

describe("V1, V2, V3, V6: every structural lie", () => {
  test.each([
    ["a job's receipt", first],
    ["a local receipt", local],
  ])("%s", (_, genuine) => {
    const mutants = mutantsOf(utf8Decode(genuine));
    const accepted = mutants.filter(({ text }) => verdictOf(utf8Encode(text)) === "ACCEPT");
    expect(accepted.map(({ what }) => what)).toEqual([]);
    expect(mutants.length).toBeGreaterThan(100);
  });
});

test("V3: parts of one genuine receipt in another: at every place, alone and with one more", () => {
  const [one, two] = [first, second].map((bytes) => JSON.parse(utf8Decode(bytes)));
  const both = pathsOf(one).filter((path) => path.length > 0 && hasPath(two, path));
  const places = both.filter((path) => JSON.stringify(at(one, path)) !== JSON.stringify(at(two, path)));
  const accepted: string[] = [];
  for (const path of places) {
    const text = replaced(one, path, at(two, path));
    if (verdictOf(utf8Encode(text)) === "ACCEPT") accepted.push(path.join("."));
    for (const more of places) {
      const changed = JSON.parse(text);
      if (!hasPath(changed, more)) continue;
      const mixed = replaced(changed, more, at(two, more));
      if (mixed !== utf8Decode(second) && verdictOf(utf8Encode(mixed)) === "ACCEPT") accepted.push(`${path} + ${more}`);
    }
  }
  expect(accepted).toEqual([]);
  expect(places.length).toBeGreaterThan(15);
});

function hasPath(root: unknown, path: readonly (string | number)[]): boolean {
  let node = root;
  for (const step of path) {
    if (node === null || typeof node !== "object" || !Object.hasOwn(node, step)) return false;
    node = (node as Record<string | number, unknown>)[step];
  }
  return true;
}

test("V4: a checkpoint with a second signature, an extension line, another signer", () => {
  const file = JSON.parse(utf8Decode(first));
  const proof = file.bundle.verificationMaterial.tlogEntries[0].inclusionProof;
  const note: string = proof.checkpoint.envelope;
  const line = note.split("\n").at(-2)!;
  const notes = [
    `${note}${line}\n`,
    `${note}— someone.else AAAAAAAA\n`,
    note.replace("\n\n", "\nextension\n\n"),
    note.replace(line, ""),
    note.replace(/.{88}\n$/, "A".repeat(88)),
  ];
  for (const envelope of notes) {
    proof.checkpoint.envelope = envelope;
    expect(verdictOf(utf8Encode(JSON.stringify(file)))).not.toBe("ACCEPT");
  }
});

test("random damage, a share of the campaign", () => {
  const seed = Number(process.env["LOCKSTEP_SEED"] ?? 20261124);
  run({ seed, count: 3000, log: (line) => console.log(line) });
});
