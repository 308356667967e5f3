// The embedded sequencer: blocks as soon as work waits, answers only from the disk, bounds, deadlines, full disks.
import { describe, expect, test } from "vitest";
import { allLeaves, replay, SEQUENCER_LIMITS } from "../../../chain/consensus/index.ts";
import {
  amount,
  type Digest,
  height,
  LockstepError,
  logOrigin,
  noteKey,
  openCheckpoint,
  type TransactionBody,
  utf8Encode,
} from "../../../chain/protocol/index.ts";
import { type LedgerStore, MemoryStore } from "../../../chain/store/index.ts";
import { nodeCrypto } from "../../../host/crypto.ts";
import { type Ask, Chain, Person } from "./chain.ts";
import { FaultyStore } from "./faulty-store.ts";

/** The code that a submission ends with. */
function end(submission: Promise<unknown>): Promise<string> {
  return submission.then(
    () => "OK",
    (error: unknown) => (error instanceof LockstepError ? error.code : `not ours: ${error}`),
  );
}

const transfer = (to: Person, value = 1n) => ({ type: "transfer", to: to.id, amount: amount(value) }) as const;

describe("blocks", () => {
  test("are cut as soon as one transaction waits, and answer with its place", async () => {
    const ann = new Person();
    const chain = new Chain();
    const asked = chain.sequencer.submit(chain.sign(ann, { type: "faucet" }));
    await Promise.resolve();
    expect(chain.store.head()!.height).toBe(0n);
    chain.timing.settle();
    const applied = await asked;
    expect(applied).toMatchObject({ code: "OK", height: 1n, index: 1 });
    expect(chain.store.transaction(applied.id)).toMatchObject({ index: 1, height: 1n, code: "OK" });
    expect(chain.sequencer.head.height).toBe(1n);
  });

  test("gather what comes in together, in order of arrival, several of one sender too", async () => {
    const people = [new Person(), new Person()];
    const chain = new Chain();
    const asked = [];
    for (const person of people) asked.push(chain.sequencer.submit(chain.sign(person, { type: "faucet" })));
    for (let round = 0; round < 5; round++) {
      for (const person of people) asked.push(chain.sequencer.submit(chain.sign(person, transfer(people[0]!))));
    }
    chain.timing.settle();
    const applied = await Promise.all(asked);
    expect(applied.map(({ height }) => height)).toEqual(applied.map(() => 1n));
    expect(applied.map(({ index }) => index)).toEqual(applied.map((_, at) => at + 1));
    expect(chain.store.head()!.log.size).toBe(1 + asked.length + 1);
  });

  test("hold no more transactions than the limit, and the rest goes into the next ones", async () => {
    const ann = new Person();
    const chain = new Chain({ rich: [ann] });
    const count = SEQUENCER_LIMITS.blockTransactions + 20;
    const asked = Array.from({ length: count }, () => chain.sequencer.submit(chain.sign(ann, transfer(ann))));
    chain.timing.turn();
    expect(chain.store.head()!.log.size).toBe(1 + SEQUENCER_LIMITS.blockTransactions + 1);
    chain.timing.settle();
    const heights = (await Promise.all(asked)).map(({ height }) => height);
    expect(heights.filter((height) => height === 1n)).toHaveLength(SEQUENCER_LIMITS.blockTransactions);
    expect(heights.filter((height) => height === 2n)).toHaveLength(20);
  });

  test("come with a checkpoint over the whole log, signed by the orderer under the chain's own origin", async () => {
    const ann = new Person();
    const chain = new Chain();
    const asked = chain.sequencer.submit(chain.sign(ann, { type: "faucet" }));
    chain.timing.settle();
    await asked;
    const key = noteKey(nodeCrypto, logOrigin(chain.ledger.chain), chain.orderer.signer.publicKey);
    const checkpoint = openCheckpoint(nodeCrypto, chain.store.checkpoint(), key);
    const { log } = chain.store.head()!;
    expect(checkpoint).toEqual({ origin: key.name, size: log.size, root: log.root() });
    expect(checkpoint.size).toBe(3);
  });

  test("have strictly increasing times, also when the clock is put back", async () => {
    const ann = new Person();
    const chain = new Chain();
    const times = [];
    for (const clock of [1_050_000, 1_040_000, 1_040_000, 1_050_002, 1_050_100]) {
      chain.timing.clock = clock;
      const asked = chain.sequencer.submit(chain.sign(ann, times.length === 0 ? { type: "faucet" } : transfer(ann)));
      chain.timing.settle();
      await asked;
      times.push(chain.sequencer.head.time);
    }
    expect(times).toEqual([1_050_000n, 1_050_001n, 1_050_002n, 1_050_003n, 1_050_100n]);
  });

  test("are told to listeners once they are committed, until these stop", async () => {
    const ann = new Person();
    const chain = new Chain();
    const heard: string[] = [];
    const listen = (name: string) =>
      chain.sequencer.onBlock((block) => heard.push(`${name} ${block.head.height} ${chain.store.head()!.height}`));
    const stop = [listen("a"), listen("b")];
    const asked = [chain.sequencer.submit(chain.sign(ann, { type: "faucet" }))];
    chain.timing.settle();
    stop[0]!();
    asked.push(chain.sequencer.submit(chain.sign(ann, transfer(ann))));
    chain.timing.settle();
    await Promise.all(asked);
    expect(heard).toEqual(["a 1 1", "b 1 1", "b 2 2"]);
    for (let count = 1; count < SEQUENCER_LIMITS.listeners; count++) chain.sequencer.onBlock(() => undefined);
    expect(() => chain.sequencer.onBlock(() => undefined)).toThrow(expect.objectContaining({ code: "BUSY" }));
  });
});

