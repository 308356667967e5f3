// Blocks, genesis and snapshots as a whole: SPEC G1, G2, B1, B3, B6 to B8.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  amount,
  blockTime,
  canonicalize,
  chainId,
  duration,
  encodeDocument,
  encodeGenesis,
  Frontier,
  type Genesis,
  hexDecode,
  hexEncode,
  INT64_MAX,
  type Json,
  leafHash,
  type Parameters,
  type Path,
  parseLeaf,
  portableCrypto,
  readGenesis,
  readTransaction,
  utf8Encode,
  verifyAbsence,
  verifyPrefix,
  verifyPresence,
} from "../../../chain/protocol/index.ts";
import { type Candidate, Ledger, readSnapshot, type StateView, writeSnapshot } from "../../../chain/state/index.ts";
import { CODECS } from "../../../chain/state/records.ts";
import { nodeCrypto } from "../../../host/crypto.ts";
import { codeOf } from "../../support/errors.ts";
import { MemoryView } from "../../support/memory-view.ts";
import { admission, market, order, person, REGISTER, TestChain } from "../../support/test-chain.ts";

/** A chain's genesis and blocks with what must come of them; a second implementation could read it too. */
const STORED = JSON.parse(readFileSync(join(import.meta.dirname, "../../data/ledger-scenario.json"), "utf8")) as {
  genesis: Json;
  /** Digest of the birth block's entry. */
  birth: string;
  blocks: { time: string; transactions: Json[]; codes: string[]; stateRoot: string }[];
  logRoot: string;
};

const [alice, bob, orderer] = [person("alice"), person("bob"), person("orderer")];

/** A scenario with a bit of everything, always the same. */
function scenario(): TestChain {
  const setting = market(2, { parameters: { challengeWindow: duration(500n) }, balances: { [bob.id]: 5_000_000n } });
  const { chain, place, answer, assigned, at, providers, owner, deployed } = setting;
  chain.must(owner, { type: "name", name: "count", deployment: deployed });
  const [paid, refused, cancelled, waiting] = [place(), place(), place(), place({ ceiling: amount(60n) })];
  answer(paid);
  chain.must(assigned(refused), { type: "refuse", job: refused, attempt: 1, reason: "busy" });
  chain.must(alice, { type: "cancel", job: cancelled });
  chain.must(providers[0]!, { type: "unbond", amount: amount(1_000_000n) });
  at(chain.job(paid).accepted!.finalAt);
  expect(chain.job(waiting).status).toBe("waiting");
  answer(refused);
  return chain;
}

describe("genesis", () => {
  const { genesis } = new TestChain({ balances: { [alice.id]: 5n } });

  test("G1: the chain id is the digest of the file, the first block its state", () => {
    const bytes = encodeGenesis(genesis);
    const digest = Buffer.from(nodeCrypto.sha256(bytes)).toString("hex");
    expect(chainId(nodeCrypto, genesis)).toBe(digest);
    expect(readGenesis(bytes)).toEqual(genesis);
    const birth = Ledger.birth(nodeCrypto, genesis);
    expect(birth.entry).toMatchObject({ chain: digest, height: 0n, time: genesis.time, transactions: 0, receipts: 0 });
    expect(birth.leaves).toHaveLength(1);
    expect(parseLeaf(birth.leaves[0]!)).toEqual({ kind: "block", entry: birth.entry });
    const paths = birth.changes.map(([path]) => path.join("/")).sort();
    expect(paths).toEqual(["chain", `accounts/${alice.id}`, `accounts/${orderer.id}`].sort());
  });

  test("G2: what the rules could not be kept under is refused", () => {
    const parameter = (change: Partial<Parameters>): Genesis => ({
      ...genesis,
      parameters: { ...genesis.parameters, ...change },
    });
    const wrong: Genesis[] = [
      { ...genesis, time: blockTime(2n ** 53n + 1n) },
      { ...genesis, balances: { [alice.id]: amount(INT64_MAX), [bob.id]: amount(1n) }, faucet: amount(0n) },
      { ...genesis, balances: { [alice.id]: amount(INT64_MAX) }, faucet: amount(1n) },
      parameter({ transactionLifetime: duration(2n ** 53n + 1n) }),
      parameter({ longestDeadline: duration(INT64_MAX) }),
      parameter({ acceptWindow: duration(0n) }),
      parameter({ unbondingTime: genesis.parameters.challengeWindow }),
      parameter({ slowestFuelPerMs: 0n }),
      parameter({ reservation: amount(0n) }),
      parameter({ smallestStake: amount(1n) }),
    ];
    for (const each of wrong) expect(codeOf(() => Ledger.birth(nodeCrypto, each))).toBe("OUT_OF_RANGE");
  });
});

