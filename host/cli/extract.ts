// A receipt taken apart into the files that other people's tools read: OpenSSL, sigstore, Go's note and tlog.
import { join } from "node:path";
import {
  bundle as bundleSchema,
  canonicalize,
  encodeDocument,
  pae,
  publicKeyOf,
  readReceiptFile,
  utf8Encode,
} from "../../chain/protocol/index.ts";
import { publicKeyPem } from "../crypto.ts";
import { type Home, writeWhole } from "../node/data.ts";

/** Writes the parts of a receipt into a folder; the names of the files. MALFORMED when it is no receipt. */
export function extractReceipt(home: Home, receipt: Uint8Array, folder: string): string[] {
  const { bundle, record } = readReceiptFile(receipt);
  const { payload, payloadType, signatures } = bundle.dsseEnvelope;
  const [{ keyid, sig }] = signatures;
  const entry = bundle.verificationMaterial.tlogEntries[0];
  const parts: Record<string, Uint8Array> = {
    "statement.json": payload,
    "signed.bin": pae(payloadType, payload),
    "signature.bin": sig,
    "provider.pem": utf8Encode(publicKeyPem(publicKeyOf(keyid))),
    "bundle.json": canonicalize(encodeDocument(bundleSchema, bundle)),
  };
  if (entry !== undefined) {
    parts["checkpoint.txt"] = utf8Encode(entry.inclusionProof.checkpoint.envelope);
    parts["leaf.json"] = entry.canonicalizedBody;
  }
  if (record !== null) parts["record.json"] = record.record;
  home.ensure(folder);
  for (const [name, bytes] of Object.entries(parts)) writeWhole(join(folder, name), bytes, 0o644);
  return Object.keys(parts);
}
