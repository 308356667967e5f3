// The ledger's storage in one SQLite file: write-ahead log, every commit synced to the disk before it returns, one
// transaction per block. It needs Node and a native driver, so the room's door leaves it out: a node imports this file.
import {
  type Crypto,
  canonicalize,
  type Digest,
  DOCUMENT_LIMITS,
  encodeDocument,
  envelope as envelopeSchema,
  equalBytes,
  Frontier,
  type Height,
  hexDecode,
  LockstepError,
  leafHash,
  type Path,
} from "../protocol/index.ts";
import type { Candidate, Head } from "../state/index.ts";
import { beyondEnd, checkNext, checkRead, checkSubtree, firstLeafOf, noCheckpoint } from "./checks.ts";
import { copyFrontier } from "./frontier.ts";
import { STORE_LIMITS } from "./limits.ts";
import { blockEntryOf, corrupt, envelopeOf, transactionOf } from "./parse.ts";
import { frontierBytes, peaks, subtreeCount, subtreePosition } from "./positions.ts";
import { checkScan, parentKey } from "./records.ts";
import { guarded, storageError } from "./sqlite-errors.ts";
import { openDatabase } from "./sqlite-open.ts";
import type { LedgerStore, StoredBlock, StoredReceipt, StoredTransaction } from "./store.ts";
import { prepareStatements, type Statements } from "./tables.ts";

/** How a SQLite store is opened. */
export interface SqliteOptions {
  readonly crypto: Crypto;
  /** The database file; made when it is not there. */
  readonly file: string;
  /** `FULL`, the default, syncs at every commit. `NORMAL` is for the test that shows what it loses at a power cut. */
  readonly synchronous?: "FULL" | "NORMAL";
}

/** The driver's buffers as plain arrays over the same memory: nothing below `host` sees Buffer's own behaviour. */
const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);

/** A ledger's storage in a SQLite file, held by this process alone. */
export class SqliteStore implements LedgerStore {
  readonly #crypto: Crypto;
  readonly #close: () => void;
  readonly #sql: Statements;
  #head: Head | null;
  /** The failure after which nobody knows what is on the disk: only a new start reads it again. */
  #broken: unknown = null;
  /** The row of hashes read last: proofs and ranges of leaves read neighbours. Rows never change. */
  #row: { first: number; hashes: Uint8Array } = { first: 0, hashes: new Uint8Array(0) };

  /** Opens or makes the file: STORAGE_LOCKED, STORAGE_CORRUPT, STORAGE_VERSION, STORAGE_FULL, FAULT. */
  constructor({ crypto, file, synchronous = "FULL" }: SqliteOptions) {
    this.#crypto = crypto;
    const database = openDatabase(file, synchronous);
    this.#close = () => database.close();
    try {
      this.#sql = guarded(() => prepareStatements(database));
      this.#head = this.#readHead();
    } catch (error) {
      database.close();
      throw error;
    }
  }

