// Sigstore's verifier set up for our log, as a user of sigstore would: a trusted root that lists the log, and the
// provider's key under its id. Neither signing nor verifying code of ours takes part.
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { toTrustMaterial, Verifier } from "@sigstore/verify";
import { keyId, spkiOf } from "../../chain/protocol/index.ts";
import { type MadeReceipt, SIGNERS } from "./receipts.ts";

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

/** A sigstore verifier that knows the receipt's log, and `publicKey` under the id of the usual provider. */
export function sigstoreVerifier(made: MadeReceipt, publicKey: Uint8Array): Verifier {
  const { key } = made.proofs.head;
  const root = TrustedRoot.fromJSON({
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
  const keys = { [keyId(SIGNERS.provider.publicKey)]: { rawBytes: Buffer.from(spkiOf(publicKey)), keyDetails: 0 } };
  return new Verifier(toTrustMaterial(root, keys), { tlogThreshold: 1, ctlogThreshold: 0, timestampThreshold: 0 });
}
