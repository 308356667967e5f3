// The life of a job beyond the plain road: SPEC J1 to J9, M3, M4, P1 to P5, B4, B5.
import { describe, expect, test } from "vitest";
import { amount, type BlockTime, duration } from "../../../chain/protocol/index.ts";
import { market, order as orderOf, person, REGISTER } from "../../support/test-chain.ts";

const parameters = {
  acceptWindow: duration(1000n),
  resultGrace: duration(2000n),
  slowestFuelPerMs: 5000n,
  challengeWindow: duration(500n),
  unbondingTime: duration(4000n),
};
/** Of an order of 5 million fuel units: a run may take 3,000 ms, an attempt 4,000. */
const [RUN, ATTEMPT] = [3000n, 4000n];

describe("deadlines", () => {
  test("J3: the least deadline is one attempt, the longest the parameter's", () => {
    const { chain, place } = market(1, { parameters });
    expect(() => place({ deadline: duration(ATTEMPT - 1n) })).toThrow(/too short/);
    expect(() => place({ deadline: duration(3_600_001n) })).toThrow(/longest/);
    expect(chain.job(place({ deadline: duration(ATTEMPT) })).status).toBe("assigned");
    expect(chain.job(place({ deadline: duration(3_600_000n) })).status).toBe("assigned");
  });

  test("J6: who does not accept in time lapses, costs nothing, and the last attempt expires the job", () => {
    const { chain, place, at, alice, providers } = market(1, { parameters });
    const before = chain.balance(alice);
    const job = place();
    const due = chain.job(job).assignment!.due;
    expect(due).toBe(chain.job(job).placed + 1000n);
    expect(chain.ledger.nextDue()).toBe(due);
    at(due - 1n);
    expect(chain.job(job)).toMatchObject({ status: "assigned", attempt: 1, tried: [] });
    const { events } = at(due);
    expect(events.map(({ type, attempt }) => `${type} ${attempt}`)).toEqual(["lapsed 1", "assigned 2"]);
    expect(chain.job(job)).toMatchObject({ status: "assigned", attempt: 2, tried: [providers[0]!.id] });
    at(due + 1000n);
    at(due + 2000n);
    expect(chain.job(job)).toMatchObject({ status: "expired", attempt: 3, assignment: null });
    expect(chain.balance(alice)).toBe(before - 100n);
    expect(chain.provider(providers[0]!)).toMatchObject({ stake: REGISTER.stake, reserved: 0n });
    expect(chain.ledger.nextDue()).toBeNull();
  });

  test("J6, M4: an accepted attempt that times out burns its fee and no stake", () => {
    const { chain, place, at, assigned } = market(1, { parameters });
    const job = place();
    const by = assigned(job);
    chain.must(by, { type: "accept", job, attempt: 1 });
    const balance = chain.balance(by);
    const due = chain.job(job).assignment!.due;
    expect(due).toBe(chain.time + RUN);
    at(due - 1n);
    expect(chain.job(job).status).toBe("running");
    const { events } = at(due);
    expect(events.map(({ type }) => type)).toEqual(["timed-out", "assigned"]);
    expect(chain.chain().burned).toBe(chain.genesis.parameters.reservationFee);
    expect(chain.balance(by)).toBe(balance);
    expect(chain.provider(by)!.stake).toBe(REGISTER.stake);
  });

  test("J4, B4: at its due time an attempt is over, before any transaction of that block", () => {
    const { chain, place, assigned, receiptFor } = market(1, { parameters });
    const job = place();
    const by = assigned(job);
    const late = chain.sign(by, { type: "accept", job, attempt: 1 });
    const due = chain.job(job).assignment!.due;
    expect(chain.ledger.check(late, due)?.code).toBe("JOB_STATE");
    expect(chain.ledger.check(late, (due - 1n) as BlockTime)).toBeNull();
    const block = chain.block(Number(due - chain.time), late);
    expect(block.codes).toEqual(["JOB_STATE"]);
    chain.resync(by);
    chain.must(by, { type: "accept", job, attempt: 2 });
    const result = chain.sign(by, { type: "result", job, attempt: 2, envelope: receiptFor(job) });
    const end = chain.job(job).assignment!.due;
    expect(chain.ledger.check(result, end)?.code).toBe("JOB_STATE");
    expect(chain.block(Number(end - chain.time - 1n), result).codes).toEqual(["OK"]);
  });

  test("J7: no attempt begins that could not end before the deadline", () => {
    const { chain, place, at } = market(1, { parameters });
    const job = place({ deadline: duration(ATTEMPT + 999n) });
    const due = chain.job(job).assignment!.due;
    at(due);
    expect(chain.job(job)).toMatchObject({ status: "expired", attempt: 1 });
    const other = place({ deadline: duration(ATTEMPT + 1000n) });
    at(chain.job(other).assignment!.due);
    expect(chain.job(other)).toMatchObject({ status: "assigned", attempt: 2 });
    expect(chain.job(other).assignment!.due + RUN).toBe(chain.job(other).deadline);
  });

  test("J7: a job without a provider waits as long as an attempt still fits, then its escrow returns", () => {
    const { chain, place, at, alice } = market(0, { parameters });
    const job = place({ deadline: duration(ATTEMPT + 10n) });
    const { placed } = chain.job(job);
    expect(chain.job(job).status).toBe("waiting");
    expect(chain.count("waiting")).toBe(1);
    expect(chain.ledger.nextDue()).toBe(placed + 10n);
    at(placed + 9n);
    expect(chain.job(job).status).toBe("waiting");
    at(placed + 10n);
    expect(chain.job(job).status).toBe("expired");
    expect(chain.count("waiting") + chain.count("due")).toBe(0);
    const least = place({ deadline: duration(ATTEMPT) });
    expect(chain.job(least).status).toBe("expired");
    expect(chain.balance(alice)).toBe(chain.genesis.faucet - 200n);
  });

  test("J9, M3: an accepted job is final after the window, to the millisecond, and paid once", () => {
    const { chain, place, answer, at, alice, owner, providers } = market(1, { parameters });
    const job = place();
    answer(job);
    const { finalAt, time } = chain.job(job).accepted!;
    expect(finalAt).toBe(time + 500n);
    const [mine, owners, theirs] = [chain.balance(alice), chain.balance(owner), chain.balance(providers[0]!)];
    at(finalAt - 1n);
    expect(chain.balance(owner)).toBe(owners);
    at(finalAt);
    expect(chain.job(job).status).toBe("final");
    const paid = () => [
      chain.balance(alice) - mine,
      chain.balance(owner) - owners,
      chain.balance(providers[0]!) - theirs,
    ];
    expect(paid()).toEqual([1000n - 62n, 50n, 12n]);
    at(finalAt + 100_000n);
    expect(paid()).toEqual([1000n - 62n, 50n, 12n]);
    for (const wish of [
      { type: "cancel", job },
      { type: "cancel", job },
    ] as const) {
      expect(chain.do(alice, wish)).toBe("JOB_STATE");
    }
  });
});

