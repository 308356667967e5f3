// The signed head of the log as the embedded sequencer makes it: its own key alone, so its word alone.
import { type Crypto, type Digest, formatCheckpoint, logOrigin, type Signer, signNote } from "../protocol/index.ts";
import type { Head } from "../state/index.ts";

/** The note that says how long the log is and what its root is, signed by the orderer. */
export function signCheckpoint(crypto: Crypto, signer: Signer, chain: Digest, head: Head): Uint8Array {
  const origin = logOrigin(chain);
  const text = formatCheckpoint({ origin, size: head.log.size, root: head.log.root() });
  return signNote(crypto, signer, origin, text);
}
