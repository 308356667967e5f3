// Nodes and providers that die in the middle, and answers that get lost on the way: a job is still answered once.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { allLeaves } from "../../chain/consensus/index.ts";
import {
  amount,
  canonicalize,
  encodeDocument,
  envelope,
  fuel,
  keyId,
  type Limits,
  parseLeaf,
  utf8Decode,
  utf8Encode,
} from "../../chain/protocol/index.ts";
import { SqliteStore } from "../../chain/store/sqlite.ts";
import { Client, deploy, order, Wallet, waitForJob } from "../../host/client/index.ts";
import { nodeCrypto } from "../../host/crypto.ts";
import { DEFAULT_LIMITS } from "../../host/defaults.ts";
import { openKey } from "../../host/node/index.ts";
import type { Job } from "../../host/wire.ts";
import { PROFILE } from "../../sre/wasm/index.ts";
import { ECHO, SPIN } from "../sre/support/guests.ts";
import { wat } from "../sre/support/wat.ts";
import { freePort, type Running, startCommand } from "../support/command.ts";
import { type House, openHouse, someHome, Undo } from "../support/house.ts";
import { namedSigner } from "../support/keys.ts";
import { openProxy } from "../support/proxy.ts";
import { receiptEnvelope } from "../support/receipts-of.ts";

const undo = new Undo();
afterAll(() => undo.run());

/** Some tenths of a second of work, then out of fuel, which is an answer too. */
const SLOW = { ...DEFAULT_LIMITS, fuel: fuel(600_000_000n) };

const termsWith = (limits: Limits) =>
  ({ sre: "wasm", abi: "bytes/1", profile: PROFILE, entry: "run", callers: null, limits, price: amount(0n) }) as const;

async function house(): Promise<House> {
  const opened = await openHouse();
  undo.push(() => opened.undo.run());
  return opened;
}

function started(home: ReturnType<typeof someHome>, ...args: string[]): Running {
  const running = startCommand(home, ...args);
  undo.push(() => running.kill());
  return running;
}

describe("an answer to a transaction that gets lost", () => {
  test("is asked for again, and the transaction counts once", async () => {
    const { client, node, undo: later } = await house();
    const losses = ["lose-answer", "lose-request", "lose-answer"] as const;
    let sent = 0;
    const address = await openProxy(later, node.address, (path) =>
      path === "/v1/transactions" ? (losses[sent++] ?? "pass") : "pass",
    );
    const road = new Client(address, nodeCrypto);
    later.push(() => road.close());
    const wallet = new Wallet(road, namedSigner("far away"), nodeCrypto);
    const applied = await wallet.submit("faucet", {});
    expect(sent).toBe(4);
    expect((await client.transaction(applied.id)).index).toBe(applied.index);
    expect((await client.account(wallet.account)).nonce).toBe(1n);
    const { faucet } = await client.genesis();
    await wallet.submit("transfer", { to: keyId(namedSigner("user").publicKey), amount: amount(1n) });
    expect(sent).toBe(5);
    expect((await client.account(wallet.account)).balance).toBeLessThan(faucet);
  });
});

describe("a look at a job that gets lost", () => {
  test("is taken again by whoever waits for it", async () => {
    const { client, node, wallet, undo: later } = await house();
    let looks = 0;
    const address = await openProxy(later, node.address, (path) =>
      path.startsWith("/v1/jobs/") && ++looks === 2 ? "lose-answer" : "pass",
    );
    const road = new Client(address, nodeCrypto);
    later.push(() => road.close());
    const { id: deployment } = await deploy(client, wallet, nodeCrypto, wat(ECHO), termsWith(DEFAULT_LIMITS));
    const id = await order(client, wallet, deployment, utf8Encode("x"), {});
    const waiting = waitForJob(road, id, { timeoutMs: 60_000, until: ["cancelled"] });
    await expect.poll(() => looks).toBe(1);
    await wallet.submit("cancel", { job: id });
    expect((await waiting).record.status).toBe("cancelled");
    expect(looks).toBe(3);
  });
});

