// Keys that are the same in every process and run: crash tests start one after the other on the same chain.
import { createPrivateKey } from "node:crypto";
import { type Signer, utf8Encode } from "../../chain/protocol/index.ts";
import { nodeCrypto, nodeSigner } from "../../host/crypto.ts";

/** DER of a PKCS #8 Ed25519 private key (RFC 8410) up to its 32 secret bytes. */
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

/** The signer that belongs to a name. Everybody can compute it: for tests alone. */
export function namedSigner(name: string): Signer {
  const secret = nodeCrypto.sha256(utf8Encode(`a test's key: ${name}`));
  return nodeSigner(createPrivateKey({ key: Buffer.concat([PKCS8, secret]), format: "der", type: "pkcs8" }));
}