describe("a listener that fails", () => {
  test("spoils nobody's answer, and is not asked again", async () => {
    const [ann, bob] = [new Person(), new Person()];
    const chain = new Chain({ rich: [ann] });
    let calls = 0;
    chain.sequencer.onBlock(() => {
      calls++;
      throw new Error("a listener's own trouble");
    });
    for (let count = 0; count < 2; count++) {
      const asked = chain.sequencer.submit(chain.sign(ann, transfer(bob)));
      chain.timing.settle();
      expect((await asked).code).toBe("OK");
    }
    expect(calls).toBe(1);
  });
});

describe("what is refused", () => {
  test("never enters the log, and nothing else suffers", async () => {
    const [ann, bob, poor] = [new Person(), new Person(), new Person()];
    const chain = new Chain({ rich: [ann, bob] });
    const other = new Person();
    const submit = (bytes: Uint8Array) => end(chain.sequencer.submit(bytes));
    const good = chain.sign(ann, transfer(bob));
    const forged = chain.sign(ann, transfer(other));
    ann.nonce--;
    forged[forged.length - 10]! ^= 1;
    const outcomes = [
      submit(good),
      submit(good),
      submit(chain.sign(poor, transfer(bob))),
      submit(chain.sign(bob, transfer(ann, 10n ** 12n))),
      submit(utf8Encode("not a transaction")),
      submit(forged),
      submit(chain.sign(ann, transfer(bob))),
      submit(chain.sign(other, transfer(ann), { chain: "00".repeat(32) } as Partial<TransactionBody>)),
      submit(chain.sign(other, { type: "faucet" }, { expires: 1n } as Partial<TransactionBody>)),
    ];
    bob.nonce = 0n;
    outcomes.push(submit(chain.sign(bob, transfer(ann))));
    chain.timing.settle();
    const codes = await Promise.all(outcomes);
    expect(codes.slice(0, 5)).toEqual(["OK", "WRONG_NONCE", "FUNDS", "FUNDS", "MALFORMED"]);
    expect(["SIGNATURE_INVALID", "MALFORMED"]).toContain(codes[5]);
    expect(codes.slice(6)).toEqual(["OK", "WRONG_CHAIN", "TX_EXPIRED", "OK"]);
    expect(chain.store.head()!.log.size).toBe(1 + 3 + 1);
  });

  test("makes no block when nothing else waits", async () => {
    const chain = new Chain();
    const outcome = end(chain.sequencer.submit(chain.sign(new Person(), transfer(new Person()))));
    chain.timing.settle();
    expect(await outcome).toBe("FUNDS");
    expect(chain.store.head()!.height).toBe(0n);
  });

  test("is what comes when too much waits: BUSY, and room again after a block", async () => {
    const ann = new Person();
    const chain = new Chain({ rich: [ann] });
    const one = chain.sign(ann, transfer(ann));
    const outcomes = Array.from({ length: SEQUENCER_LIMITS.queuedTransactions + 3 }, () =>
      end(chain.sequencer.submit(one)),
    );
    chain.timing.settle();
    const codes = await Promise.all(outcomes);
    expect(codes.filter((code) => code === "BUSY")).toHaveLength(3);
    expect(codes.filter((code) => code === "OK")).toHaveLength(1);
    const again = end(chain.sequencer.submit(chain.sign(ann, transfer(ann))));
    chain.timing.settle();
    expect(await again).toBe("OK");
  });
});

