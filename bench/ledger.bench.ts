// Goal: what a signed transaction costs through the whole ledger (form, signature, rules, state tree, log, SQLite commit
// with sync, checkpoint) beside the bare cost of its signature check plus SQLite (append, debit with nonce, credit), in
// the same run; budget 1.3. Method: interleaved rounds, medians, CPU time of the whole process, fresh transfers among
// 100,000 accounts, blocks cut as the sequencer cuts them. Not measured: HTTP, execution, waiting for the disk.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import {
  accountRecord,
  amount,
  base64Decode,
  document,
  type Json,
  PATHS,
  pae,
  parseCanonical,
  TRANSACTION_TYPE,
} from "../chain/protocol/index.ts";
import { nodeCrypto } from "../host/crypto.ts";
import { cpuSeconds, median } from "./cpu.ts";
import { jobRows } from "./ledger-jobs.ts";
import { BALANCE, LedgerWorld } from "./ledger-world.ts";
import type { Row } from "./table.ts";

export const name = "a signed transaction through the whole ledger";

/** A signed transfer, with what the bare way needs of it, taken apart beforehand. */
interface Transfer {
  readonly bytes: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  readonly from: number;
  readonly to: number;
  readonly nonce: number;
}

/** Transfers of 1 from the senders in turn to accounts spread over all. */
function makeTransfers(world: LedgerWorld, count: number, from: number): Transfer[] {
  return Array.from({ length: count }, (_, step) => {
    const number = (from + step) % world.senders.length;
    const sender = world.senders[number]!;
    const to = ((from + step) * 7919 + 13) % world.accounts.length;
    const nonce = Number(sender.nonce);
    const bytes = world.sign(sender, { type: "transfer", to: world.accounts[to]!, amount: amount(1n) });
    const text = new TextDecoder().decode(bytes);
    const signature = base64Decode((JSON.parse(text) as { signature: string }).signature);
    const body = new TextEncoder().encode(text.slice('{"body":'.length, text.indexOf(',"key":"did:')));
    const message = pae(TRANSACTION_TYPE, body);
    return { bytes, publicKey: sender.signer.publicKey, message, signature, from: number, to, nonce };
  });
}

/** The bare way: verify, append, debit with nonce, credit, commit with sync. */
class Bare {
  readonly #database: Database.Database;
  readonly #append: Database.Statement;
  readonly #debit: Database.Statement;
  readonly #credit: Database.Statement;
  #rows = 0n;

  constructor(folder: string, accounts: number) {
    const database = new Database(join(folder, "bare.db"));
    database.defaultSafeIntegers(true);
    database.pragma("locking_mode = EXCLUSIVE");
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = FULL");
    database.pragma("wal_autocheckpoint = 4000");
    database.exec(`CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL, nonce INTEGER NOT NULL) STRICT;
      CREATE TABLE tx (position INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT`);
    const insert = database.prepare("INSERT INTO account VALUES (?, ?, 0)");
    database.transaction(() => {
      for (let id = 0; id < accounts; id++) insert.run(id, BALANCE);
    })();
    this.#append = database.prepare("INSERT INTO tx VALUES (?, ?)");
    this.#debit = database.prepare(
      "UPDATE account SET balance = balance - 1, nonce = nonce + 1 WHERE id = ? AND nonce = ? AND balance >= 1",
    );
    this.#credit = database.prepare("UPDATE account SET balance = balance + 1 WHERE id = ?");
    this.#database = database;
  }

  block(transfers: readonly Transfer[]): void {
    this.#database.exec("BEGIN IMMEDIATE");
    for (const { bytes, publicKey, message, signature, from, to, nonce } of transfers) {
      if (!nodeCrypto.verify(publicKey, message, signature)) throw new Error("a signature does not verify");
      this.#append.run(this.#rows++, bytes);
      if (this.#debit.run(from, nonce).changes !== 1) throw new Error("a debit did not apply");
      this.#credit.run(to);
    }
    this.#database.exec("COMMIT");
  }

  balance(id: number): bigint {
    return this.#database.prepare("SELECT balance FROM account WHERE id = ?").pluck().get(id) as bigint;
  }

  close(): void {
    this.#database.close();
  }
}

function cut<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}

/** Both ways must have come to the same balances, fees apart: a fast ledger that computes nonsense fails here. */
function compare(world: LedgerWorld, bare: Bare, sent: readonly bigint[]): void {
  const { fee } = world.ledger.genesis.parameters;
  for (let at = 0; at < world.accounts.length; at += 37) {
    const bytes = world.store.get(PATHS.account(world.accounts[at]!))!;
    const { balance } = document(accountRecord, parseCanonical(bytes, 4096) as Json, "account");
    if (balance + fee * (sent[at] ?? 0n) !== bare.balance(at))
      throw new Error(`account ${at} differs between the ways`);
  }
}

/** See `Bench`. */
export async function run({ small }: { small: boolean }): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "lockstep-bench-"));
  const [senders, accounts, rounds, perRound] = small ? [20, 200, 1, 100] : [1000, 100_000, 7, 3000];
  const world = new LedgerWorld(folder, senders, accounts);
  const bare = new Bare(folder, accounts);
  try {
    const rows: Row[] = [];
    const sizes = small ? [50] : [100, 256, 1000];
    const seconds = new Map(sizes.map((size) => [size, { ledger: [] as number[], bare: [] as number[] }]));
    let made = 0;
    // One round more than is counted: the first one warms up.
    for (let round = -1; round < rounds; round++) {
      for (const size of sizes) {
        const transfers = makeTransfers(world, perRound, made);
        made += perRound;
        const blocks = cut(transfers, size);
        const bareTime = await cpuSeconds(() => blocks.forEach((block) => void bare.block(block)));
        const ledgerTime = await cpuSeconds(async () => {
          for (const block of blocks) await world.block(block.map(({ bytes }) => bytes));
        });
        if (round < 0) continue;
        seconds.get(size)!.ledger.push(ledgerTime / perRound);
        seconds.get(size)!.bare.push(bareTime / perRound);
      }
    }
    compare(
      world,
      bare,
      world.senders.map(({ nonce }) => nonce),
    );
    for (const [size, times] of seconds) {
      const ratio = median(times.ledger.map((time, at) => time / times.bare[at]!));
      const blocks = `blocks of ${size}`;
      rows.push({ name: `whole ledger, ${blocks}`, value: 1 / median(times.ledger), unit: "tx per core-second" });
      rows.push({
        name: `bare signature and SQLite, ${blocks}`,
        value: 1 / median(times.bare),
        unit: "tx per core-second",
      });
      rows.push({ name: `ratio, ${blocks}`, value: ratio, unit: "times", note: "budget 1.3" });
    }
    return [...rows, ...(await jobRows(world, small))];
  } finally {
    bare.close();
    await world.close();
    rmSync(folder, { recursive: true });
  }
}
