// What SQLite's failures mean in our words. The engine's own wording changes between releases and names nothing that
// a user can act on, so it stays out of the message; its code goes along as data.
import Database from "better-sqlite3";
import { type ErrorCode, LockstepError } from "../protocol/index.ts";

const CORRUPT = "the ledger's database is damaged; restore it from a copy, or start again from the log's leaves";

/** Primary result codes (sqlite.org/rescode.html) with what they mean for a ledger; all others are faults. */
const MEANINGS: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  SQLITE_FULL: ["STORAGE_FULL", "the disk with the ledger's database is full; free some space and try again"],
  SQLITE_CORRUPT: ["STORAGE_CORRUPT", CORRUPT],
  SQLITE_NOTADB: ["STORAGE_CORRUPT", "the ledger's database file is not a database; restore it from a copy"],
  SQLITE_BUSY: ["STORAGE_LOCKED", "another process has the ledger's database open; stop it first"],
  SQLITE_LOCKED: ["STORAGE_LOCKED", "another process has the ledger's database open; stop it first"],
  SQLITE_CANTOPEN: ["FAULT", "the ledger's database can't be opened; check the path and who may write there"],
  SQLITE_READONLY: ["FAULT", "the ledger's database can't be written; check who may write to its file and folder"],
  SQLITE_PERM: ["FAULT", "the ledger's database can't be written; check who may write to its file and folder"],
};

/** Extended codes carry their primary code as a prefix: SQLITE_IOERR_FSYNC, SQLITE_CORRUPT_INDEX. */
function primary(code: string): string {
  return code.split("_").slice(0, 2).join("_");
}

/** Turns a failure of the driver into a `LockstepError`; anything else comes back as it is. */
export function storageError(error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const [code, message] = MEANINGS[primary(error.code)] ?? [
    "FAULT",
    "the disk with the ledger's database reported an error; check the disk, then start again",
  ];
  return new LockstepError(code, message, { sqlite: error.code });
}

/** Runs an action of the driver, its failures turned by `storageError`. */
export function guarded<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw storageError(error);
  }
}
