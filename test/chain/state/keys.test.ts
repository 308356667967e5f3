// Accounts, keys and money: SPEC A1 to A5, M2, M5, M6, X7, X8.
import { describe, expect, test } from "vitest";
import { amount, type BlockTime, INT64_MAX, nonce, rotationMessage } from "../../../chain/protocol/index.ts";
import { market, type Person, person, TestChain } from "../../support/test-chain.ts";

const [alice, bob, carol, orderer] = ["alice", "bob", "carol", "orderer"].map(person) as [
  Person,
  Person,
  Person,
  Person,
];
const [second, third] = [person("alice's second key"), person("alice's third key")];

/** The new key's agreement to speak for an account at its nonce. */
function proof(chain: TestChain, account: Person, by: Person, at: bigint = chain.account(account).nonce): Uint8Array {
  return by.signer.sign(rotationMessage(chain.ledger.chain, account.id, nonce(at)));
}

function rotated(): TestChain {
  const chain = new TestChain({ balances: { [alice.id]: 1_000_000n, [bob.id]: 1_000_000n } });
  chain.must(alice, { type: "rotate", key: second.id, proof: proof(chain, alice, second) });
  return chain;
}

describe("rotation", () => {
  test("A2, A4, X4: the new key speaks, the old one does not", () => {
    const chain = rotated();
    expect(chain.do(alice, { type: "transfer", to: bob.id, amount: amount(1n) }, alice)).toBe("KEY_INACTIVE");
    expect(chain.do(alice, { type: "transfer", to: bob.id, amount: amount(1n) }, second)).toBe("OK");
    expect(chain.account(alice)).toMatchObject({ key: second.id, nonce: 2n });
    const time = chain.blocks[1]!.head.time;
    expect(chain.key(alice)).toEqual({ account: alice.id, since: chain.genesis.time, until: time, revoked: null });
    expect(chain.key(second)).toEqual({ account: alice.id, since: time, until: null, revoked: null });
  });

  test("A2: the new key does not speak for an account of its own name", () => {
    const chain = rotated();
    expect(chain.do(second, { type: "faucet" })).toBe("KEY_UNKNOWN");
  });

  test("A3: a key that any account has or had is KEY_IN_USE", () => {
    const chain = rotated();
    for (const key of [alice, second, bob]) {
      for (const [from, by] of [
        [bob, bob],
        [alice, second],
      ] as const) {
        const wish = { type: "rotate", key: key.id, proof: proof(chain, from, key) } as const;
        expect([key.name, from.name, chain.do(from, wish, by)]).toEqual([key.name, from.name, "KEY_IN_USE"]);
      }
    }
  });

  test("A4: the proof binds chain, account and nonce, and is the new key's", () => {
    const chain = rotated();
    const other = new TestChain({ balances: { [alice.id]: 1n } });
    const wrong = [
      proof(chain, alice, third, 0n),
      proof(chain, bob, third, 1n),
      proof(other, alice, third, 1n),
      proof(chain, alice, second, 1n),
      new Uint8Array(64),
    ];
    for (const bytes of wrong) {
      expect(chain.do(alice, { type: "rotate", key: third.id, proof: bytes }, second)).toBe("SIGNATURE_INVALID");
    }
    expect(chain.do(alice, { type: "rotate", key: third.id, proof: proof(chain, alice, third, 1n) }, second)).toBe(
      "OK",
    );
    expect(chain.key(second)!.until).toBe(chain.ledger.head.time);
  });

  test("M5: a key of another account can't be paid, or its money would be locked in", () => {
    const chain = rotated();
    expect(chain.do(bob, { type: "transfer", to: second.id, amount: amount(1n) })).toBe("KEY_IN_USE");
    expect(chain.do(bob, { type: "transfer", to: alice.id, amount: amount(1n) })).toBe("OK");
  });

  test("A5: an earlier key can be revoked once, the present and foreign ones can't", () => {
    const chain = rotated();
    const revoke = (key: Person) => chain.do(alice, { type: "revoke", key: key.id, reason: "stolen" }, second);
    expect(revoke(second)).toBe("KEY_IN_USE");
    expect(revoke(bob)).toBe("KEY_UNKNOWN");
    expect(revoke(third)).toBe("KEY_UNKNOWN");
    expect(revoke(alice)).toBe("OK");
    expect(chain.key(alice)!.revoked).toEqual({ time: chain.ledger.head.time, reason: "stolen" });
    expect(revoke(alice)).toBe("KEY_INACTIVE");
    expect(chain.do(alice, { type: "transfer", to: bob.id, amount: amount(1n) }, alice)).toBe("KEY_INACTIVE");
  });

  test("A4, R1: after a rotation the provider's old key signs no more receipts", () => {
    const setting = market();
    const { chain } = setting;
    const provider = setting.providers[0]!;
    const job = setting.place();
    chain.must(provider, { type: "accept", job, attempt: 1 });
    const old = setting.receiptFor(job);
    chain.must(provider, { type: "rotate", key: second.id, proof: proof(chain, provider, second) });
    expect(chain.do(provider, { type: "result", job, attempt: 1, envelope: old }, second)).toBe("RECEIPT_REFUSED");
    const envelope = setting.receiptFor(job, {}, second);
    expect(chain.do(provider, { type: "result", job, attempt: 1, envelope }, second)).toBe("OK");
    expect(chain.job(job).accepted!.key).toBe(second.id);
  });
});

