// Opening a ledger's database: who else has it, whose file it is, whether it is whole, and then the settings on which
// the promise rests that nothing acknowledged is ever lost. The order matters: a file that is not ours is never written.
import { statSync } from "node:fs";
import Database from "better-sqlite3";
import { LockstepError } from "../protocol/index.ts";
import { STORE_LIMITS } from "./limits.ts";
import { checkOwner, migrate } from "./schema.ts";
import { guarded } from "./sqlite-errors.ts";

/** Milliseconds to wait for a process that is just giving up the file. */
const LOCK_WAIT = 250;

function sizeOf(file: string): number | null {
  return statSync(file, { throwIfNoEntry: false })?.size ?? null;
}

/**
 * Refuses a file that was cut off where SQLite would not: one below a page counts as a new database, and the
 * write-ahead log beside it is thrown away; a last page that is not whole is read as if zeros followed. Only while
 * the write-ahead log holds that page again can a power cut have left it so.
 */
function refuseStump(file: string): void {
  const bytes = sizeOf(file);
  if (bytes === null) return;
  const whole = bytes % STORE_LIMITS.pageBytes === 0 || (sizeOf(`${file}-wal`) ?? 0) > 0;
  if (whole && bytes >= STORE_LIMITS.pageBytes) return;
  throw new LockstepError(
    "STORAGE_CORRUPT",
    "the ledger's database file is cut off; restore it from a copy, or remove it if the ledger never ran",
  );
}

function checkWhole(database: Database.Database, bytes: number): void {
  if (bytes > STORE_LIMITS.checkedFileBytes) return;
  if (database.pragma("quick_check(1)", { simple: true }) === "ok") return;
  throw new LockstepError("STORAGE_CORRUPT", "the ledger's database is damaged; restore it from a copy");
}

function configure(database: Database.Database, synchronous: "FULL" | "NORMAL"): void {
  // Takes effect while the file is new; later files keep the size that they have.
  database.pragma(`page_size = ${STORE_LIMITS.pageBytes}`);
  database.pragma("journal_mode = WAL");
  // In WAL mode only FULL syncs the log at every commit; the driver's default, NORMAL, loses commits at a power cut.
  database.pragma(`synchronous = ${synchronous}`);
  // Without these two, "synced" on macOS means handed to the drive's cache.
  database.pragma("fullfsync = ON");
  database.pragma("checkpoint_fullfsync = ON");
  // Negative: KiB. Every block touches records all over the state, and the default of 2 MiB would read them anew.
  database.pragma(`cache_size = -${STORE_LIMITS.cacheKib}`);
  database.pragma(`wal_autocheckpoint = ${STORE_LIMITS.walPages}`);
}

/** Opens the file for this process alone, checked, migrated and configured. */
export function openDatabase(file: string, synchronous: "FULL" | "NORMAL"): Database.Database {
  refuseStump(file);
  const bytes = sizeOf(file);
  return guarded(() => {
    const database = new Database(file, { timeout: LOCK_WAIT });
    try {
      database.defaultSafeIntegers(true);
      // The lock is held until the file is closed: two writers would each go on from a state that the other left.
      database.pragma("locking_mode = EXCLUSIVE");
      database.pragma("trusted_schema = OFF");
      database.pragma("cell_size_check = ON");
      checkOwner(database);
      if (bytes !== null) checkWhole(database, bytes);
      configure(database, synchronous);
      migrate(database);
    } catch (error) {
      database.close();
      throw error;
    }
    return database;
  });
}