describe("deadlines", () => {
  /** A provider whose stake is on its way out: due ten seconds after the block that ordered it. */
  async function unbonding(store?: LedgerStore) {
    const ann = new Person();
    const chain = new Chain({ rich: [ann], ...(store && { store }) });
    const register: Ask = {
      type: "register",
      stake: amount(100_000_000n),
      offers: [{ sre: "wasm", profile: "draft-1" }],
      base: amount(1n),
      perMegafuel: amount(1n),
    };
    const asked = [register, { type: "unbond", amount: amount(50_000_000n) } as const].map((ask) =>
      chain.sequencer.submit(chain.sign(ann, ask)),
    );
    chain.timing.settle();
    await Promise.all(asked);
    return { ann, chain, due: Number(chain.ledger.nextDue()) };
  }

  test("cut an empty block when one is due and nothing else waits, and not before", async () => {
    const { chain, due } = await unbonding();
    expect(due).toBe(Number(chain.sequencer.head.time) + 10_000);
    chain.timing.advance(due - chain.timing.clock - 1);
    expect(chain.sequencer.head.height).toBe(1n);
    chain.timing.advance(1);
    expect(chain.sequencer.head).toMatchObject({ height: 2n, time: BigInt(due) });
    expect(chain.store.block(height(2n))!.entry.transactions).toBe(0);
    expect(chain.ledger.nextDue()).toBeNull();
    expect(chain.timing.next).toBeNull();
  });

  test("are waited for after a new start too", async () => {
    const { chain, due } = await unbonding();
    await chain.sequencer.close();
    const { store, orderer, genesis } = chain;
    const again = new Chain({ store, orderer, genesis, clock: due + 5000 });
    again.timing.advance(0);
    expect(again.sequencer.head).toMatchObject({ height: 2n, time: BigInt(due + 5000) });
  });

  test("are tried again when the disk was full", async () => {
    const store = new FaultyStore(new MemoryStore(nodeCrypto));
    const { chain, due } = await unbonding(store);
    store.failWith = new LockstepError("STORAGE_FULL", "the disk is full");
    chain.timing.advance(due - chain.timing.clock + 3000);
    expect(chain.sequencer.head.height).toBe(1n);
    store.failWith = null;
    chain.timing.advance(SEQUENCER_LIMITS.retryMs);
    expect(chain.sequencer.head.height).toBe(2n);
  });
});

describe("closing", () => {
  test("finishes what waits and takes in nothing more", async () => {
    const ann = new Person();
    const chain = new Chain({ rich: [ann] });
    const waiting = end(chain.sequencer.submit(chain.sign(ann, transfer(ann))));
    await Promise.resolve();
    await chain.sequencer.close();
    expect(await waiting).toBe("OK");
    expect(await end(chain.sequencer.submit(chain.sign(ann, transfer(ann))))).toBe("BUSY");
    chain.timing.advance(1_000_000);
    expect(chain.timing.next).toBeNull();
  });
});

describe("a store that fails", () => {
  test("for want of room drops the block, answers with that, and works again once there is room", async () => {
    const ann = new Person();
    const store = new FaultyStore(new MemoryStore(nodeCrypto));
    const chain = new Chain({ store, rich: [ann] });
    store.failWith = new LockstepError("STORAGE_FULL", "the disk is full");
    const lost = chain.sign(ann, transfer(ann));
    const outcomes = [end(chain.sequencer.submit(lost)), end(chain.sequencer.submit(chain.sign(ann, transfer(ann))))];
    chain.timing.settle();
    expect(await Promise.all(outcomes)).toEqual(["STORAGE_FULL", "STORAGE_FULL"]);
    expect(chain.sequencer.head.height).toBe(0n);
    store.failWith = null;
    const again = end(chain.sequencer.submit(lost));
    chain.timing.settle();
    expect(await again).toBe("OK");
    expect(chain.sequencer.head).toMatchObject({ height: 1n });
  });

  test("in any other way stops the sequencer: nobody knows what the disk holds", async () => {
    const ann = new Person();
    const store = new FaultyStore(new MemoryStore(nodeCrypto));
    const chain = new Chain({ store, rich: [ann] });
    store.failWith = new LockstepError("FAULT", "the disk reported an error");
    const count = SEQUENCER_LIMITS.blockTransactions + 5;
    const outcomes = Array.from({ length: count }, () => end(chain.sequencer.submit(chain.sign(ann, transfer(ann)))));
    chain.timing.settle();
    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(["FAULT"]));
    store.failWith = null;
    expect(await end(chain.sequencer.submit(chain.sign(ann, transfer(ann))))).toBe("FAULT");
  });

  test("at any of its writes loses nothing acknowledged: the first, the second, until none is left to fail", async () => {
    for (let nth = 0; ; nth++) {
      const people = [new Person(), new Person(), new Person()];
      const store = new FaultyStore(new MemoryStore(nodeCrypto));
      const chain = new Chain({ store, rich: people });
      store.failNth(nth, new LockstepError("STORAGE_FULL", "the disk is full"));
      const acknowledged = new Set<string>();
      for (let round = 0; round < 6; round++) {
        const outcomes = people.map((person) => {
          const asked = chain.sequencer.submit(chain.sign(person, transfer(people[round % 3]!)));
          return asked.then(
            ({ id }) => void acknowledged.add(id),
            () => void person.nonce--,
          );
        });
        chain.timing.settle();
        await Promise.all(outcomes);
      }
      for (const id of acknowledged) expect(store.transaction(id as Digest)?.code).toBe("OK");
      const { genesis, admission } = chain;
      const report = replay({ crypto: nodeCrypto, admission, genesis }, allLeaves(store));
      expect(report).toMatchObject({ difference: null, transactions: acknowledged.size });
      expect(report.head!.stateRoot).toBe(chain.ledger.head.stateRoot);
      if (store.failures === 0) {
        expect(nth).toBe(6);
        break;
      }
    }
  });
});
