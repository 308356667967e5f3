// A ledger derived again from its log: the honest log agrees with itself, and every dishonest one is found out where
// it begins to lie, whoever signed its checkpoints.
import { beforeAll, expect, test } from "vitest";
import { allLeaves, type ReplayReport, replay } from "../../../chain/consensus/index.ts";
import {
  Admission,
  amount,
  type BlockTime,
  blockLeaf,
  type Digest,
  parseLeaf,
  transactionLeaf,
  utf8Encode,
} from "../../../chain/protocol/index.ts";
import { nodeCrypto } from "../../../host/crypto.ts";
import { Chain, Person } from "./chain.ts";

let chain: Chain;
let log: Uint8Array[];

/** Six blocks: genesis, two faucets, then three blocks of two, one and two transfers. */
beforeAll(async () => {
  const [ann, bob] = [new Person(), new Person()];
  chain = new Chain();
  const transfer = (from: Person, to: Person) =>
    chain.sequencer.submit(chain.sign(from, { type: "transfer", to: to.id, amount: amount(5n) }));
  const rounds = [
    () => [ann, bob].map((person) => chain.sequencer.submit(chain.sign(person, { type: "faucet" }))),
    () => [transfer(ann, bob), transfer(bob, ann)],
    () => [transfer(ann, ann)],
    () => [transfer(bob, ann), transfer(ann, bob)],
  ];
  for (const round of rounds) {
    const asked = round();
    chain.timing.clock += 10;
    chain.timing.settle();
    await Promise.all(asked);
  }
  log = [...allLeaves(chain.store)];
});

const run = (leaves: Iterable<Uint8Array>, genesis = chain.genesis): ReplayReport =>
  replay({ crypto: nodeCrypto, admission: new Admission(), genesis }, leaves);

/** The log with one leaf put, changed or removed. */
function altered(at: number, change: (leaf: Uint8Array) => Uint8Array[]): Uint8Array[] {
  return log.flatMap((leaf, index) => (index === at ? change(leaf) : [leaf]));
}

test("the log of a ledger leads to its head", () => {
  const report = run(log);
  expect(report).toMatchObject({ blocks: 5, transactions: 7, difference: null });
  expect(report.head).toMatchObject({ height: 4n, stateRoot: chain.ledger.head.stateRoot });
  expect(report.head!.log.root()).toEqual(chain.ledger.head.log.root());
});

test("no log at all says nothing", () => {
  expect(run([])).toEqual({ blocks: 0, transactions: 0, head: null, difference: null });
});

test("another genesis disagrees with the first leaf", () => {
  const report = run(log, { ...chain.genesis, faucet: amount(1n) });
  expect(report.difference).toMatchObject({ height: 0n, leaf: 0 });
  expect(report.head).toBeNull();
});

/** Leaf indexes: 0 | 1 2 entry 3 | 4 5 entry 6 | 7 entry 8 | 9 10 entry 11. */
const LIES: readonly (readonly [string, () => Uint8Array[], height: bigint, leaf: number])[] = [
  ["a transaction left out", () => altered(5, () => []), 2n, 5],
  ["a transaction told twice", () => altered(7, (leaf) => [leaf, leaf]), 3n, 8],
  [
    "two transactions of one sender exchanged",
    () => [...log.slice(0, 4), log[7]!, log[5]!, log[6]!, log[4]!, ...log.slice(8)],
    2n,
    4,
  ],
  ["a code that is not the rules'", () => altered(7, (leaf) => [transactionLeaf("FUNDS", bytesOf(leaf))]), 3n, 7],
  [
    "another state root",
    () => altered(8, (leaf) => [entryWith(leaf, { stateRoot: "11".repeat(32) as Digest })]),
    3n,
    8,
  ],
  ["another time", () => altered(8, (leaf) => [entryWith(leaf, { time: 1_000_033n as BlockTime })]), 3n, 8],
  ["a time that stands still", () => altered(8, (leaf) => [entryWith(leaf, { time: 1_000_021n as BlockTime })]), 3n, 8],
  ["a receipt count", () => altered(6, (leaf) => [entryWith(leaf, { receipts: 1 })]), 2n, 6],
  ["a block left out", () => [...log.slice(0, 7), ...log.slice(9)], 3n, 8],
  ["something that is no leaf", () => altered(9, () => [utf8Encode("?")]), 4n, 9],
  ["an end without a block entry", () => log.slice(0, -1), 4n, 9],
  ["a signature changed", () => altered(4, (leaf) => [transactionLeaf("OK", forged(bytesOf(leaf)))]), 2n, 4],
];

function bytesOf(leaf: Uint8Array): Uint8Array {
  const parsed = parseLeaf(leaf);
  if (parsed.kind !== "transaction") throw new Error("the test expects a transaction here");
  return parsed.bytes;
}

function entryWith(leaf: Uint8Array, change: object): Uint8Array {
  const parsed = parseLeaf(leaf);
  if (parsed.kind !== "block") throw new Error("the test expects a block entry here");
  return blockLeaf({ ...parsed.entry, ...change });
}

/** The same transaction with one letter of its signature exchanged, far from the padding. */
function forged(bytes: Uint8Array): Uint8Array {
  const changed = Uint8Array.from(bytes);
  const at = changed.length - 40;
  changed[at] = changed[at] === 0x41 ? 0x42 : 0x41;
  return changed;
}

test.each(LIES)("a log with %s is found out there", (_what, lie, height, leaf) => {
  const { difference, head } = run(lie());
  expect(difference).toMatchObject({ height, leaf });
  expect(difference!.what).toMatch(/[a-z]/);
  expect(head!.height).toBe(height - 1n);
});
