// A job from submit to accepted and verified receipt, on one machine with an embedded ledger, a provider in the same
// process joined to it by HTTP, and the guest in a worker process.
// Method: one job after the other, each with an input of its own so that nothing is remembered; the clock runs from
// before the input is stored until the receipt file was fetched and verified offline. Wall time: this is what a person
// waits. Warm: the module is known to the provider. Goal: p50 at most 15 ms, p95 at most 50 ms.
// Not measured: throughput (jobs in parallel), slow disks, networks.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Trust, verifyReceipt } from "../chain/light/index.ts";
import { Admission, amount, utf8Encode } from "../chain/protocol/index.ts";
import { build } from "../host/build/index.ts";
import { ANSWERED, Client, deploy, order, Wallet, waitForJob } from "../host/client/index.ts";
import { nodeCrypto as crypto } from "../host/crypto.ts";
import { DEFAULT_LIMITS } from "../host/defaults.ts";
import { Home, openKey, ownTrust, startNode, startProvider } from "../host/node/index.ts";
import { WasmSandbox } from "../sre/wasm/process.ts";
import type { Row } from "./table.ts";

export const name = "a job from submit to accepted and verified receipt";

const WARM_UP = 10;
const EXAMPLE = join(import.meta.dirname, "../guest-examples/assemblyscript-wordcount");
const OFFER = { stake: 900_000_000n, base: 1000n, perMegafuel: 1n };

const quantile = (sorted: readonly number[], share: number) => sorted[Math.floor(share * (sorted.length - 1))]!;

/** Runs jobs one after the other and gives the milliseconds of each. */
async function measure(home: Home, count: number): Promise<number[]> {
  const node = await startNode({ home, crypto, listen: { host: "127.0.0.1", port: 0 } });
  const sandbox = new WasmSandbox({ workers: 1 });
  const { signer } = openKey(home, "provider");
  const told: string[] = [];
  const tell = (line: string) => void told.push(line);
  const provider = await startProvider({
    node: node.address,
    home,
    crypto,
    signer,
    sandboxes: [sandbox],
    offer: OFFER,
    tell,
  });
  const client = new Client(node.address, crypto);
  try {
    const wallet = new Wallet(client, openKey(home, "user").signer, crypto);
    await wallet.submit("faucet", {});
    const { module, manifest } = await build(EXAMPLE);
    const { abi, profile, entries } = manifest;
    const terms = {
      sre: "wasm",
      abi,
      profile,
      entry: entries[0]!,
      callers: null,
      limits: DEFAULT_LIMITS,
      price: amount(0n),
    } as const;
    const { id: deployment } = await deploy(client, wallet, crypto, module, terms);
    const policy = { trust: new Trust(crypto, ownTrust(home)), requireLedger: true };
    const admission = new Admission();
    const times: number[] = [];
    for (let at = 0; at < WARM_UP + count; at++) {
      const input = utf8Encode(`the number of this job is ${at} and it is the only job with this number\n`);
      const start = performance.now();
      const id = await order(client, wallet, deployment, input, {});
      await waitForJob(client, id, { timeoutMs: 30_000, until: ANSWERED });
      const { verdict } = verifyReceipt(crypto, admission, await client.receipt(id), policy);
      if (verdict !== "ACCEPT")
        throw new Error(`job ${id} verifies as ${verdict}; the provider said: ${told.join("; ")}`);
      if (at >= WARM_UP) times.push(performance.now() - start);
    }
    return times;
  } finally {
    await client.close();
    await provider.close();
    await sandbox.close();
    await node.close();
  }
}

export async function run({ small }: { small: boolean }): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "lockstep-bench-"));
  try {
    const times = (await measure(new Home(folder), small ? 5 : 500)).sort((a, b) => a - b);
    const note = `${times.length} jobs, one after the other`;
    return [
      { name: "p50", value: quantile(times, 0.5), unit: "ms", note: `${note}; budget 15` },
      { name: "p95", value: quantile(times, 0.95), unit: "ms", note: `${note}; budget 50` },
      { name: "slowest", value: times.at(-1)!, unit: "ms" },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
