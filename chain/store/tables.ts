// The prepared statements of the SQLite store, each with the types of its parameters and rows. Integers are bigint
// both ways: the driver's default silently rounds what is above 2^53.
import type { Database } from "better-sqlite3";

type Row<T> = T | undefined;

/** Every statement that the store runs, prepared once. */
export function prepareStatements(database: Database) {
  const write = <Parameters extends unknown[]>(sql: string) => {
    const statement = database.prepare<Parameters>(sql);
    return (...parameters: Parameters): void => void statement.run(...parameters);
  };
  const one = <Parameters extends unknown[], Result>(sql: string) => {
    const statement = database.prepare<Parameters, Result>(sql).raw(true);
    return (...parameters: Parameters): Row<Result> => statement.get(...parameters);
  };
  const all = <Parameters extends unknown[], Result>(sql: string) => {
    const statement = database.prepare<Parameters, Result>(sql).raw(true);
    return (...parameters: Parameters): Result[] => statement.all(...parameters);
  };
  return {
    begin: write<[]>("BEGIN IMMEDIATE"),
    commit: write<[]>("COMMIT"),
    rollback: write<[]>("ROLLBACK"),
    inTransaction: (): boolean => database.inTransaction,

    addLeaf: write<[bigint, Uint8Array]>("INSERT INTO leaf VALUES (?, ?)"),
    addNodes: write<[bigint, Uint8Array]>("INSERT INTO node VALUES (?, ?)"),
    addTransaction: write<[Uint8Array, bigint]>("INSERT INTO transactions VALUES (?, ?)"),
    addReceipt: write<[Uint8Array, bigint, Uint8Array]>("INSERT INTO receipt VALUES (?, ?, ?)"),
    addBlock: write<[bigint, bigint]>("INSERT INTO block VALUES (?, ?)"),
    setCheckpoint: write<[Uint8Array]>("INSERT OR REPLACE INTO checkpoint VALUES (1, ?)"),
    setRecord: write<[string, string, Uint8Array]>(
      "INSERT INTO state VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
    ),
    dropRecord: write<[string, string]>("DELETE FROM state WHERE parent = ? AND segment = ?"),

    leaf: one<[bigint], [Uint8Array]>("SELECT bytes FROM leaf WHERE position = ?"),
    leaves: all<[bigint, bigint], [Uint8Array]>("SELECT bytes FROM leaf WHERE position >= ? ORDER BY position LIMIT ?"),
    lastLeaf: one<[], [bigint | null]>("SELECT max(position) FROM leaf"),
    nodes: one<[bigint], [bigint, Uint8Array]>(
      "SELECT first, hashes FROM node WHERE first <= ? ORDER BY first DESC LIMIT 1",
    ),
    transaction: one<[Uint8Array], [bigint]>("SELECT leaf FROM transactions WHERE id = ?"),
    receipt: one<[Uint8Array], [bigint, Uint8Array]>("SELECT leaf, envelope FROM receipt WHERE job = ?"),
    block: one<[bigint], [bigint]>("SELECT entry FROM block WHERE height = ?"),
    blockOfLeaf: one<[bigint], [bigint]>("SELECT height FROM block WHERE entry >= ? ORDER BY entry LIMIT 1"),
    lastBlock: one<[], [bigint, bigint]>("SELECT height, entry FROM block ORDER BY height DESC LIMIT 1"),
    checkpoint: one<[], [Uint8Array]>("SELECT note FROM checkpoint"),
    record: one<[string, string], [Uint8Array]>("SELECT value FROM state WHERE parent = ? AND segment = ?"),
    scan: all<[string, string, bigint], [string, Uint8Array]>(
      "SELECT segment, value FROM state WHERE parent = ? AND segment > ? ORDER BY segment LIMIT ?",
    ),
  };
}

/** Every statement that the store runs. */
export type Statements = ReturnType<typeof prepareStatements>;