describe("blocks", () => {
  test("B1: time strictly increases, within its bound", () => {
    const chain = new TestChain();
    for (const time of [chain.time, chain.time - 1n, 2n ** 53n + 1n]) {
      expect(codeOf(() => chain.ledger.apply({ time: blockTime(time), transactions: [] }))).toBe("OUT_OF_RANGE");
    }
    expect(chain.block(1).head.height).toBe(1n);
  });

  test("B2: due work comes first, then the transactions, then assignments", () => {
    const { chain, alice, deployed, place } = market(1);
    const job = place();
    const next = chain.sign(alice, order(deployed));
    const { events } = chain.block(Number(chain.job(job).assignment!.due - chain.time), next);
    const told = events.map(({ type, job: of }) => `${type} ${of === job ? "old" : "new"}`);
    expect(told).toEqual(["lapsed old", "placed new", "assigned old", "assigned new"]);
  });

  test("B3: the log holds every block's leaves in order, and its frontier is theirs", () => {
    const chain = scenario();
    const log = new Frontier(nodeCrypto);
    for (const { leaves, head, entry, transactions, codes, firstLeaf } of chain.blocks) {
      expect(firstLeaf).toBe(log.size);
      for (const leaf of leaves) log.append(leafHash(nodeCrypto, leaf));
      expect(head.log.serialize()).toEqual(log.serialize());
      const parsed = leaves.map(parseLeaf);
      expect(parsed.map(({ kind }) => kind)).toEqual([
        ...transactions.map(() => "transaction"),
        ...Array.from({ length: entry.receipts }, () => "receipt"),
        "block",
      ]);
      for (const [at, tx] of transactions.entries()) {
        expect(parsed[at]).toMatchObject({ code: codes[at] });
        const { bytes } = parsed[at] as { bytes: Uint8Array };
        expect(readTransaction(nodeCrypto, admission, bytes).id).toBe(tx.id);
      }
    }
  });

  test("B6: another ledger with other cryptography comes to the same bytes", () => {
    const chain = scenario();
    const view = new MemoryView();
    const birth = Ledger.birth(portableCrypto, chain.genesis);
    view.change(birth.changes);
    const crypto = { ...portableCrypto, verify: nodeCrypto.verify };
    const ledger = new Ledger({ crypto, admission, genesis: chain.genesis, view, head: birth.head });
    for (const block of chain.blocks.slice(1)) {
      const again = ledger.apply({ time: block.head.time, transactions: block.transactions });
      expect(again.head.stateRoot).toBe(block.head.stateRoot);
      expect(again.leaves).toEqual(block.leaves);
      expect(again.changes).toEqual(block.changes);
      view.change(again.changes);
      ledger.commit(again);
    }
  });

  test("B6: opened again at any block, a ledger goes on alike", () => {
    const chain = scenario();
    const view = new MemoryView();
    for (const [at, block] of chain.blocks.entries()) {
      view.change(block.changes);
      const next = chain.blocks[at + 1];
      if (next === undefined) continue;
      const ledger = new Ledger({ crypto: nodeCrypto, admission, genesis: chain.genesis, view, head: block.head });
      const again = ledger.apply({ time: next.head.time, transactions: next.transactions });
      expect(again.head.stateRoot).toBe(next.head.stateRoot);
    }
  });

  test("B6: the blocks of the stored scenario have the roots that are stored with them", () => {
    const view = new MemoryView();
    const first = Ledger.birth(nodeCrypto, readGenesis(canonicalize(STORED.genesis)));
    expect(hexEncode(nodeCrypto.sha256(first.leaves[0]!))).toBe(STORED.birth);
    view.change(first.changes);
    const ledger = new Ledger({
      crypto: nodeCrypto,
      admission,
      genesis: readGenesis(canonicalize(STORED.genesis)),
      view,
      head: first.head,
    });
    for (const { time, transactions, codes, stateRoot } of STORED.blocks) {
      const read = transactions.map((json) => readTransaction(nodeCrypto, admission, canonicalize(json)));
      const block = ledger.apply({ time: blockTime(BigInt(time)), transactions: read });
      expect({ codes: block.codes, stateRoot: block.head.stateRoot }).toEqual({ codes, stateRoot });
      view.change(block.changes);
      ledger.commit(block);
    }
    expect(hexEncode(ledger.head.log.root())).toBe(STORED.logRoot);
  });

  test("B7: a candidate that is dropped has changed nothing, and only the last one can be committed", () => {
    const chain = new TestChain({ balances: { [alice.id]: 1000n } });
    const pay = chain.sign(alice, { type: "transfer", to: bob.id, amount: amount(1n) });
    const { head } = chain.ledger;
    const time = blockTime(chain.time + 1n);
    const dropped = chain.ledger.apply({ time, transactions: [pay] });
    expect(chain.ledger.head).toBe(head);
    const { value, proof } = chain.ledger.prove(["accounts", bob.id]);
    expect(value).toBeNull();
    expect(verifyAbsence(nodeCrypto, hexDecode(head.stateRoot), ["accounts", bob.id], proof)).toBe(true);
    const empty = chain.ledger.apply({ time, transactions: [] });
    expect(codeOf(() => chain.ledger.commit(dropped))).toBe("INTERNAL");
    const same = new TestChain({ balances: { [alice.id]: 1000n } });
    expect(empty.head.stateRoot).toBe(same.block(1).head.stateRoot);
    const again = chain.ledger.apply({ time, transactions: [pay] });
    expect(again.head.stateRoot).toBe(dropped.head.stateRoot);
    // Proofs in between are of the committed state, and don't keep the candidate from being committed.
    expect(chain.ledger.prove(["accounts", bob.id]).value).toBeNull();
    chain.commit(again);
    expect(codeOf(() => chain.ledger.commit(again))).toBe("INTERNAL");
    const after = chain.ledger.prove(["accounts", bob.id]);
    const root = hexDecode(again.head.stateRoot);
    expect(verifyPresence(nodeCrypto, root, ["accounts", bob.id], after.value!, after.proof)).toBe(true);
    expect(chain.reopened().head.stateRoot).toBe(again.head.stateRoot);
    expect(chain.balance(bob)).toBe(1n);
  });

  test("prefix proofs are of everything below", () => {
    const chain = scenario();
    const entries = chain.view
      .scan(["jobs"], null, 100)
      .map(([id, value]): [Path, Uint8Array] => [["jobs", id], value]);
    const root = hexDecode(chain.ledger.head.stateRoot);
    expect(verifyPrefix(nodeCrypto, root, ["jobs"], entries, chain.ledger.provePrefix(["jobs"]))).toBe(true);
    expect(verifyPrefix(nodeCrypto, root, ["jobs"], entries.slice(1), chain.ledger.provePrefix(["jobs"]))).toBe(false);
  });
});

