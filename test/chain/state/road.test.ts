// The whole road of one job through the ledger: faucet, transfer, deploy, register, order, accept, result, final.
import { describe, expect, test } from "vitest";
import { amount, EMPTY_ROOT, hexDecode, PATHS, verifyPresence } from "../../../chain/protocol/index.ts";
import { nodeCrypto } from "../../../host/crypto.ts";
import {
  callOfOrder,
  idOfDeployment,
  order,
  person,
  REGISTER,
  receipt,
  someDeployment,
  TestChain,
} from "../../support/test-chain.ts";

const [alice, bob, owner, provider, orderer] = ["alice", "bob", "owner", "provider", "orderer"].map(person) as [
  ReturnType<typeof person>,
  ReturnType<typeof person>,
  ReturnType<typeof person>,
  ReturnType<typeof person>,
  ReturnType<typeof person>,
];

describe("a job's road", () => {
  test("ends final, with everybody paid", () => {
    const chain = new TestChain();
    for (const who of [alice, owner, provider]) chain.must(who, { type: "faucet" });
    chain.must(alice, { type: "transfer", to: bob.id, amount: amount(5n) });
    const deployment = someDeployment();
    chain.must(owner, { type: "deploy", deployment });
    const deployed = idOfDeployment(owner, deployment);
    chain.must(owner, { type: "name", name: "word-count", deployment: deployed });
    chain.must(provider, REGISTER);
    const wish = order(deployed);
    const job = chain.must(alice, wish);
    expect(chain.job(job)).toMatchObject({ status: "assigned", attempt: 1, assignment: { provider: provider.id } });
    expect(chain.blocks.at(-1)!.events.map(({ type }) => type)).toEqual(["placed", "assigned"]);
    chain.must(provider, { type: "accept", job, attempt: 1 });
    const call = callOfOrder(deployment, wish);
    const envelope = receipt(provider, { chain: chain.ledger.chain, job, attempt: 1, call });
    chain.must(provider, { type: "result", job, attempt: 1, envelope });
    const block = chain.blocks.at(-1)!;
    expect(block.receipts).toHaveLength(1);
    expect(block.leaves).toHaveLength(3);
    const record = chain.job(job);
    expect(record).toMatchObject({
      status: "accepted",
      accepted: { pay: { provider: 12n, owner: 50n }, key: provider.id },
    });
    const { value, proof } = chain.ledger.prove(PATHS.job(job));
    expect(verifyPresence(nodeCrypto, hexDecode(chain.ledger.head.stateRoot), PATHS.job(job), value!, proof)).toBe(
      true,
    );
    expect(chain.ledger.nextDue()).toBe(record.accepted!.finalAt);
    chain.block(Number(record.accepted!.finalAt - chain.ledger.head.time));
    expect(chain.job(job).status).toBe("final");
    expect(chain.ledger.nextDue()).toBeNull();
    const given = chain.genesis.faucet;
    expect(chain.balance(bob)).toBe(5n);
    expect(chain.balance(alice)).toBe(given - 5n - 100n - 100n - 62n);
    expect(chain.balance(owner)).toBe(given - 120n - 100n + 50n);
    expect(chain.balance(provider)).toBe(given - 20_000_000n - 300n + 12n);
    expect(chain.balance(orderer)).toBe(720n);
    expect(chain.provider(provider)).toMatchObject({ stake: 20_000_000n, reserved: 0n });
    expect(chain.count("due") + chain.count("waiting")).toBe(0);
    expect(chain.reopened().head.stateRoot).not.toBe(EMPTY_ROOT);
  });
});