describe("cancelling", () => {
  test("J8: waiting and assigned jobs return their escrow, running ones go on", () => {
    const { chain, place, alice, assigned } = market(1, { parameters });
    const provider = assigned(place());
    const [first, second] = [place(), place()];
    const before = chain.balance(alice);
    chain.must(alice, { type: "cancel", job: first });
    expect(chain.balance(alice)).toBe(before - 100n + 1000n);
    expect(chain.job(first)).toMatchObject({ status: "cancelled", assignment: null });
    expect(chain.do(alice, { type: "cancel", job: first })).toBe("JOB_STATE");
    expect(chain.do(provider, { type: "accept", job: first, attempt: 1 })).toBe("JOB_STATE");
    chain.must(provider, { type: "accept", job: second, attempt: 1 });
    expect(chain.do(alice, { type: "cancel", job: second })).toBe("JOB_STATE");
    expect(chain.provider(provider)!.reserved).toBe(2_000_000n);
  });

  test("J8: in the block of the order itself", () => {
    const { chain, alice, deployed } = market(0);
    const wish = chain.sign(alice, orderOf(deployed));
    const cancel = chain.sign(alice, { type: "cancel", job: wish.id });
    expect(chain.block(1, wish, cancel).codes).toEqual(["OK", "OK"]);
    expect(chain.job(wish.id).status).toBe("cancelled");
    expect(chain.count("waiting") + chain.count("due")).toBe(0);
  });
});

