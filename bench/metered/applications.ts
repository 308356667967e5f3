// A real program as a guest: a database (SQLite), as a public package builds it. It is driven through a few of its
// exports; nothing that it imports is needed for what it does here. The short names are what the build of exactly this
// version (bench/applications/package.json) calls its exports.
import type { Guest } from "./guest.ts";
import type { Workload } from "./workload.ts";

/** An application: a workload whose module is a package's file. */
export type Application = Omit<Workload, "source" | "plain"> & { readonly file: string };

const SQLITE = {
  ...{ initialize: "P", malloc: "Ia", open: "Ha", exec: "W", prepare: "T", step: "U", text: "Z", finalize: "X" },
} as const;

/** Writes a text with a final zero into memory that the guest allots. */
export function put(guest: Guest, malloc: string, text: string): [at: number, length: number] {
  const bytes = new TextEncoder().encode(`${text}\0`);
  const at = guest.call(malloc, bytes.length);
  guest.memory().set(bytes, at);
  return [at, bytes.length - 1];
}

/** The text at an address, up to its zero. */
export function textAt(guest: Guest, at: number): string {
  const memory = guest.memory();
  return new TextDecoder().decode(memory.subarray(at, memory.indexOf(0, at)));
}

/** A table filled in one transaction, joined with itself, summed, changed and emptied. */
const CHANGES = (rows: number) => `
  BEGIN;
  INSERT INTO item SELECT value, value * 7919 % 101, 'name ' || (value * 31 % 97) FROM generate(${rows});
  COMMIT;`;
const QUERY = `SELECT sum(a.price * b.price % 1000003) + count(DISTINCT a.name) * 7 + sum(length(a.name || b.name))
  FROM item a JOIN item b ON b.price = a.price + 1 WHERE a.name LIKE '%1%'`;

/** The database, all in memory. */
export const sqlite: Application = {
  name: "SQLite",
  file: "sql.js/dist/sql-wasm.wasm",
  memory: { export: "O" },
  size: 3000,
  small: [50, 6758],
  prepare: (guest) => {
    guest.call(SQLITE.initialize);
    const [name] = put(guest, SQLITE.malloc, ":memory:");
    const handle = guest.call(SQLITE.malloc, 8);
    const word = (at: number) => new DataView(guest.memory().buffer).getUint32(at, true);
    if (guest.call(SQLITE.open, name, handle) !== 0) throw new Error("the database does not open");
    const database = word(handle);
    const exec = (text: string) => {
      const code = guest.call(SQLITE.exec, database, put(guest, SQLITE.malloc, text)[0], 0, 0, 0);
      if (code !== 0) throw new Error(`the database answers ${code} to ${text}`);
    };
    exec("CREATE TABLE item (id INTEGER PRIMARY KEY, price INTEGER, name TEXT); CREATE INDEX price ON item (price)");
    const [query] = put(guest, SQLITE.malloc, QUERY);
    return (rows) => {
      exec(
        CHANGES(rows).replace(
          /generate\((\d+)\)/,
          "(WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < $1) SELECT value FROM n)",
        ),
      );
      guest.call(SQLITE.prepare, database, query, -1, handle, 0);
      const statement = word(handle);
      guest.call(SQLITE.step, statement);
      const answer = Number(textAt(guest, guest.call(SQLITE.text, statement, 0)));
      guest.call(SQLITE.finalize, statement);
      exec("DELETE FROM item");
      return answer % 2 ** 32;
    };
  },
};
