// The conformance suite of stores: every implementation keeps the same blocks and gives the same answers.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import {
  compareBytes,
  consistencyProof,
  type Digest,
  height,
  inclusionProof,
  leafHash,
  utf8Decode,
  utf8Encode,
  verifyConsistency,
  verifyInclusion,
} from "../../../chain/protocol/index.ts";
import { type LedgerStore, MemoryStore, STORE_LIMITS } from "../../../chain/store/index.ts";
import { SqliteStore } from "../../../chain/store/sqlite.ts";
import { nodeCrypto } from "../../../host/crypto.ts";
import { codeOf } from "../../support/errors.ts";
import { Blocks, checkpointOf } from "./blocks.ts";

const folders: string[] = [];
const stores: LedgerStore[] = [];
afterEach(() => {
  for (const store of stores.splice(0)) store.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function sqlite(): SqliteStore {
  const folder = mkdtempSync(join(tmpdir(), "lockstep-store-"));
  folders.push(folder);
  return new SqliteStore({ crypto: nodeCrypto, file: join(folder, "ledger.db") });
}

const IMPLEMENTATIONS: readonly (readonly [string, () => LedgerStore])[] = [
  ["memory", () => new MemoryStore(nodeCrypto)],
  ["SQLite", sqlite],
];

const SEED = 20_261_124;
const SHAPES = [
  { transactions: 0, receipts: 0, changes: 20 },
  { transactions: 1, receipts: 0, changes: 3 },
  { transactions: 3, receipts: 2, changes: 9 },
  { transactions: 0, receipts: 0, changes: 0 },
  { transactions: 150, receipts: 0, changes: 60 },
  { transactions: 7, receipts: 7, changes: 40 },
];

describe.each(IMPLEMENTATIONS)("a %s store", (_name, make) => {
  function filled() {
    const store = make();
    stores.push(store);
    const blocks = new Blocks(SEED);
    const written = SHAPES.map((shape) => {
      const block = blocks.next(shape);
      store.write(block, checkpointOf(block));
      blocks.accept(block);
      return block;
    });
    return { store, blocks, written };
  }

  test("is empty at first, and says so", () => {
    const store = make();
    stores.push(store);
    expect(store.head()).toBeNull();
    expect(store.block(height(0n))).toBeNull();
    expect(store.leaves(0, 10)).toEqual([]);
    expect(store.scan(["accounts"], null, 10)).toEqual([]);
    expect(codeOf(() => store.checkpoint())).toBe("NOT_FOUND");
    expect(codeOf(() => store.leaf(0))).toBe("NOT_FOUND");
    expect(codeOf(() => store.node(0, 0))).toBe("NOT_FOUND");
  });

  test("knows the head and the checkpoint of the newest block", () => {
    const { store, written } = filled();
    const last = written.at(-1)!;
    const head = store.head()!;
    expect([head.height, head.time, head.stateRoot]).toEqual([last.head.height, last.head.time, last.head.stateRoot]);
    expect(head.log.size).toBe(last.head.log.size);
    expect(head.log.root()).toEqual(last.head.log.root());
    expect(utf8Decode(store.checkpoint())).toBe("checkpoint 5\n");
  });

  test("gives back a head of the caller's own: growing its log changes nothing here", () => {
    const { store } = filled();
    const size = store.head()!.log.size;
    store.head()!.log.append(new Uint8Array(32));
    expect(store.head()!.log.size).toBe(size);
  });

  test("has every leaf, alone and in ranges, and no more", () => {
    const { store, blocks } = filled();
    const { leaves } = blocks;
    expect(store.leaves(0, STORE_LIMITS.leavesPerRead)).toEqual(leaves);
    expect(store.leaves(5, 3)).toEqual(leaves.slice(5, 8));
    expect(store.leaves(leaves.length - 2, 50)).toEqual(leaves.slice(-2));
    expect(store.leaves(leaves.length, 5)).toEqual([]);
    expect(store.leaf(9)).toEqual(leaves[9]);
    expect(codeOf(() => store.leaf(leaves.length))).toBe("NOT_FOUND");
    expect(codeOf(() => store.leaves(0, STORE_LIMITS.leavesPerRead + 1))).toBe("OUT_OF_RANGE");
    expect(codeOf(() => store.leaves(-1, 1))).toBe("OUT_OF_RANGE");
    expect(codeOf(() => store.leaves(0.5, 1))).toBe("OUT_OF_RANGE");
  });

  test("finds transactions, receipts and blocks", () => {
    const { store, written } = filled();
    for (const block of written) {
      const stored = store.block(block.head.height)!;
      expect(stored).toEqual({
        entry: block.entry,
        first: block.firstLeaf,
        index: block.firstLeaf + block.leaves.length - 1,
      });
      for (const [at, { id, bytes }] of block.transactions.entries()) {
        const index = block.firstLeaf + at;
        expect(store.transaction(id)).toEqual({ index, height: block.head.height, code: "OK", bytes });
      }
      for (const { job, leafOffset, envelope } of block.receipts) {
        const index = block.firstLeaf + leafOffset;
        expect(store.receipt(job)).toEqual({ index, height: block.head.height, envelope });
      }
    }
    const unknown = "00".repeat(32) as Digest;
    expect([store.transaction(unknown), store.receipt(unknown), store.block(height(6n))]).toEqual([null, null, null]);
  });

  test("keeps the state: each record, and the children of a prefix in the order of their bytes", () => {
    const { store, blocks } = filled();
    const expected = new Map<string, [string, Uint8Array][]>();
    for (const [path, value] of blocks.records) {
      const segments = JSON.parse(path) as string[];
      expect(store.get(segments), path).toEqual(value);
      if (segments.length === 2)
        expected.set(segments[0]!, [...(expected.get(segments[0]!) ?? []), [segments[1]!, value]]);
    }
    expect(expected.size).toBe(3);
    for (const [parent, children] of expected) {
      children.sort(([a], [b]) => compareBytes(utf8Encode(a), utf8Encode(b)));
      expect(store.scan([parent], null, 1000)).toEqual(children);
      for (const [at, [segment]] of children.entries()) {
        expect(store.scan([parent], segment, 3)).toEqual(children.slice(at + 1, at + 4));
      }
    }
    expect(store.get(["accounts"])).toBeUndefined();
    expect(store.get(["accounts", "nobody"])).toBeUndefined();
    expect(store.scan([], null, 10)).toEqual([["chain", store.get(["chain"])]]);
    expect(codeOf(() => store.scan(["accounts"], null, 0))).toBe("OUT_OF_RANGE");
    expect(codeOf(() => store.scan(["accounts"], null, STORE_LIMITS.scanEntries + 1))).toBe("OUT_OF_RANGE");
  });

  test("proves every leaf and every growth of the log at any size", () => {
    const { store, written } = filled();
    const node = (level: number, index: number) => store.node(level, index);
    const heads = written.map(({ head: { log } }) => ({ size: log.size, root: log.root() }));
    for (const [at, head] of heads.entries()) {
      for (let index = 0; index < head.size; index += 1 + Math.floor(head.size / 20)) {
        const path = inclusionProof(nodeCrypto, index, head.size, node);
        const leaf = leafHash(nodeCrypto, store.leaf(index));
        expect(verifyInclusion(nodeCrypto, leaf, index, head.size, path, head.root), `${index} of ${head.size}`).toBe(
          true,
        );
      }
      for (const earlier of heads.slice(0, at)) {
        const path = consistencyProof(nodeCrypto, earlier.size, head.size, node);
        expect(verifyConsistency(nodeCrypto, earlier, head, path), `${earlier.size} to ${head.size}`).toBe(true);
      }
    }
  });

  test("has no subtree that the log does not complete", () => {
    const { store, blocks } = filled();
    const size = blocks.leaves.length;
    for (let level = 0; level < 10; level++) {
      const complete = Math.floor(size / 2 ** level);
      if (complete > 0) expect(store.node(level, complete - 1)).toHaveLength(32);
      expect(
        codeOf(() => store.node(level, complete)),
        `${level}/${complete}`,
      ).toBe("NOT_FOUND");
    }
    expect(codeOf(() => store.node(53, 0))).toBe("OUT_OF_RANGE");
    expect(codeOf(() => store.node(0, -1))).toBe("OUT_OF_RANGE");
    expect(codeOf(() => store.node(52, 2 ** 10))).toBe("OUT_OF_RANGE");
  });

  test("refuses a block that does not follow", () => {
    const { store, blocks, written } = filled();
    expect(codeOf(() => store.write(written.at(-1)!, new Uint8Array(1)))).toBe("INTERNAL");
    const next = blocks.next({ transactions: 1, receipts: 0, changes: 1 });
    const later = { ...next, head: { ...next.head, height: height(next.head.height + 1n) } };
    expect(codeOf(() => store.write(later, new Uint8Array(1)))).toBe("INTERNAL");
    const shorter = { ...next, leaves: next.leaves.slice(1) };
    expect(codeOf(() => store.write(shorter, new Uint8Array(1)))).toBe("INTERNAL");
    expect(store.head()!.height).toBe(5n);
    store.write(next, checkpointOf(next));
    expect(store.head()!.height).toBe(6n);
  });
});
