// Our receipts in the hands of sigstore's own JavaScript verifier: the bundle inside a receipt file verifies there
// unmodified, signature and inclusion in our log, and what we would refuse it refuses too.
import { bundleFromJSON } from "@sigstore/bundle";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";
import { describe, expect, test } from "vitest";
import { keyId, spkiOf, utf8Decode } from "../../chain/protocol/index.ts";
import { basicPlan, makeReceipt, SIGNERS } from "../support/receipts.ts";

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
const made = makeReceipt(basicPlan());
const { key } = made.proofs.head;

/** The trusted root that a user of sigstore would write for our log. */
const trustedRoot = TrustedRoot.fromJSON({
  mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
  tlogs: [
    {
      baseUrl: `https://${key.name}`,
      hashAlgorithm: "SHA2_256",
      publicKey: {
        rawBytes: base64(spkiOf(key.publicKey)),
        keyDetails: "PKIX_ED25519",
        validFor: { start: "2023-01-01T00:00:00Z" },
      },
      logId: { keyId: base64(key.id) },
      checkpointKeyId: { keyId: base64(key.id) },
    },
  ],
  certificateAuthorities: [],
  ctlogs: [],
  timestampAuthorities: [],
});

/** A sigstore verifier that knows one provider key under its id and our log. */
function sigstoreOf(publicKey: Uint8Array): Verifier {
  const keys = { [keyId(SIGNERS.provider.publicKey)]: { rawBytes: Buffer.from(spkiOf(publicKey)), keyDetails: 0 } };
  const options = { tlogThreshold: 1, ctlogThreshold: 0, timestampThreshold: 0 };
  return new Verifier(toTrustMaterial(trustedRoot, keys), options);
}

const verifier = sigstoreOf(SIGNERS.provider.publicKey);
const bundle = () => JSON.parse(utf8Decode(made.bytes)).bundle;
const verify = (json: unknown, by = verifier) => by.verify(toSignedEntity(bundleFromJSON(json)));

describe("sigstore's verifier", () => {
  test("accepts the bundle of a receipt, signature and inclusion", () => {
    expect(() => verify(bundle())).not.toThrow();
  });

  test("refuses it under another key", () => {
    expect(() => verify(bundle(), sigstoreOf(SIGNERS.stranger.publicKey))).toThrow();
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