describe("a provider killed", () => {
  test("while the guest runs answers the job once when it is back", async () => {
    const { client, node, wallet } = await house();
    const at = someHome(undo);
    const first = started(at, "provider", "--url", node.address);
    await first.ready;
    const { id: deployment } = await deploy(client, wallet, nodeCrypto, wat(SPIN), termsWith(SLOW));
    const id = await order(client, wallet, deployment, utf8Encode("x"), {});
    await waitForJob(client, id, { timeoutMs: 30_000, until: ["running"] });
    await first.kill();
    expect((await client.job(id)).record.status).toBe("running");
    await started(at, "provider", "--url", node.address).ready;
    const job = await waitForJob(client, id, { timeoutMs: 60_000, until: ["accepted"] });
    expect(job.record.attempt).toBe(1);
  });

  test("between signing and sending sends the same bytes again", async () => {
    const { client, node, wallet, undo: later } = await house();
    const at = someHome(undo);
    let kept: Uint8Array | null = null;
    let provider: Running | null = null;
    const address = await openProxy(later, node.address, (path, body) => {
      if (kept !== null || path !== "/v1/transactions" || !body.includes('"type":"result"')) return "pass";
      const folder = join(at.root, "envelopes");
      kept = readFileSync(join(folder, readdirSync(folder)[0]!));
      void provider!.kill();
      return "lose-request";
    });
    provider = started(at, "provider", "--url", address);
    await provider.ready;
    const { id: deployment } = await deploy(client, wallet, nodeCrypto, wat(ECHO), termsWith(DEFAULT_LIMITS));
    const id = await order(client, wallet, deployment, utf8Encode("x"), {});
    await expect.poll(() => kept, { timeout: 30_000 }).not.toBeNull();
    await provider.kill();
    expect((await client.job(id)).record.status).toBe("running");
    await started(at, "provider", "--url", address).ready;
    await waitForJob(client, id, { timeoutMs: 60_000, until: ["accepted"] });
    const sealed = receiptEnvelope(await client.receipt(id));
    expect(utf8Decode(canonicalize(encodeDocument(envelope, sealed)))).toBe(utf8Decode(kept!));
  });
});

describe("a node killed while a job runs", () => {
  test("comes back, the provider finds it, and whoever waits for the job hears of its answer", async () => {
    const home = someHome(undo);
    const port = String(await freePort());
    const first = started(home, "node", "--port", port);
    const { address } = await first.ready;
    const provider = started(someHome(undo), "provider", "--url", address!);
    await provider.ready;
    const client = new Client(address!, nodeCrypto);
    undo.push(() => client.close());
    const wallet = new Wallet(client, openKey(home, "user").signer, nodeCrypto);
    await wallet.submit("faucet", {});
    const { id: deployment } = await deploy(client, wallet, nodeCrypto, wat(SPIN), termsWith(SLOW));
    const id = await order(client, wallet, deployment, utf8Encode("x"), {});
    const { promise: isRunning, resolve: running } = Promise.withResolvers<void>();
    const onStatus = ({ record }: Job) => (record.status === "running" ? running() : undefined);
    const waiting = waitForJob(client, id, { timeoutMs: 90_000, until: ["accepted", "final"], onStatus });
    await isRunning;
    await first.kill();
    const second = started(home, "node", "--port", port);
    expect((await waiting).record.attempt).toBe(1);
    // A second one on the same directory or port is refused, and the first is none the worse for it.
    const refused = (code: string) => ({ error: { code } });
    expect(await started(home, "node", "--port", "0").ready).toMatchObject(refused("STORAGE_LOCKED"));
    expect(await started(someHome(undo), "node", "--port", port).ready).toMatchObject(refused("PORT_IN_USE"));
    expect(await provider.stop()).toBe(0);
    expect(await second.stop()).toBe(0);
    const store = new SqliteStore({ crypto: nodeCrypto, file: home.ledger });
    const receipts = [...allLeaves(store)].filter((leaf) => parseLeaf(leaf).kind === "receipt");
    store.close();
    expect(receipts).toHaveLength(1);
  });
});
