// Our receipts in the hands of sigstore's own JavaScript verifier: the bundle inside a receipt file verifies there
// unmodified, signature and inclusion in our log, and what we would refuse it refuses too.
import { bundleFromJSON } from "@sigstore/bundle";
import { toSignedEntity } from "@sigstore/verify";
import { describe, expect, test } from "vitest";
import { utf8Decode } from "../../chain/protocol/index.ts";
import { basicPlan, makeReceipt, SIGNERS } from "../support/receipts.ts";
import { sigstoreVerifier } from "../support/sigstore.ts";

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
const made = makeReceipt(basicPlan());
const verifier = sigstoreVerifier(made, SIGNERS.provider.publicKey);
const bundle = () => JSON.parse(utf8Decode(made.bytes)).bundle;
const verify = (json: unknown, by = verifier) => by.verify(toSignedEntity(bundleFromJSON(json)));

describe("sigstore's verifier", () => {
  test("accepts the bundle of a receipt, signature and inclusion", () => {
    expect(() => verify(bundle())).not.toThrow();
  });

  test("refuses it under another key", () => {
    expect(() => verify(bundle(), sigstoreVerifier(made, SIGNERS.stranger.publicKey))).toThrow();
  });

  const entryOf = (json: ReturnType<typeof bundle>) => json.verificationMaterial.tlogEntries[0];
  const lies: [what: string, change: (json: ReturnType<typeof bundle>) => void][] = [
    [
      "another payload",
      (json) => {
        const payload = Buffer.from(json.dsseEnvelope.payload, "base64")
          .toString()
          .replace('"attempt":1', '"attempt":2');
        json.dsseEnvelope.payload = Buffer.from(payload).toString("base64");
      },
    ],
    ["another payload type", (json) => (json.dsseEnvelope.payloadType = "application/json")],
    ["another signature", (json) => (json.dsseEnvelope.signatures[0].sig = base64(new Uint8Array(64).fill(1)))],
    ["another hash on the path", (json) => (entryOf(json).inclusionProof.hashes[0] = base64(new Uint8Array(32)))],
    ["a path too short", (json) => entryOf(json).inclusionProof.hashes.pop()],
    [
      "another index",
      (json) => {
        entryOf(json).logIndex = "2";
        entryOf(json).inclusionProof.logIndex = "2";
      },
    ],
    [
      "another tree size in the checkpoint",
      (json) => {
        const { checkpoint } = entryOf(json).inclusionProof;
        checkpoint.envelope = checkpoint.envelope.replace("\n11\n", "\n12\n");
      },
    ],
    ["another leaf", (json) => (entryOf(json).canonicalizedBody = base64(Buffer.from("{}")))],
    ["no log entry", (json) => (json.verificationMaterial.tlogEntries = [])],
  ];
  test.each(lies)("refuses %s", (_, change) => {
    const json = bundle();
    change(json);
    expect(JSON.stringify(json)).not.toBe(JSON.stringify(bundle()));
    expect(() => verify(json)).toThrow();
  });
});
