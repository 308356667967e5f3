// The state tree's own cost. Method: 100,000 accounts, blocks of random overwrites of about 150-byte documents, all
// variants in turn in each of five rounds, medians of CPU time of this thread; values are made before the clock
// starts. Goal: 150,000 updates per core-second in blocks of 1,000 with the native batch. Not measured: signatures,
// the database, making the documents. At the end all variants and the definition must agree on the root.
import { deepStrictEqual } from "node:assert/strict";
import { type Crypto, pairsByLoop, type TreeEntry, treeRoot, verifyPresence } from "../chain/protocol/index.ts";
import { StateTree } from "../chain/state/index.ts";
import { nodeCrypto } from "../host/crypto.ts";
import { median } from "./cpu.ts";
import type { Row } from "./table.ts";

export const name = "state tree: updates, rollback and proofs";

/** CPU time of this thread in µs that `work` takes; at least 1, since some kernels count in steps of milliseconds. */
function cpu(work: () => void): number {
  const begin = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(begin);
  return Math.max(1, user + system);
}

const account = (number: number) => ["accounts", `did:key:z6Mk${String(number).padStart(44, "x")}`] as const;
const encoder = new TextEncoder();
const record = (number: number) =>
  encoder.encode(`{"balance":"${number}","history":[],"key":"${account(number)[1]}","nonce":"${number % 97}"}`);

const loopCrypto: Crypto = { ...nodeCrypto, sha256Pairs: (blocks) => pairsByLoop(nodeCrypto.sha256, blocks) };

/** Blocks of distinct accounts with new values, the same in every run. */
function* blocksOf(size: number, count: number, accounts: number): Generator<TreeEntry[]> {
  let state = size;
  for (let block = 0; block < count; block++) {
    const chosen = new Set<number>();
    while (chosen.size < size) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      chosen.add(state % accounts);
    }
    yield [...chosen].map((number) => [account(number), record(state ^ number)]);
  }
}

/** Measures updates, a rollback, a proof. */
export function run({ small }: { small: boolean }): readonly Row[] {
  const accounts = small ? 1000 : 100_000;
  const rounds = small ? 1 : 5;
  const variants = [
    { label: "native batch", tree: new StateTree(nodeCrypto) },
    { label: "single hashes", tree: new StateTree(loopCrypto) },
  ];
  const initial = Array.from({ length: accounts }, (_, number): TreeEntry => [account(number), record(number)]);
  const rows: Row[] = [];
  for (const { label, tree } of variants) {
    const time = cpu(() => tree.update(initial));
    tree.commit();
    rows.push({ name: `built from ${accounts} entries`, value: time / 1e6, unit: "core-seconds", note: label });
  }
  const state = new Map(initial.map(([path, value]) => [path[1]!, value]));
  for (const size of small ? [1, 100] : [1, 100, 1000]) {
    const blocks = [...blocksOf(size, Math.ceil((small ? 1000 : 20_000) / size), accounts)];
    for (const [path, value] of blocks.flat()) state.set(path[1]!, value);
    const times = variants.map((): number[] => []);
    for (let round = 0; round < rounds; round++) {
      for (const [index, { tree }] of variants.entries()) {
        const time = cpu(() => {
          for (const block of blocks) {
            tree.update(block);
            tree.commit();
          }
        });
        times[index]!.push(time / (size * blocks.length));
      }
    }
    for (const [index, { label }] of variants.entries()) {
      const value = 1e6 / median(times[index]!);
      rows.push({ name: `updates, block of ${size}`, value, unit: "per core-second", note: label });
    }
  }
  const entries = [...state].map(([id, value]): TreeEntry => [["accounts", id], value]);
  const root = treeRoot(nodeCrypto, entries);
  for (const { tree } of variants) deepStrictEqual(tree.root, root);
  rows.push(...measureRest(variants[0]!.tree, entries));
  return rows;
}

function measureRest(tree: StateTree, entries: readonly TreeEntry[]): Row[] {
  const root = tree.root;
  const block = entries.slice(0, 1000);
  tree.update(block.map(([path]) => [path, null]));
  const back = cpu(() => tree.rollback());
  deepStrictEqual(tree.root, root);
  const sample = entries.slice(0, 2000);
  const proofs: ReturnType<StateTree["prove"]>[] = [];
  const proving = cpu(() => {
    for (const [path] of sample) proofs.push(tree.prove(path));
  });
  let verified = 0;
  const verifying = cpu(() => {
    for (const [index, [path, value]] of sample.entries()) {
      if (verifyPresence(nodeCrypto, root, path, value, proofs[index]!)) verified++;
    }
  });
  deepStrictEqual(verified, sample.length);
  return [
    { name: "rollback of a block of 1000", value: back, unit: "µs", note: "every account of it had been removed" },
    { name: "proof made", value: proving / sample.length, unit: "µs", note: "presence" },
    { name: "proof verified", value: verifying / sample.length, unit: "µs", note: "presence" },
  ];
}
