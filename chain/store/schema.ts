// The database's tables and how an older file becomes a current one. A migration that was released never changes;
// the next form of the tables is a further entry in the list.
import type { Database } from "better-sqlite3";
import { LockstepError } from "../protocol/index.ts";

/** SQLite's application id for our files: "LKST". A file with another one is somebody else's. */
const APPLICATION_ID = 0x4c4b5354n;

/**
 * Version 1. `leaf` is the log; `node` holds runs of subtree hashes as numbered by `positions.ts`; `transactions`
 * finds a transaction's leaf by its id, `receipt` a job's; `block` names each block's last leaf, its block entry;
 * `state` holds the records by parent path (a JSON array of segments) and last segment, which SQLite orders bytewise.
 */
const VERSION_1 = `
CREATE TABLE leaf (position INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
CREATE TABLE node (first INTEGER PRIMARY KEY, hashes BLOB NOT NULL) STRICT;
CREATE TABLE transactions (id BLOB PRIMARY KEY, leaf INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE receipt (job BLOB PRIMARY KEY, leaf INTEGER NOT NULL, envelope BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE block (height INTEGER PRIMARY KEY, entry INTEGER NOT NULL UNIQUE) STRICT;
CREATE TABLE checkpoint (only INTEGER PRIMARY KEY CHECK (only = 1), note BLOB NOT NULL) STRICT;
CREATE TABLE state (
  parent TEXT NOT NULL, segment TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (parent, segment)
) STRICT, WITHOUT ROWID;
`;

/** SQL that leads from version n to n + 1, n being the index. */
export const MIGRATIONS: readonly string[] = [VERSION_1];

function pragma(database: Database, name: string): bigint {
  return database.pragma(name, { simple: true }) as bigint;
}

/** STORAGE_VERSION for a database of other software; reads only. A database without tables is nobody's yet. */
export function checkOwner(database: Database): void {
  if (pragma(database, "application_id") === APPLICATION_ID) return;
  const tables = database.prepare("SELECT count(*) FROM sqlite_schema").pluck().get() as bigint;
  if (tables === 0n && pragma(database, "application_id") === 0n) return;
  throw new LockstepError("STORAGE_VERSION", "the database file belongs to other software; name another file");
}

/**
 * Brings a database to the newest version, each step in a transaction of its own together with its number.
 * STORAGE_VERSION when the file is newer than the list.
 */
export function migrate(database: Database, migrations: readonly string[] = MIGRATIONS): void {
  const version = pragma(database, "user_version");
  if (version > BigInt(migrations.length)) {
    throw new LockstepError(
      "STORAGE_VERSION",
      `the ledger's database has version ${version} and this software knows up to ${migrations.length}; use newer software`,
    );
  }
  for (let next = Number(version); next < migrations.length; next++) {
    database.transaction(() => {
      database.exec(migrations[next]!);
      database.pragma(`application_id = ${APPLICATION_ID}`);
      database.pragma(`user_version = ${next + 1}`);
    })();
  }
}
