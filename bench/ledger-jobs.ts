// The ledger's side of whole jobs: order, accept and result, each a signed transaction, the result with a second signature
// inside and a receipt leaf besides, and the block that makes the jobs final. Part of ledger.bench.ts.
import { amount, deploymentId } from "../chain/protocol/index.ts";
import { nodeCrypto } from "../host/crypto.ts";
import { callOfOrder, order, REGISTER, receipt, someDeployment } from "../test/support/test-chain.ts";
import { cpuSeconds, median } from "./cpu.ts";
import type { Ask, LedgerWorld, Sender } from "./ledger-world.ts";
import type { Row } from "./table.ts";

/** Runs `count` jobs of one requester and one provider to their end; CPU seconds of the ledger's part. */
async function jobs(world: LedgerWorld, requester: Sender, provider: Sender, count: number): Promise<number> {
  const deployment = someDeployment();
  const wish = order(deploymentId(nodeCrypto, provider.id, deployment)) as Ask;
  const call = callOfOrder(deployment, wish);
  const orders = Array.from({ length: count }, () => world.sign(requester, wish));
  const ids: Awaited<ReturnType<LedgerWorld["block"]>> = [];
  let seconds = await cpuSeconds(async () => void ids.push(...(await world.block(orders))));
  const accepts = ids.map(({ id: job }) => world.sign(provider, { type: "accept", job, attempt: 1 }));
  seconds += await cpuSeconds(async () => void (await world.block(accepts)));
  const person = { name: "provider", id: provider.id, signer: provider.signer };
  const results = ids.map(({ id: job }) => {
    const envelope = receipt(person, { chain: world.ledger.chain, job, attempt: 1, call });
    return world.sign(provider, { type: "result", job, attempt: 1, envelope });
  });
  seconds += await cpuSeconds(async () => void (await world.block(results)));
  const last = world.sign(requester, { type: "transfer", to: provider.id, amount: amount(1n) });
  world.pass(Number(world.ledger.genesis.parameters.challengeWindow));
  seconds += await cpuSeconds(async () => void (await world.block([last])));
  if (!ids.every(({ id }) => world.store.receipt(id) !== null)) throw new Error("a job has no receipt");
  if (world.ledger.nextDue() !== null) throw new Error("a job is not final");
  return seconds;
}

/** The rate of whole jobs through the ledger. */
export async function jobRows(world: LedgerWorld, small: boolean): Promise<Row[]> {
  const [requester, provider] = [world.senders[0]!, world.senders[1]!];
  const register: Ask = { ...REGISTER, offers: [...REGISTER.offers], stake: amount(10_000_000_000n) };
  await world.block([
    world.sign(provider, register),
    world.sign(provider, { type: "deploy", deployment: someDeployment() }),
  ]);
  const [count, rounds] = small ? [20, 1] : [250, 5];
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push(await jobs(world, requester, provider, count));
  return [
    {
      name: `whole jobs, blocks of ${count}`,
      value: count / median(times),
      unit: "jobs per core-second",
      note: "order, accept, result with its receipt, final: four signatures",
    },
  ];
}
