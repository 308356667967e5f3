// What must be true of a ledger's file after any crash: every acknowledgement kept, the log without gaps, every state
// root derivable again, the checkpoint over exactly this log, the file itself sound.
import Database from "better-sqlite3";
import { allLeaves, openLedger, replay } from "../../chain/consensus/index.ts";
import {
  Admission,
  chainId,
  type Digest,
  equalBytes,
  logOrigin,
  noteKey,
  openCheckpoint,
} from "../../chain/protocol/index.ts";
import { SqliteStore } from "../../chain/store/sqlite.ts";
import { nodeCrypto } from "../../host/crypto.ts";
import { GENESIS, ORDERER } from "./world.ts";

/** An acknowledged transaction: its id and the index of its leaf. */
export type Acks = ReadonlyMap<Digest, number>;

/** Reads a writer's lines; a last line without its end was never said. */
export function readAcks(text: string): Map<Digest, number> {
  const acks = new Map<Digest, number>();
  for (const line of text.split("\n").slice(0, -1)) {
    const [, index, id] = /^(\d+) ([0-9a-f]{64})$/.exec(line) ?? [];
    if (index !== undefined && id !== undefined) acks.set(id as Digest, Number(index));
  }
  return acks;
}

/** How a file is after a crash. */
export interface Judgement {
  /** Acknowledged transactions that are not where their sender was told. */
  readonly lost: number;
  /** Transactions that the log holds. */
  readonly transactions: number;
  /** What is wrong besides, in words; empty when all is well. */
  readonly wrong: readonly string[];
}

/** Opens a ledger as a node would after a crash and holds it against everything that was acknowledged. */
export function judge(file: string, acks: Acks): Judgement {
  const store = new SqliteStore({ crypto: nodeCrypto, file });
  try {
    const head = store.head();
    if (head === null) return { lost: acks.size, transactions: 0, wrong: [] };
    const lost = [...acks].filter(([id, index]) => store.transaction(id)?.index !== index).length;
    const admission = new Admission();
    // Opening rebuilds the state tree from the stored records and compares its root.
    openLedger({ crypto: nodeCrypto, admission, genesis: GENESIS, store, signer: ORDERER });
    const report = replay({ crypto: nodeCrypto, admission, genesis: GENESIS }, allLeaves(store));
    const wrong: string[] = [];
    if (report.difference !== null) wrong.push(`replay: ${JSON.stringify(report.difference, bigints)}`);
    if (report.head?.stateRoot !== head.stateRoot) wrong.push("replay leads to another state root");
    const key = noteKey(nodeCrypto, logOrigin(chainId(nodeCrypto, GENESIS)), ORDERER.publicKey);
    const checkpoint = openCheckpoint(nodeCrypto, store.checkpoint(), key);
    if (checkpoint.size !== head.log.size || !equalBytes(checkpoint.root, head.log.root())) {
      wrong.push("the checkpoint is of another log");
    }
    return { lost, transactions: report.transactions, wrong };
  } finally {
    store.close();
  }
}

const bigints = (_name: string, value: unknown) => (typeof value === "bigint" ? String(value) : value);

/** SQLite's own opinion of every page and index of a file: "ok", or what is wrong. */
export function integrity(file: string): string {
  const database = new Database(file, { readonly: true });
  try {
    return database.pragma("integrity_check(1)", { simple: true }) as string;
  } finally {
    database.close();
  }
}
