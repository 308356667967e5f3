// Two real programs as guests: an interpreter (QuickJS) and a database (SQLite), as public packages build them. They are
// driven through a few of their exports; nothing that they import is needed for what they do here. The short names are
// what the builds of exactly these versions (bench/applications/package.json) call their exports.
import type { Guest } from "./guest.ts";
import type { Workload } from "./workload.ts";

/** An application: a workload whose module is a package's file. */
export type Application = Omit<Workload, "source" | "plain"> & { readonly file: string };

const QUICKJS = {
  initialize: "u",
  malloc: "v",
  newRuntime: "K",
  newContext: "N",
  getString: "$",
  evaluate: "pa",
} as const;
const SQLITE = {
  ...{ initialize: "P", malloc: "Ia", open: "Ha", exec: "W", prepare: "T", step: "U", text: "Z", finalize: "X" },
} as const;

/** A program of objects, closures, strings, floats and a regular expression. */
const SCRIPT = (rounds: number) => `(() => {
  let sum = 0;
  class Point { constructor(x, y) { this.x = x; this.y = y; } plus(p) { return new Point(this.x + p.x, this.y + p.y); } }
  for (let round = 0; round < ${rounds}; round++) {
    let at = new Point(0, 0.5);
    const names = new Map();
    for (let i = 0; i < 300; i++) {
      at = at.plus(new Point(i % 7, 1 / (i + 1)));
      const name = "n" + ((i * 31 + round) % 53);
      names.set(name, (names.get(name) ?? 0) + i);
    }
    const values = [...names.values()].sort((a, b) => a - b).map((v, i) => v * i).filter((v) => v % 3 !== 1);
    const text = JSON.stringify({ values, at }).replace(/[0-9]{2}/g, (m) => m[1] + m[0]);
    for (let i = 0; i < text.length; i++) sum = (sum * 31 + text.charCodeAt(i)) | 0;
  }
  return String(sum >>> 0);
})()`;

/** Writes a text with a final zero into memory that the guest allots. */
function put(guest: Guest, malloc: string, text: string): [at: number, length: number] {
  const bytes = new TextEncoder().encode(`${text}\0`);
  const at = guest.call(malloc, bytes.length);
  guest.memory().set(bytes, at);
  return [at, bytes.length - 1];
}

function textAt(guest: Guest, at: number): string {
  const memory = guest.memory();
  return new TextDecoder().decode(memory.subarray(at, memory.indexOf(0, at)));
}

/** The interpreter. */
export const quickjs: Application = {
  name: "QuickJS",
  file: "@jitl/quickjs-wasmfile-release-sync/dist/emscripten-module.wasm",
  memory: { import: ["a", "a", 256] },
  size: 16,
  small: [1, 3_473_901_439],
  prepare: (guest) => {
    guest.call(QUICKJS.initialize);
    const runtime = guest.call(QUICKJS.newRuntime);
    // Zero stands for all of the language's built-in objects.
    const context = guest.call(QUICKJS.newContext, runtime, 0);
    const [name] = put(guest, QUICKJS.malloc, "bench.js");
    return (rounds) => {
      const [code, length] = put(guest, QUICKJS.malloc, SCRIPT(rounds));
      const value = guest.call(QUICKJS.evaluate, context, code, length, name, 0, 0);
      return Number(textAt(guest, guest.call(QUICKJS.getString, context, value)));
    };
  },
};

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
