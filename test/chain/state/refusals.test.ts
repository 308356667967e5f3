// The order in which a transaction's faults are found (SPEC X1, X2 and the order named by each type): every pair of
// faults in one transaction gives the code of the earlier one.
import { describe, expect, test } from "vitest";
import {
  amount,
  blockTime,
  canonicalize,
  type Digest,
  duration,
  fuel,
  type Json,
  keyId,
  nonce,
  parseCanonical,
  readTransaction,
} from "../../../chain/protocol/index.ts";
import { nodeCrypto } from "../../../host/crypto.ts";
import { codeOf } from "../../support/errors.ts";
import {
  admission,
  digestOfText,
  idOfDeployment,
  market,
  order,
  type Person,
  person,
  REGISTER,
  someDeployment,
  TestChain,
  type Wish,
} from "../../support/test-chain.ts";

/** A transaction that would be applied, and how to spoil it. */
interface Attempt {
  from: Person;
  key?: Person;
  wish: Wish;
}
type Fault = readonly [code: string, spoil: (attempt: Attempt) => void];

const change = (attempt: Attempt, part: object) => {
  attempt.wish = { ...attempt.wish, ...part } as Wish;
};

/** The code of a transaction with these faults; later faults first, so that the earlier one has the last word. */
function codeWith(chain: TestChain, make: () => Attempt, faults: readonly Fault[]): string {
  const attempt = make();
  for (const [, spoil] of [...faults].reverse()) spoil(attempt);
  chain.resync(attempt.from);
  const tx = chain.sign(attempt.from, attempt.wish, attempt.key ?? attempt.from);
  const candidate = chain.ledger.apply({ time: blockTime(chain.time + 1n), transactions: [tx] });
  chain.resync(attempt.from);
  expect(chain.ledger.check(tx, blockTime(chain.time + 1n))?.code ?? "OK").toBe(candidate.codes[0]);
  return candidate.codes[0]!;
}

/** Every fault alone and every pair of them is refused with the first one's code; no fault at all is fine. */
function expectOrder(chain: TestChain, make: () => Attempt, faults: readonly Fault[]): void {
  expect(codeWith(chain, make, [])).toBe("OK");
  for (const [at, fault] of faults.entries()) {
    expect(codeWith(chain, make, [fault])).toBe(fault[0]);
    for (const later of faults.slice(at + 1)) {
      expect([later[0], codeWith(chain, make, [fault, later])]).toEqual([later[0], fault[0]]);
    }
  }
}

const ALICE = person("alice");
const [POOR, NOBODY] = [person("poor"), person("nobody")];
const OTHER = digestOfText("other") as Digest;

/** What is common to all types, in its order; `poor` can't pay the fee. */
const COMMON: readonly Fault[] = [
  ["WRONG_CHAIN", (attempt) => change(attempt, { chain: OTHER })],
  ["KEY_UNKNOWN", (attempt) => Object.assign(attempt, { key: person("bob") })],
  ["TX_EXPIRED", (attempt) => change(attempt, { expires: blockTime(1n) })],
  ["TX_EXPIRY_TOO_FAR", (attempt) => change(attempt, { expires: blockTime(2n ** 52n) })],
  ["WRONG_NONCE", (attempt) => change(attempt, { nonce: nonce(77n) })],
  ["FUNDS", (attempt) => Object.assign(attempt, { from: POOR })],
];

