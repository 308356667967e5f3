// What only a store on a disk can suffer: damage, other users, other versions, a full disk, a new start.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { height, utf8Encode } from "../../../chain/protocol/index.ts";
import { MIGRATIONS, migrate } from "../../../chain/store/schema.ts";
import { SqliteStore } from "../../../chain/store/sqlite.ts";
import { nodeCrypto } from "../../../host/crypto.ts";
import { judge } from "../../crash/judge.ts";
import { codeOf, refusalOf } from "../../support/errors.ts";
import { random } from "../../support/state-tree.ts";
import { Blocks, checkpointOf } from "./blocks.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lockstep-sqlite-"));
  file = join(folder, "ledger.db");
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (path = file) => new SqliteStore({ crypto: nodeCrypto, file: path });

/** Opens a store that may be refused; its code, "opened" when it wasn't. */
function opening(path = file): string {
  const code = codeOf(() => open(path).close());
  return code ?? "opened";
}

/** A closed store with three blocks. */
function fill(path = file): Blocks {
  const store = open(path);
  const blocks = new Blocks(7);
  for (const transactions of [0, 40, 3]) {
    const block = blocks.next({ transactions, receipts: 2, changes: 30 });
    store.write(block, checkpointOf(block));
    blocks.accept(block);
  }
  store.close();
  return blocks;
}

test("a new start finds everything, and goes on", () => {
  const blocks = fill();
  const store = open();
  expect(store.leaves(0, 1000)).toEqual(blocks.leaves);
  const next = blocks.next({ transactions: 2, receipts: 0, changes: 5 });
  store.write(next, checkpointOf(next));
  expect(store.head()!.log.root()).toEqual(next.head.log.root());
  store.close();
});

test("a second user is refused while the first has the file, in this process and in another", () => {
  fill();
  const store = open();
  expect(opening()).toBe("STORAGE_LOCKED");
  const script = join(import.meta.dirname, "../../crash/try-open.ts");
  const other = spawnSync(process.execPath, [script, file], { encoding: "utf8" });
  expect(other.stdout.trim()).toBe("STORAGE_LOCKED");
  store.close();
  expect(spawnSync(process.execPath, [script, file], { encoding: "utf8" }).stdout.trim()).toBe("opened");
});

