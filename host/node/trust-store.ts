// The trust file of a data directory: which log and provider keys this installation believes when it verifies.

import { LIGHT_LIMITS, readTrustFile, Trust, type TrustedKey, trustFile } from "../../chain/light/index.ts";
import { type Crypto, encodeDocument, LockstepError, utf8Encode } from "../../chain/protocol/index.ts";
import { readBounded, writeWhole } from "./files.ts";
import type { Home } from "./home.ts";

/** The keys of a trust file. NOT_FOUND, TOO_LARGE, MALFORMED. */
export function readTrust(path: string): TrustedKey[] {
  return readTrustFile(readBounded(path, LIGHT_LIMITS.trustFileBytes));
}

/** The keys that a data directory trusts, none when it has no trust file. */
export function ownTrust(home: Home): TrustedKey[] {
  try {
    return readTrust(home.trust);
  } catch (error) {
    if (error instanceof LockstepError && error.code === "NOT_FOUND") return [];
    throw error;
  }
}

/** Adds a key to a data directory's trust file unless it is there already with the same role. */
export function addTrust(home: Home, crypto: Crypto, entry: TrustedKey): void {
  const keys = ownTrust(home);
  if (keys.some(({ role, key }) => role === entry.role && key === entry.key)) return;
  const grown = [...keys, entry];
  // Refuses a key that could not be used later on.
  new Trust(crypto, grown);
  home.ensure(home.root);
  // For people to read and edit: any JSON spelling goes in this file.
  const text = `${JSON.stringify(encodeDocument(trustFile, { keys: grown }), null, 2)}\n`;
  writeWhole(home.trust, utf8Encode(text), 0o600);
}