describe("providers", () => {
  test("P3, P4: only free stake leaves, after the unbonding time", () => {
    const { chain, place, at, providers } = market(1, { parameters });
    const provider = providers[0]!;
    place();
    expect(chain.do(provider, { type: "unbond", amount: amount(19_000_001n) })).toBe("STAKE_LOCKED");
    expect(chain.do(provider, { type: "unbond", amount: amount(10_000_001n) })).toBe("PROVIDER_STAKE");
    chain.must(provider, { type: "unbond", amount: amount(10_000_000n) });
    const balance = chain.balance(provider);
    const due = chain.time + 4000n;
    expect(chain.provider(provider)).toMatchObject({ stake: 20_000_000n, unbonding: 10_000_000n });
    expect(chain.do(provider, { type: "unbond", amount: amount(1n) })).toBe("PROVIDER_STAKE");
    at(due - 1n);
    expect(chain.balance(provider)).toBe(balance);
    at(due);
    expect(chain.balance(provider)).toBe(balance + 10_000_000n);
    expect(chain.provider(provider)).toMatchObject({ stake: 10_000_000n, unbonding: 0n });
  });

  test("P4: two unbondings that arrive together both arrive", () => {
    const { chain, at, providers } = market(1, { parameters });
    const provider = providers[0]!;
    const unbond = () => chain.sign(provider, { type: "unbond", amount: amount(4_000_000n) });
    chain.block(1, unbond(), unbond());
    const balance = chain.balance(provider);
    at(chain.time + 4000n);
    expect(chain.balance(provider)).toBe(balance + 8_000_000n);
  });

  test("P2, P5: a drained provider leaves with all its stake and is one no more", () => {
    const { chain, place, at, providers } = market(1, { parameters });
    const provider = providers[0]!;
    chain.must(provider, { type: "drain" });
    expect(chain.job(place()).status).toBe("waiting");
    chain.must(provider, { type: "unbond", amount: amount(20_000_000n) });
    at(chain.time + 4000n);
    expect(chain.provider(provider)).toBeNull();
    expect(chain.do(provider, { type: "drain" })).toBe("PROVIDER_UNKNOWN");
    chain.must(provider, { ...REGISTER, stake: amount(10_000_000n) });
    expect(chain.provider(provider)).toMatchObject({ stake: 10_000_000n, draining: false, since: chain.time });
  });

  test("P1: registering again adds stake, changes prices, ends draining, keeps what is reserved", () => {
    const { chain, place, providers } = market(1, { parameters });
    const provider = providers[0]!;
    const job = place();
    chain.must(provider, { type: "drain" });
    chain.must(provider, { ...REGISTER, stake: amount(5n), base: amount(77n) });
    expect(chain.provider(provider)).toMatchObject({
      stake: 20_000_005n,
      reserved: 1_000_000n,
      draining: false,
      base: 77n,
    });
    expect(chain.job(job).assignment!.base).toBe(10n);
  });

  test("P1: the smallest stake counts without what is unbonding", () => {
    const { chain, providers } = market(1, { parameters });
    const provider = providers[0]!;
    chain.must(provider, { type: "drain" });
    chain.must(provider, { type: "unbond", amount: amount(20_000_000n) });
    expect(chain.do(provider, { ...REGISTER, stake: amount(9_999_999n) })).toBe("PROVIDER_STAKE");
    expect(chain.do(provider, { ...REGISTER, stake: amount(10_000_000n) })).toBe("OK");
  });
});

describe("who may order", () => {
  test("J2: the callers of a deployment, and nobody else", () => {
    const setting = market(1, {}, { callers: [person("owner").id] });
    expect(() => setting.place()).toThrow(/callers/);
    expect(setting.chain.do(setting.owner, orderOf(setting.deployed))).toBe("OK");
  });
});

describe("names and deployments", () => {
  test("D1, D3: a name moves only by its owner, to any deployment", () => {
    const { chain, alice, owner, deployed, deployment } = market(0);
    const other = chain.sign(alice, { type: "deploy", deployment });
    chain.block(1, other);
    expect(chain.count("deployments")).toBe(2);
    chain.must(owner, { type: "name", name: "abc", deployment: deployed });
    expect(chain.do(alice, { type: "name", name: "abc", deployment: deployed })).toBe("NAME_REFUSED");
    const theirs = chain.view
      .scan(["deployments"], null, 9)
      .map(([id]) => id)
      .find((id) => id !== deployed)!;
    expect(chain.do(owner, { type: "name", name: "abc", deployment: theirs as typeof deployed })).toBe("OK");
  });

  test("D2: what SRE, ABI, entry and profile mean is not the ledger's business", () => {
    const unheard = { sre: "gpu", abi: "unheard-of", entry: "what", profile: "never" } as const;
    const { chain, place } = market(1, {}, unheard);
    expect(chain.job(place()).status).toBe("waiting");
  });

  test("J2: how answers are compared is not the order's to choose: an SRE's assurance says it", () => {
    const { chain, place } = market(1, {}, { sre: "container" });
    expect(() => place()).toThrow("answers of container are compared by none");
    expect(chain.job(place({ comparator: "none" })).status).toBe("waiting");
  });

  test("D1: the deploy fee counts each KiB begun", () => {
    const { chain, owner, deployment } = market(0);
    const fee = (size: number, entry: string) => {
      const before = chain.balance(owner);
      chain.must(owner, {
        type: "deploy",
        deployment: { ...deployment, entry, module: { ...deployment.module, size } },
      });
      return before - chain.balance(owner) - 100n;
    };
    expect([fee(0, "a"), fee(1, "b"), fee(1024, "c"), fee(1025, "d")]).toEqual([0n, 10n, 10n, 20n]);
  });

  test("D1: parts count like the module, together with it", () => {
    const { chain, owner, deployment } = market(0);
    const { module } = deployment;
    const parts = [
      { ...module, size: 1000 },
      { ...module, size: 1048 },
    ];
    const before = chain.balance(owner);
    chain.must(owner, { type: "deploy", deployment: { ...deployment, module: { ...module, size: 1 }, parts } });
    expect(before - chain.balance(owner) - 100n).toBe(30n);
    const many = Array.from({ length: 97 }, () => module);
    expect(() => chain.sign(owner, { type: "deploy", deployment: { ...deployment, parts: many } })).toThrow("parts");
  });
});