  get(path: Path): Uint8Array | undefined {
    const row = guarded(() => this.#sql.record(parentKey(path.slice(0, -1)), path.at(-1)!));
    return row && plain(row[0]);
  }

  scan(prefix: Path, after: string | null, limit: number): (readonly [string, Uint8Array])[] {
    checkScan(limit);
    // No segment is empty, so every segment comes after the empty text.
    const rows = guarded(() => this.#sql.scan(parentKey(prefix), after ?? "", BigInt(limit)));
    return rows.map(([segment, value]) => [segment, plain(value)]);
  }

  head(): Head | null {
    return this.#head && { ...this.#head, log: copyFrontier(this.#crypto, this.#head.log) };
  }

  write(candidate: Candidate, checkpoint: Uint8Array): void {
    if (this.#broken !== null) throw this.#broken;
    const first = this.#head?.log.size ?? 0;
    checkNext(this.#head, first, candidate);
    this.#transact(() => {
      this.#writeLog(first, candidate);
      this.#writeIndex(first, candidate);
      this.#writeState(candidate);
      this.#sql.setCheckpoint(checkpoint);
    });
    this.#head = candidate.head;
  }

  checkpoint(): Uint8Array {
    const row = guarded(() => this.#sql.checkpoint());
    return row ? plain(row[0]) : noCheckpoint();
  }

  leaf(index: number): Uint8Array {
    return this.leaves(index, 1)[0] ?? beyondEnd(`leaf ${index}`);
  }

  leaves(from: number, count: number): Uint8Array[] {
    checkRead(from, count);
    const rows = guarded(() => this.#sql.leaves(BigInt(from), BigInt(count)));
    const expected = Math.max(0, Math.min(count, this.#size - from));
    if (rows.length !== expected) throw corrupt(`leaves are missing after leaf ${from}`);
    return rows.map(([row], offset) => this.#checkedLeaf(plain(row), from + offset));
  }

  node(level: number, index: number): Uint8Array {
    checkSubtree(level, index);
    if ((index + 1) * 2 ** level > this.#size) beyondEnd(`subtree ${level}/${index}`);
    return this.#hashAt(subtreePosition(level, index));
  }

  transaction(id: Digest): StoredTransaction | null {
    const row = guarded(() => this.#sql.transaction(hexDecode(id)));
    if (row === undefined) return null;
    const index = Number(row[0]);
    return { index, height: this.#heightOf(index), ...transactionOf(this.leaf(index), index) };
  }

  receipt(job: Digest): StoredReceipt | null {
    const row = guarded(() => this.#sql.receipt(hexDecode(job)));
    if (row === undefined) return null;
    const index = Number(row[0]);
    const envelope = envelopeOf(plain(row[1]), DOCUMENT_LIMITS.transactionBytes);
    return { index, height: this.#heightOf(index), envelope };
  }

  block(height: Height): StoredBlock | null {
    const entryOf = (at: bigint) => guarded(() => this.#sql.block(at))?.[0];
    const entry = entryOf(height);
    if (entry === undefined) return null;
    const before = height === 0n ? undefined : entryOf(height - 1n);
    if (height > 0n && before === undefined) throw corrupt(`block ${height - 1n} is missing`);
    const index = Number(entry);
    return {
      entry: blockEntryOf(this.leaf(index), index),
      index,
      first: firstLeafOf(before === undefined ? undefined : Number(before)),
    };
  }

  close(): void {
    this.#close();
  }

  get #size(): number {
    return this.#head?.log.size ?? 0;
  }

  #transact(action: () => void): void {
    try {
      this.#sql.begin();
      action();
      this.#sql.commit();
    } catch (error) {
      const failure = storageError(error);
      const full = failure instanceof LockstepError && failure.code === "STORAGE_FULL";
      // A full disk refuses before anything counts as written. After any other failure, a sync that failed above all,
      // the kernel may have dropped pages that the next sync would call clean: only a new start tells.
      if (!full || !this.#undone()) this.#broken = failure;
      throw failure;
    }
  }

  /** Takes the open transaction back; SQLite has done so already when the failure was its commit's. */
  #undone(): boolean {
    try {
      if (this.#sql.inTransaction()) this.#sql.rollback();
      return true;
    } catch {
      return false;
    }
  }

  #writeLog(size: number, { leaves, subtrees }: Candidate): void {
    for (const [offset, leaf] of leaves.entries()) this.#sql.addLeaf(BigInt(size + offset), leaf);
    const first = subtreeCount(size);
    for (let from = 0; from < subtrees.length; from += STORE_LIMITS.hashesPerRow) {
      const run = subtrees.slice(from, from + STORE_LIMITS.hashesPerRow);
      const joined = new Uint8Array(run.length * 32);
      for (const [at, hash] of run.entries()) joined.set(hash, at * 32);
      this.#sql.addNodes(BigInt(first + from), joined);
    }
  }

  #writeIndex(size: number, { head, transactions, leaves, receipts }: Candidate): void {
    for (const [offset, { id }] of transactions.entries()) {
      this.#sql.addTransaction(hexDecode(id), BigInt(size + offset));
    }
    for (const { job, leafOffset, envelope } of receipts) {
      const bytes = canonicalize(encodeDocument(envelopeSchema, envelope));
      this.#sql.addReceipt(hexDecode(job), BigInt(size + leafOffset), bytes);
    }
    this.#sql.addBlock(head.height, BigInt(size + leaves.length - 1));
  }

  #writeState({ changes }: Candidate): void {
    for (const [path, value] of changes) {
      const parent = parentKey(path.slice(0, -1));
      const segment = path.at(-1)!;
      if (value === null) this.#sql.dropRecord(parent, segment);
      else this.#sql.setRecord(parent, segment, value);
    }
  }

  /** The newest block's head from the tables, each table checked against the others. */
  #readHead(): Head | null {
    const block = guarded(() => this.#sql.lastBlock());
    const last = guarded(() => this.#sql.lastLeaf())?.[0] ?? null;
    if ((block?.[1] ?? null) !== last) throw corrupt("the log does not end with the last block's entry");
    if (block === undefined) return null;
    const [height, index] = [block[0], Number(block[1])];
    const size = index + 1;
    const hashes = peaks(size).map(({ level, index: at }) => this.#hashAt(subtreePosition(level, at)));
    const log = Frontier.parse(this.#crypto, frontierBytes(size, hashes));
    const bytes = plain(guarded(() => this.#sql.leaf(BigInt(index)))![0]);
    const entry = blockEntryOf(this.#checkedLeaf(bytes, index), index);
    if (entry.height !== height) throw corrupt(`the entry of block ${height} names another height`);
    return { height: entry.height, time: entry.time, stateRoot: entry.stateRoot, log };
  }

  #hashAt(position: number): Uint8Array {
    let offset = (position - this.#row.first) * 32;
    if (offset < 0 || offset >= this.#row.hashes.length) {
      const row = guarded(() => this.#sql.nodes(BigInt(position)));
      if (row === undefined) throw corrupt(`hash ${position} of the log's tree is missing`);
      this.#row = { first: Number(row[0]), hashes: plain(row[1]) };
      offset = (position - this.#row.first) * 32;
    }
    const hash = this.#row.hashes.slice(offset, offset + 32);
    if (hash.length !== 32) throw corrupt(`hash ${position} of the log's tree is missing`);
    return hash;
  }

  #checkedLeaf(bytes: Uint8Array, index: number): Uint8Array {
    if (!equalBytes(leafHash(this.#crypto, bytes), this.#hashAt(subtreePosition(0, index)))) {
      throw corrupt(`leaf ${index} does not match its hash`);
    }
    return bytes;
  }

  #heightOf(index: number): Height {
    const row = guarded(() => this.#sql.blockOfLeaf(BigInt(index)));
    if (row === undefined) throw corrupt(`leaf ${index} belongs to no block`);
    return row[0] as Height;
  }
}
