// Reading the ledger's records out of the store's committed state.

import type { z } from "zod";
import {
  type AccountId,
  type AccountRecord,
  accountRecord,
  type Digest,
  DOCUMENT_LIMITS,
  document,
  type JobRecord,
  type Json,
  jobRecord,
  LockstepError,
  PATHS,
  type Path,
  parseCanonical,
} from "../../chain/protocol/index.ts";
import type { LedgerStore } from "../../chain/store/index.ts";

/** A record at a path, or null. */
export function readRecord<S extends z.ZodType>(store: LedgerStore, path: Path, schema: S): z.output<S> | null {
  const bytes = store.get(path);
  if (bytes === undefined) return null;
  const json: Json = parseCanonical(bytes, DOCUMENT_LIMITS.recordBytes, "record");
  return document(schema, json, "record");
}

/** A record that must be there; NOT_FOUND naming `what` otherwise. */
export function needRecord<S extends z.ZodType>(store: LedgerStore, path: Path, schema: S, what: string): z.output<S> {
  const record = readRecord(store, path, schema);
  if (record === null) throw new LockstepError("NOT_FOUND", `the ledger has no ${what}`);
  return record;
}

/** A job's record; NOT_FOUND. */
export const needJob = (store: LedgerStore, id: Digest): JobRecord =>
  needRecord(store, PATHS.job(id), jobRecord, `job ${id}`);

/** An account; one that was never used is empty and speaks with the key of its own name. */
export function readAccount(store: LedgerStore, id: AccountId): AccountRecord {
  const empty = document(accountRecord, { balance: "0", faucet: false, key: id, nonce: "0" }, "account");
  return readRecord(store, PATHS.account(id), accountRecord) ?? empty;
}