describe("X1: form and signature", () => {
  const chain = new TestChain({ balances: { [ALICE.id]: 1000n } });
  const good = chain.sign(ALICE, { type: "transfer", to: POOR.id, amount: amount(5n) }).bytes;
  const read = (bytes: Uint8Array) => codeOf(() => readTransaction(nodeCrypto, admission, bytes));
  const changed = (edit: (json: { body: Record<string, Json>; key: string; signature: string }) => void) => {
    const json = structuredClone(parseCanonical(good, 1e6)) as never;
    edit(json);
    return read(canonicalize(json));
  };

  test("the good one is read", () => expect(read(good)).toBeNull());
  test("TOO_LARGE", () => expect(read(new Uint8Array(41 * 1024))).toBe("TOO_LARGE"));
  test("MALFORMED", () => expect(changed(({ body }) => delete body["to"])).toBe("MALFORMED"));
  test("MALFORMED by an unknown member", () =>
    expect(changed((json) => Object.assign(json, { x: 1 }))).toBe("MALFORMED"));
  test("TX_VERSION before the rest of the form", () => {
    expect(changed(({ body }) => Object.assign(body, { version: 2, unheard: true }))).toBe("TX_VERSION");
  });
  test("KEY_REFUSED for the identity as key", () => {
    const identity = keyId(Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? 1 : 0)));
    expect(changed((json) => Object.assign(json, { key: identity }))).toBe("KEY_REFUSED");
  });
  test("SIGNATURE_INVALID for a changed body, whichever member", () => {
    for (const [name, value] of Object.entries({ amount: "6", nonce: "1", expires: "9", chain: OTHER, to: ALICE.id })) {
      expect([name, changed(({ body }) => Object.assign(body, { [name]: value }))]).toEqual([
        name,
        "SIGNATURE_INVALID",
      ]);
    }
  });
  test("SIGNATURE_INVALID for another type with the same members", () => {
    const bytes = chain.sign(ALICE, { type: "faucet" }).bytes;
    const json = structuredClone(parseCanonical(bytes, 1e6)) as { body: Record<string, Json> };
    json.body["type"] = "drain";
    expect(read(canonicalize(json as never))).toBe("SIGNATURE_INVALID");
  });
});