describe("money", () => {
  test("X7, X9: fees of a block are taken from each sender and reach the orderer at its end", () => {
    const chain = new TestChain({ balances: { [alice.id]: 1000n, [bob.id]: 1000n } });
    const pay = (from: Person) => chain.sign(from, { type: "transfer", to: carol.id, amount: amount(10n) });
    const early = chain.sign(orderer, { type: "transfer", to: carol.id, amount: amount(1n) });
    expect(chain.block(1, pay(alice), pay(bob), early).codes).toEqual(["OK", "OK", "FUNDS"]);
    expect(chain.balance(orderer)).toBe(200n);
    expect(chain.balance(carol)).toBe(20n);
    expect(chain.account(alice)).toMatchObject({ balance: 890n, nonce: 1n });
  });

  test("X8: a block of refused transactions leaves only its own mark", () => {
    const chain = new TestChain({ balances: { [alice.id]: 1000n } });
    const refused = [
      chain.sign(alice, { type: "transfer", to: bob.id, amount: amount(901n) }),
      chain.sign(bob, { type: "transfer", to: alice.id, amount: amount(1n) }),
    ];
    const { codes, changes, leaves, refusals } = chain.block(1, ...refused);
    expect(codes).toEqual(["FUNDS", "FUNDS"]);
    expect([...refusals.keys()]).toEqual([0, 1]);
    expect(changes.map(([path]) => path)).toEqual([["chain"]]);
    expect(leaves).toHaveLength(3);
    expect(chain.account(alice)).toMatchObject({ balance: 1000n, nonce: 0n });
  });

  test("X6: several transactions of one account in a block, in the order of their nonces", () => {
    const chain = new TestChain({ balances: { [alice.id]: 1000n } });
    const pay = () => chain.sign(alice, { type: "transfer", to: bob.id, amount: amount(1n) });
    const [first, next, last] = [pay(), pay(), pay()];
    expect(chain.ledger.check(last, (chain.time + 1n) as BlockTime)?.code).toBe("WRONG_NONCE");
    expect(chain.ledger.check(last, (chain.time + 1n) as BlockTime, 2n)).toBeNull();
    expect(chain.block(1, next, first, next, first, last).codes).toEqual([
      "WRONG_NONCE",
      "OK",
      "OK",
      "WRONG_NONCE",
      "OK",
    ]);
    expect(chain.block(1, first, next, last).codes).toEqual(["WRONG_NONCE", "WRONG_NONCE", "WRONG_NONCE"]);
  });

  test("X5: a transaction is good up to its expiry and not longer, and no longer than the lifetime ahead", () => {
    const chain = new TestChain({ balances: { [alice.id]: 1000n } });
    const now = (chain.time + 1n) as BlockTime;
    const codeAt = (expires: bigint) => {
      const tx = chain.sign(alice, { type: "transfer", to: bob.id, amount: amount(1n), expires: expires as BlockTime });
      chain.resync(alice);
      return chain.ledger.check(tx, now)?.code ?? "OK";
    };
    const latest = now + chain.genesis.parameters.transactionLifetime;
    expect([now - 1n, now, latest, latest + 1n].map(codeAt)).toEqual(["TX_EXPIRED", "OK", "OK", "TX_EXPIRY_TOO_FAR"]);
  });

  test("M5: to oneself, of everything, of more than everything", () => {
    const chain = new TestChain({ balances: { [alice.id]: 1000n } });
    expect(chain.do(alice, { type: "transfer", to: alice.id, amount: amount(901n) })).toBe("FUNDS");
    expect(chain.do(alice, { type: "transfer", to: alice.id, amount: amount(900n) })).toBe("OK");
    expect(chain.balance(alice)).toBe(900n);
    expect(chain.do(alice, { type: "transfer", to: bob.id, amount: amount(INT64_MAX) })).toBe("FUNDS");
    expect(chain.do(alice, { type: "transfer", to: bob.id, amount: amount(800n) })).toBe("OK");
    expect(chain.balance(alice)).toBe(0n);
  });

  test("M6: the faucet gives once per account, and mints", () => {
    const chain = new TestChain();
    expect(chain.do(alice, { type: "faucet" })).toBe("OK");
    expect(chain.do(alice, { type: "faucet" })).toBe("FAUCET_CLOSED");
    expect(chain.balance(alice)).toBe(chain.genesis.faucet);
    expect(chain.chain().minted).toBe(chain.genesis.faucet);
  });

  test("M2: a faucet that would pass int64 is OVERFLOW, and nothing else can", () => {
    const chain = new TestChain({ balances: { [alice.id]: INT64_MAX - 1500n }, faucet: 1000n });
    expect(chain.do(bob, { type: "faucet" })).toBe("OK");
    expect(chain.do(carol, { type: "faucet" })).toBe("OVERFLOW");
    expect(chain.do(alice, { type: "transfer", to: bob.id, amount: amount(INT64_MAX - 1600n) })).toBe("OK");
    expect(chain.balance(bob)).toBe(INT64_MAX - 600n);
  });
});