describe("damage is told in one sentence, and nothing is answered from it:", () => {
  test("a file cut off anywhere", () => {
    fill();
    const whole = readFileSync(file);
    for (const bytes of [1, 50, 100, 4096, 8192, whole.length - 4096, whole.length - 1]) {
      writeFileSync(file, whole.subarray(0, bytes));
      const refusal = refusalOf(() => open().close());
      expect(refusal?.code, `${bytes} of ${whole.length} bytes`).toBe("STORAGE_CORRUPT");
      expect(refusal!.message).toMatch(/^the ledger's database .*[^.\n]$/);
    }
  });

  test("an empty file, which SQLite would take for a new one", () => {
    fill();
    truncateSync(file, 0);
    expect(opening()).toBe("STORAGE_CORRUPT");
    expect(readFileSync(file)).toHaveLength(0);
  });

  test("a file that is no database", () => {
    writeFileSync(file, "once upon a time ".repeat(1000));
    expect(opening()).toBe("STORAGE_CORRUPT");
  });

  test("a byte changed anywhere: refused at opening, refused at reading, or without effect", () => {
    const blocks = fill();
    const whole = readFileSync(file);
    const next = random(11);
    const outcomes = { opening: 0, reading: 0, harmless: 0 };
    for (let round = 0; round < 150; round++) {
      const bytes = Uint8Array.from(whole);
      const at = next(bytes.length);
      bytes[at] = bytes[at]! ^ (1 + next(255));
      writeFileSync(file, bytes);
      let store: SqliteStore;
      try {
        store = open();
      } catch (error) {
        expect(["STORAGE_CORRUPT", "STORAGE_VERSION"], `byte ${at}`).toContain((error as { code: string }).code);
        outcomes.opening++;
        continue;
      }
      const code = codeOf(() => expect(store.leaves(0, 1000)).toEqual(blocks.leaves));
      if (code !== null) expect(code, `byte ${at}`).toBe("STORAGE_CORRUPT");
      outcomes[code === null ? "harmless" : "reading"]++;
      store.close();
    }
    // A tenth of the file is leaves and nodes; records are the state root's affair, which the ledger checks.
    expect(outcomes.reading).toBeGreaterThan(10);
    expect(outcomes.opening).toBeGreaterThan(2);
  });

  test.each([
    ["the last leaf is gone", "DELETE FROM leaf WHERE position = (SELECT max(position) FROM leaf)"],
    ["the last block is gone", "DELETE FROM block WHERE height = 2"],
    ["the log's hashes are gone", "DELETE FROM node"],
    ["the last hashes are gone", "DELETE FROM node WHERE first = (SELECT max(first) FROM node)"],
    ["another entry", "UPDATE leaf SET bytes = (SELECT bytes FROM leaf WHERE position = 0) WHERE position = 51"],
  ])("tables that contradict each other: %s", (_what, sql) => {
    fill();
    const database = new Database(file);
    expect(database.prepare("SELECT max(position) FROM leaf").pluck().get()).toBe(51);
    database.exec(sql);
    database.close();
    expect(opening()).toBe("STORAGE_CORRUPT");
  });

  test("a leaf in the middle that is gone", () => {
    fill();
    const database = new Database(file);
    database.exec("DELETE FROM leaf WHERE position = 20");
    database.close();
    const store = open();
    expect(codeOf(() => store.leaves(10, 20))).toBe("STORAGE_CORRUPT");
    expect(codeOf(() => store.leaf(20))).toBe("STORAGE_CORRUPT");
    store.close();
  });
});

describe("versions:", () => {
  test("a database of other software is refused and left as it is", () => {
    const database = new Database(file);
    database.exec("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
    database.close();
    const before = readFileSync(file);
    expect(opening()).toBe("STORAGE_VERSION");
    expect(readFileSync(file)).toEqual(before);
    expect(existsSync(`${file}-wal`)).toBe(false);
  });

  test("a database of newer software is refused and left as it is", () => {
    fill();
    const database = new Database(file);
    database.pragma("user_version = 99");
    database.close();
    const before = readFileSync(file);
    expect(opening()).toBe("STORAGE_VERSION");
    expect(readFileSync(file)).toEqual(before);
  });

  test("the stored sample of version 1 opens and holds the ledger that was written into it", () => {
    copyFileSync(join(import.meta.dirname, "../../data/ledger-v1.db"), file);
    expect(judge(file, new Map())).toEqual({ lost: 0, transactions: 6, wrong: [] });
    const store = open();
    expect(store.head()).toMatchObject({ height: 3n, log: { size: 10 } });
    expect(store.scan(["accounts"], null, 100)).toHaveLength(9);
    store.close();
    const database = new Database(file);
    expect(database.pragma("user_version", { simple: true })).toBe(MIGRATIONS.length);
    database.close();
  });

  test("an older database is brought forward step by step, each step whole or not at all", () => {
    fill();
    const database = new Database(file);
    database.defaultSafeIntegers(true);
    const steps = [
      ...MIGRATIONS,
      "ALTER TABLE block ADD COLUMN note TEXT; UPDATE block SET note = 'height ' || height",
      "CREATE TABLE extra (x) STRICT; INSERT INTO nowhere VALUES (1)",
    ];
    expect(() => migrate(database, steps)).toThrow();
    expect(database.pragma("user_version", { simple: true })).toBe(BigInt(steps.length - 1));
    expect(database.prepare("SELECT note FROM block WHERE height = 2").pluck().get()).toBe("height 2");
    expect(database.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'extra'").pluck().get()).toBe(0n);
    database.close();
  });
});

test("integers keep their 64 bits: heights beyond 2^53 come back exact", () => {
  fill();
  const database = new Database(file);
  database.defaultSafeIntegers(true);
  database.prepare("INSERT INTO block VALUES (?, ?)").run(2n ** 53n + 1n, 2n ** 53n + 1n);
  expect(database.prepare("SELECT max(height) FROM block").pluck().get()).toBe(2n ** 53n + 1n);
  database.close();
  // And the store sees that such a block can't be.
  expect(opening()).toBe("STORAGE_CORRUPT");
});

test("a write that fails on the disk leaves nothing behind, and the store refuses to guess afterwards", () => {
  fill();
  const copy = join(folder, "copy.db");
  copyFileSync(file, copy);
  const store = open();
  const blocks = new Blocks(7);
  const broken = blocks.next({ transactions: 0, receipts: 0, changes: 0 });
  // A value of a wrong type fails in the middle of the block's transaction, after its leaves were written.
  const block = {
    ...broken,
    head: { ...broken.head, height: height(3n), log: store.head()!.log },
    changes: [[["accounts", "x"], "text" as unknown as Uint8Array]] as const,
  };
  block.head.log.append(new Uint8Array(32));
  expect(() => store.write(block, utf8Encode("note"))).toThrow();
  expect(store.head()!.height).toBe(2n);
  store.close();
  expect(opening()).toBe("opened");
});