describe("damaged state", () => {
  const chain = scenario();
  const open = (view: StateView) =>
    codeOf(() => new Ledger({ crypto: nodeCrypto, admission, genesis: chain.genesis, view, head: chain.ledger.head }));
  const copyWith = (change: (view: MemoryView) => void): MemoryView => {
    const view = new MemoryView();
    for (const { changes } of chain.blocks) view.change(changes);
    change(view);
    return view;
  };

  test("is STORAGE_CORRUPT when the ledger opens, whatever is missing, added or other", () => {
    expect(open(copyWith(() => undefined))).toBeNull();
    const account: Path = ["accounts", alice.id];
    const value = CODECS.account.encode({ ...chain.account(alice), balance: amount(1n) });
    expect(open(copyWith((view) => view.change([[account, value]])))).toBe("STORAGE_CORRUPT");
    expect(open(copyWith((view) => view.change([[account, null]])))).toBe("STORAGE_CORRUPT");
    expect(open(copyWith((view) => view.change([[["jobs", "x"], utf8Encode("{}")]])))).toBe("STORAGE_CORRUPT");
    expect(open(copyWith((view) => view.change([[["chain"], null]])))).toBe("STORAGE_CORRUPT");
    expect(open(new MemoryView())).toBe("STORAGE_CORRUPT");
  });

  test("records that are none are STORAGE_CORRUPT too", () => {
    for (const codec of Object.values(CODECS)) {
      for (const bytes of ["", "{", "{}", "null", "[]", "\u{1f4a3}"]) {
        expect(codeOf(() => codec.decode(utf8Encode(bytes)))).toBe("STORAGE_CORRUPT");
      }
    }
  });
});

