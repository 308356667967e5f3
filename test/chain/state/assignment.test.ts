// Who gets which job: SPEC W1 to W6, and the draw itself.
import { describe, expect, test } from "vitest";
import {
  type AccountId,
  amount,
  canonicalize,
  type Digest,
  duration,
  hexDecode,
} from "../../../chain/protocol/index.ts";
import { draw, LEDGER_LIMITS } from "../../../chain/state/index.ts";
import { nodeCrypto } from "../../../host/crypto.ts";
import { digestOfText, market, order, person, REGISTER, TestChain } from "../../support/test-chain.ts";

const id = (name: string) => person(name).id as AccountId;
const seedOf = (job: string, attempt = 1) => ({
  chain: digestOfText("chain"),
  job: digestOfText(job),
  attempt,
  root: digestOfText("root"),
});

describe("the draw", () => {
  test("W4: is what the specification says, by its letter", () => {
    const candidates = [id("a"), id("b"), id("c")].sort().map((of, at) => ({ id: of, weight: BigInt(at + 1) }));
    const seed = seedOf("job", 3);
    const json = canonicalize({ ...seed, index: 0, tag: "lockstep/draw/v1" });
    const point = BigInt(`0x${Buffer.from(nodeCrypto.sha256(json)).toString("hex")}`) % 6n;
    const expected = point < 1n ? candidates[0] : point < 3n ? candidates[1] : candidates[2];
    expect(draw(nodeCrypto, seed, candidates, 1)).toEqual([expected!.id]);
  });

  test("W4: follows the weights", () => {
    const candidates = [
      { id: id("a"), weight: 1n },
      { id: id("b"), weight: 3n },
    ];
    let first = 0;
    for (let at = 0; at < 2000; at++) if (draw(nodeCrypto, seedOf(`job ${at}`), candidates, 1)[0] === id("a")) first++;
    // Binomial with mean 500 and deviation 19.4: five deviations.
    expect(Math.abs(first - 500)).toBeLessThan(97);
  });

  test("W4: k of n are different, at most n, and the first k of k + 1 are the k", () => {
    const candidates = ["a", "b", "c", "d"].map((name, at) => ({ id: id(name), weight: 2n ** BigInt(20 * at) }));
    for (let at = 0; at < 100; at++) {
      const all = draw(nodeCrypto, seedOf(`job ${at}`), candidates, 9);
      expect(new Set(all).size).toBe(4);
      for (let k = 0; k <= 4; k++)
        expect(draw(nodeCrypto, seedOf(`job ${at}`), candidates, k)).toEqual(all.slice(0, k));
    }
    expect(draw(nodeCrypto, seedOf("job"), [], 1)).toEqual([]);
  });

  test("W4: depends on chain, job, attempt and root", () => {
    const candidates = Array.from({ length: 40 }, (_, at) => ({ id: id(`n${at}`), weight: 1n }));
    const order = (seed: ReturnType<typeof seedOf>) => draw(nodeCrypto, seed, candidates, 40).join();
    const base = seedOf("job");
    const others = ["chain", "job", "root"].map((part) => ({ ...base, [part]: digestOfText("other") }));
    expect(new Set([base, ...others, { ...base, attempt: 2 }].map(order)).size).toBe(5);
  });
});

describe("eligible", () => {
  test("W2, W6: free stake limits how many jobs a provider has at once", () => {
    const { chain, place, answer, at } = market(1);
    const jobs = Array.from({ length: 21 }, () => place());
    expect(chain.job(jobs[19]!).status).toBe("assigned");
    expect(chain.job(jobs[20]!).status).toBe("waiting");
    answer(jobs[0]!);
    at(chain.job(jobs[0]!).accepted!.finalAt);
    expect(chain.job(jobs[0]!).status).toBe("final");
    expect(chain.job(jobs[20]!).status).toBe("assigned");
  });

  test("W2: the worst price has to be within the ceiling", () => {
    const { chain, place } = market(1);
    // 10 base, 5 million fuel units at 1 each, 50 for the owner.
    expect(chain.job(place({ ceiling: amount(64n) })).status).toBe("waiting");
    expect(chain.job(place({ ceiling: amount(65n) })).status).toBe("assigned");
  });

  test("W2: SRE and profile have to be offered together", () => {
    const { chain, place, providers } = market(1);
    const offers = [
      { sre: "wasm", profile: "other" },
      { sre: "quickjs", profile: "draft-wasm-1" },
    ] as const;
    chain.must(providers[0]!, { ...REGISTER, stake: amount(0n), offers: [...offers] });
    const job = place();
    expect(chain.job(job).status).toBe("waiting");
    chain.must(providers[0]!, { ...REGISTER, stake: amount(0n) });
    expect(chain.job(job).status).toBe("assigned");
  });

  test("W3: whoever refused is not drawn again while others are there", () => {
    const { chain, place, assigned } = market(3);
    const job = place();
    const seen = new Set<string>();
    for (const attempt of [1, 2]) {
      seen.add(assigned(job).name);
      chain.must(assigned(job), { type: "refuse", job, attempt, reason: "busy" });
    }
    seen.add(assigned(job).name);
    expect(seen.size).toBe(3);
    expect(chain.job(job).attempt).toBe(3);
    chain.must(assigned(job), { type: "refuse", job, attempt: 3, reason: "busy" });
    expect(chain.job(job).status).toBe("expired");
  });

  test("W3: and is drawn again when nobody else is", () => {
    const { chain, place, assigned } = market(1);
    const job = place();
    chain.must(assigned(job), { type: "refuse", job, attempt: 1, reason: "busy" });
    expect(chain.job(job)).toMatchObject({ status: "assigned", attempt: 2 });
  });

  test("P1, W5: a provider that registers gets the jobs that waited, oldest first", () => {
    const setting = market(0);
    const { chain, place } = setting;
    const jobs = Array.from({ length: 3 }, () => place());
    const provider = person("newcomer");
    chain.must(provider, { type: "faucet" });
    chain.must(provider, { ...REGISTER, stake: amount(10_000_000n) });
    expect(jobs.map((job) => chain.job(job).status)).toEqual(["assigned", "assigned", "assigned"]);
    const { events } = chain.blocks.at(-1)!;
    expect(events.map(({ job }) => job)).toEqual(jobs);
  });
});