describe("X2: the order of refusals", () => {
  const fund = { balances: { [ALICE.id]: 10_000_000_000n, [POOR.id]: 99n } };

  test("X3 to X7: transfer, after what is common to all types", () => {
    expectOrder(
      new TestChain(fund),
      () => ({ from: ALICE, wish: { type: "transfer", to: POOR.id, amount: amount(5n) } }),
      [
        ...COMMON,
        ["OUT_OF_RANGE", (attempt) => change(attempt, { amount: amount(0n) })],
        ["FUNDS", (attempt) => change(attempt, { amount: amount(10_000_000_000n) })],
      ],
    );
  });

  test("faucet", () => {
    const chain = new TestChain({ ...fund, faucet: 0n });
    expect(chain.do(ALICE, { type: "faucet" })).toBe("FAUCET_CLOSED");
    const open = new TestChain(fund);
    const make = (): Attempt => ({ from: NOBODY, wish: { type: "faucet" } });
    expectOrder(open, make, COMMON.slice(0, 5));
    open.must(NOBODY, { type: "faucet" });
    expect(codeWith(open, make, [])).toBe("FAUCET_CLOSED");
  });

  test("deploy", () => {
    const { chain, owner, deployment } = market(0);
    expectOrder(
      chain,
      () => ({ from: owner, wish: { type: "deploy", deployment: { ...deployment, entry: "other" } } }),
      [
        ...COMMON.slice(0, 5),
        ["DEPLOYMENT_EXISTS", (attempt) => change(attempt, { deployment })],
        [
          "LIMITS",
          (attempt) =>
            change(attempt, { deployment: { ...deployment, limits: { ...deployment.limits, fuel: fuel(2n ** 62n) } } }),
        ],
        [
          "FUNDS",
          (attempt) =>
            change(attempt, { deployment: { ...deployment, module: { ...deployment.module, size: 2 ** 50 } } }),
        ],
      ],
    );
  });

  test("name", () => {
    const { chain, alice, owner, deployed } = market(0);
    chain.must(owner, { type: "name", name: "taken", deployment: deployed });
    expectOrder(chain, () => ({ from: alice, wish: { type: "name", name: "mine", deployment: deployed } }), [
      ...COMMON.slice(0, 5),
      ["DEPLOYMENT_UNKNOWN", (attempt) => change(attempt, { deployment: OTHER })],
      ["NAME_REFUSED", (attempt) => change(attempt, { name: "taken" })],
    ]);
  });

  test("register, drain and unbond", () => {
    const { chain, alice, providers } = market(1);
    const provider = providers[0]!;
    expectOrder(chain, () => ({ from: alice, wish: REGISTER }), [
      ...COMMON.slice(0, 5),
      ["PROVIDER_STAKE", (attempt) => change(attempt, { stake: amount(1n) })],
      ["FUNDS", (attempt) => change(attempt, { stake: amount(2n ** 62n) })],
    ]);
    expectOrder(chain, () => ({ from: provider, wish: { type: "drain" } }), [
      ...COMMON.slice(0, 5),
      ["PROVIDER_UNKNOWN", (attempt) => Object.assign(attempt, { from: alice })],
    ]);
    expectOrder(chain, () => ({ from: provider, wish: { type: "unbond", amount: amount(5_000_000n) } }), [
      ...COMMON.slice(0, 5),
      ["OUT_OF_RANGE", (attempt) => change(attempt, { amount: amount(0n) })],
      ["PROVIDER_UNKNOWN", (attempt) => Object.assign(attempt, { from: alice })],
      ["STAKE_LOCKED", (attempt) => change(attempt, { amount: amount(20_000_001n) })],
      ["PROVIDER_STAKE", (attempt) => change(attempt, { amount: amount(10_000_001n) })],
    ]);
    chain.must(provider, { type: "drain" });
    expect(chain.do(provider, { type: "drain" })).toBe("PROVIDER_DRAINING");
  });

  test("job (J2)", () => {
    const { chain, alice, owner, deployed } = market(1);
    const closed = someDeployment({ callers: [owner.id] });
    chain.must(owner, { type: "deploy", deployment: closed });
    const large = { fuel: fuel(5_000_000n), memory: 2 << 20, stack: 1, output: 1, logs: 1 };
    expectOrder(chain, () => ({ from: alice, wish: order(deployed) }), [
      ...COMMON.slice(0, 5),
      ["UNSUPPORTED", (attempt) => change(attempt, { trust: { providers: 2 } })],
      ["UNSUPPORTED", (attempt) => change(attempt, { context: { capabilities: ["network"] } })],
      ["DEPLOYMENT_UNKNOWN", (attempt) => change(attempt, { deployment: OTHER })],
      ["UNSUPPORTED", (attempt) => change(attempt, { comparator: "tolerance" })],
      ["CALLER_REFUSED", (attempt) => change(attempt, { deployment: idOfDeployment(owner, closed) })],
      ["LIMITS", (attempt) => change(attempt, { limits: large })],
      ["DEADLINE", (attempt) => change(attempt, { deadline: duration(20_099n) })],
      ["DEADLINE", (attempt) => change(attempt, { deadline: duration(3_600_001n) })],
      ["PRICE_CEILING", (attempt) => change(attempt, { ceiling: amount(49n) })],
      ["FUNDS", (attempt) => change(attempt, { ceiling: amount(2n ** 62n) })],
    ]);
  });

  test("accept and refuse (J4)", () => {
    const setting = market(2);
    const { chain, alice } = setting;
    const [done, job] = [setting.place(), setting.place()];
    setting.answer(done);
    const provider = setting.assigned(job);
    const faults: readonly Fault[] = [
      ...COMMON.slice(0, 5),
      ["JOB_UNKNOWN", (attempt) => change(attempt, { job: OTHER })],
      ["JOB_STATE", (attempt) => change(attempt, { job: done })],
      ["NOT_ASSIGNED", (attempt) => Object.assign(attempt, { from: alice })],
      ["WRONG_ATTEMPT", (attempt) => change(attempt, { attempt: 2 })],
    ];
    expectOrder(chain, () => ({ from: provider, wish: { type: "accept", job, attempt: 1 } }), faults);
    expectOrder(chain, () => ({ from: provider, wish: { type: "refuse", job, attempt: 1, reason: "busy" } }), faults);
  });

  test("cancel (J8)", () => {
    const setting = market(1);
    const { chain, alice, owner } = setting;
    const [done, job] = [setting.place(), setting.place()];
    setting.answer(done);
    expectOrder(chain, () => ({ from: alice, wish: { type: "cancel", job } }), [
      ...COMMON.slice(0, 5),
      ["JOB_UNKNOWN", (attempt) => change(attempt, { job: OTHER })],
      ["NOT_OWNER", (attempt) => Object.assign(attempt, { from: owner })],
      ["JOB_STATE", (attempt) => change(attempt, { job: done })],
    ]);
  });
});