describe("records", () => {
  test("are encoded as their schemas say, byte for byte, and read back", () => {
    const chain = scenario();
    chain.must(person("newcomer"), { type: "faucet" });
    chain.must(person("newcomer"), REGISTER);
    const kinds = {
      accounts: "account",
      deployments: "deployment",
      due: "due",
      jobs: "job",
      names: "name",
      providers: "provider",
      waiting: "waiting",
    } as const;
    for (const [prefix, kind] of Object.entries(kinds)) {
      const found = chain.view.scan([prefix], null, 100);
      expect([prefix, found.length > 0]).toEqual([prefix, true]);
      for (const [, bytes] of found) {
        const record = CODECS[kind].decode(bytes);
        expect(CODECS[kind].encode(record as never)).toEqual(bytes);
        expect(canonicalize(encodeDocument(CODECS[kind].schema, record as never))).toEqual(bytes);
      }
    }
  });
});

describe("snapshots", () => {
  const chain = scenario();
  const stream = () => [...writeSnapshot(chain.ledger.chain, chain.ledger.head, chain.view)];
  const restore = (documents: Iterable<Uint8Array>): Ledger => {
    const { head, entries } = readSnapshot(nodeCrypto, documents);
    const view = new MemoryView();
    view.change(entries);
    return new Ledger({ crypto: nodeCrypto, admission, genesis: chain.genesis, view, head });
  };

  test("B8: restored, the ledger has the same root and makes the same next block", () => {
    const restored = restore(stream());
    expect(restored.head.stateRoot).toBe(chain.ledger.head.stateRoot);
    expect(restored.nextDue()).toBe(chain.ledger.nextDue());
    const next = (ledger: Ledger): Candidate => ledger.apply({ time: chain.ledger.nextDue()!, transactions: [] });
    expect(next(restored).leaves).toEqual(next(chain.ledger).leaves);
  });

  test("B8: a document that is missing, doubled, moved or changed is refused", () => {
    const documents = stream();
    const codes = new Map<string, number>();
    const refused = (changed: Uint8Array[]) => {
      const code = codeOf(() => restore(changed)) ?? "none";
      codes.set(code, (codes.get(code) ?? 0) + 1);
    };
    for (let at = 1; at < documents.length; at++) {
      refused(documents.toSpliced(at, 1));
      refused(documents.toSpliced(at, 0, documents[at]!));
      if (at > 1) refused(documents.toSpliced(at - 1, 2, documents[at]!, documents[at - 1]!));
      const flipped = documents[at]!.slice();
      flipped[Math.floor(flipped.length / 2)]! ^= 1;
      refused(documents.with(at, flipped));
    }
    const foreign = canonicalize({ path: ["zz", "x"], value: "" });
    refused([...documents, foreign]);
    refused([]);
    expect([...codes.keys()].sort()).toEqual(["MALFORMED", "STORAGE_CORRUPT"]);
  });
});
