// Looking into a receipt file without verifying it: for tests that ask what a provider said.
import { document, type Envelope, type Json, receiptFile, utf8Decode } from "../../chain/protocol/index.ts";

/** The sealed statement of a receipt file. */
export function receiptEnvelope(file: Uint8Array): Envelope {
  return document(receiptFile, JSON.parse(utf8Decode(file)) as Json, "receipt").bundle.dsseEnvelope;
}