describe("rounds", () => {
  test("W1, B5: of more jobs than a block offers that begin to wait at once, the rest is offered by the next block", () => {
    const { chain, alice, deployed } = market(1, {
      faucet: 10_000_000_000n,
      parameters: { reservation: amount(1n), smallestStake: amount(1n) },
    });
    const count = LEDGER_LIMITS.drawsPerBlock + 3;
    const orders = Array.from({ length: count }, () => chain.sign(alice, order(deployed)));
    const statuses = () =>
      orders.map(({ id }) => chain.job(id).status).filter((status) => status === "assigned").length;
    chain.block(1, ...orders);
    expect(statuses()).toBe(LEDGER_LIMITS.drawsPerBlock);
    expect(chain.ledger.nextDue()).toBe(chain.time + 1n);
    chain.block(1);
    expect(statuses()).toBe(count);
  });

  test("W5, B5: more waiting jobs than a block offers are offered by the next ones, which become due", () => {
    const setting = market(0, {
      faucet: 10_000_000_000n,
      parameters: { reservation: amount(1n), smallestStake: amount(1n) },
    });
    const { chain, alice, deployed } = setting;
    const count = LEDGER_LIMITS.drawsPerBlock * 2 + 10;
    // The oldest jobs are too cheap for anybody: they must not keep the round from those behind them.
    const make = (at: number) =>
      chain.sign(
        alice,
        order(deployed, {
          ceiling: amount(at < LEDGER_LIMITS.drawsPerBlock ? 50n : 1000n),
          deadline: duration(600_000n),
        }),
      );
    const ids: Digest[] = [];
    for (let at = 0; at < count; at += 128) {
      const portion = Array.from({ length: Math.min(128, count - at) }, (_, next) => make(at + next));
      chain.block(1, ...portion);
      ids.push(...portion.map((tx) => tx.id));
    }
    expect(chain.count("waiting")).toBe(count);
    const provider = person("newcomer");
    chain.must(provider, { type: "faucet" });
    chain.must(provider, { ...REGISTER, stake: amount(1_000_000n) });
    expect(chain.count("waiting")).toBe(count);
    expect(chain.chain().round).not.toBeNull();
    expect(chain.ledger.nextDue()).toBe(chain.time + 1n);
    chain.block(1);
    expect(chain.count("waiting")).toBe(count - LEDGER_LIMITS.drawsPerBlock);
    // A second ledger opened in the middle of the round goes on alike.
    const again = chain.reopened().apply({ time: (chain.time + 1n) as never, transactions: [] });
    expect(chain.block(1).head.stateRoot).toBe(again.head.stateRoot);
    expect(chain.count("waiting")).toBe(LEDGER_LIMITS.drawsPerBlock);
    expect(chain.chain().round).toBeNull();
    expect(chain.job(ids.at(-1)!).status).toBe("assigned");
  });
});

describe("the chain", () => {
  test("W4: draws with the state root of the block before", () => {
    const { chain, place, providers } = market(5);
    const root = chain.ledger.head.stateRoot;
    const job = place();
    const candidates = providers
      .map((who) => ({ id: who.id, weight: 20_000_000n }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    const seed = { chain: chain.ledger.chain, job, attempt: 1, root };
    expect([chain.job(job).assignment!.provider]).toEqual(draw(nodeCrypto, seed, candidates, 1));
    expect(hexDecode(root)).toHaveLength(32);
    expect(new TestChain().ledger.nextDue()).toBeNull();
  });
});
