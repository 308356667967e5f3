// How a chain begins in a data directory, exactly once. A log that began twice with one key would be two histories under
// one name, which nobody could tell apart by the checkpoint; so a lost database is said, never replaced by a new one.
import { existsSync, renameSync } from "node:fs";
import {
  blockTime,
  DOCUMENT_LIMITS,
  encodeGenesis,
  type Genesis,
  keyId,
  LockstepError,
  readGenesis,
  type Signer,
} from "../../chain/protocol/index.ts";
import { developmentGenesis } from "../../chain/state/index.ts";
import { diskError, readBounded, writeWhole } from "./files.ts";
import type { Home } from "./home.ts";

function read(path: string): Genesis | null {
  try {
    return readGenesis(readBounded(path, DOCUMENT_LIMITS.genesisBytes));
  } catch (error) {
    if (error instanceof LockstepError && error.code === "NOT_FOUND") return null;
    throw error;
  }
}

function lost(missing: string, other: string): LockstepError {
  const message = `${missing} is gone while ${other} is there; restore it, or move the whole data directory away to begin anew`;
  return new LockstepError("STORAGE_CORRUPT", message);
}

/** The data directory's genesis; a development chain's where none has begun. STORAGE_CORRUPT when half of a chain is gone. */
export function openGenesis(home: Home, signer: Signer): Genesis {
  const begun = read(home.genesis);
  if (begun !== null && !existsSync(home.ledger)) throw lost(home.ledger, home.genesis);
  const genesis = begun ?? read(home.stagedGenesis);
  if (genesis !== null) return genesis;
  if (existsSync(home.ledger)) throw lost(home.genesis, home.ledger);
  const time = blockTime(BigInt(Date.now()));
  const fresh = developmentGenesis({ name: "local", time, orderer: keyId(signer.publicKey) });
  // Until the ledger has begun it lies beside its place, so that a crash in between is no loss.
  writeWhole(home.stagedGenesis, encodeGenesis(fresh), 0o600);
  return fresh;
}

/** Called once the ledger is in its database: from now on the genesis has a chain. */
export function settleGenesis(home: Home): void {
  if (!existsSync(home.stagedGenesis)) return;
  try {
    renameSync(home.stagedGenesis, home.genesis);
  } catch (error) {
    throw diskError(error, home.genesis);
  }
}
