// A whole node (ledger, API, provider) under the load of jobs, killed at random moments and started again on what it
// left. No acknowledged job may be lost, each is answered and paid once, and all money is where the rules put it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { allLeaves, replay } from "../../chain/consensus/index.ts";
import {
  Admission,
  amount,
  type Digest,
  DOCUMENT_LIMITS,
  LockstepError,
  parseLeaf,
  readGenesis,
  utf8Encode,
} from "../../chain/protocol/index.ts";
import { SqliteStore } from "../../chain/store/sqlite.ts";
import { ANSWERED, Client, deploy, isPassing, order, pause, Wallet, waitForJob } from "../../host/client/index.ts";
import { nodeCrypto } from "../../host/crypto.ts";
import { DEFAULT_LIMITS } from "../../host/defaults.ts";
import { Home, readBounded } from "../../host/node/index.ts";
import { PROFILE } from "../../sre/wasm/index.ts";
import { ECHO } from "../sre/support/guests.ts";
import { wat } from "../sre/support/wat.ts";
import { freePort, startCommand } from "../support/command.ts";
import { namedSigner } from "../support/keys.ts";
import { auditState } from "../support/ledger-money.ts";

/** See `Campaign`. */
export const name = "a node under jobs, killed and started again";
/** See `Campaign`. */
export const whole = 100;

/** People who order one job after the other. */
const PEOPLE = 3;
/** Longest life of a node after its start, in ms. */
const LIFE_MS = 800;

/** Mulberry32. */
function random(seed: number): (below: number) => number {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Does something again until the node is there to answer it. */
async function patiently<T>(action: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof LockstepError) || !isPassing(error)) throw error;
      await pause(50);
    }
  }
}

/** One person's stream of jobs; ends by the signal. Acknowledged jobs go into `jobs` at once. */
async function person(address: string, at: number, jobs: Set<Digest>, ending: AbortSignal): Promise<void> {
  const client = new Client(address, nodeCrypto);
  try {
    const wallet = new Wallet(client, namedSigner(`person ${at}`), nodeCrypto);
    await patiently(() => wallet.submit("faucet", {})).catch(() => undefined);
    const terms = { sre: "wasm", abi: "bytes/1", profile: PROFILE, entry: "run", callers: null } as const;
    const all = { ...terms, limits: DEFAULT_LIMITS, price: amount(0n) };
    const { id: deployment } = await patiently(() => deploy(client, wallet, nodeCrypto, wat(ECHO), all));
    for (let count = 0; !ending.aborted; count++) {
      const input = utf8Encode(`${at} ${count}`);
      const id = await patiently(() => order(client, wallet, deployment, input, {}));
      jobs.add(id);
      // Nobody piles up jobs that a provider who keeps being killed could not reach within their deadline.
      await patiently(() => waitForJob(client, id, { timeoutMs: 120_000, until: ANSWERED }));
    }
  } finally {
    await client.close();
  }
}

/** Holds the ledger that is left against what was acknowledged; throws at what is wrong. */
function judge(home: Home, jobs: ReadonlySet<Digest>): number {
  const genesis = readGenesis(readBounded(home.genesis, DOCUMENT_LIMITS.genesisBytes));
  const store = new SqliteStore({ crypto: nodeCrypto, file: home.ledger });
  try {
    const { difference } = replay({ crypto: nodeCrypto, admission: new Admission(), genesis }, allLeaves(store));
    if (difference !== null) throw new Error(`the log does not lead to its roots: ${difference.what}`);
    auditState(store, genesis.parameters);
    const receipts = [...allLeaves(store)].map((bytes) => parseLeaf(bytes)).filter(({ kind }) => kind === "receipt");
    const done = store.scan(["jobs"], null, 10_000).filter(([id]) => store.receipt(id as Digest) !== null);
    if (receipts.length !== done.length) throw new Error(`${receipts.length} receipts for ${done.length} jobs`);
    for (const id of jobs) if (store.receipt(id) === null) throw new Error(`acknowledged job ${id} was never answered`);
    return receipts.length;
  } finally {
    store.close();
  }
}

/** See `Campaign`. */
export async function run(plan: { seed: number; count: number; log: (line: string) => void }): Promise<void> {
  const next = random(plan.seed);
  const folder = mkdtempSync(join(tmpdir(), "lockstep-node-kill-"));
  const home = new Home(folder);
  const port = String(await freePort());
  const start = () => startCommand(home, "node", "--port", port, "--provider");
  let node = start();
  const { address } = await node.ready;
  const jobs = new Set<Digest>();
  const ending = new AbortController();
  const people = Array.from({ length: PEOPLE }, (_, at) => person(address!, at, jobs, ending.signal));
  try {
    for (let killed = 0; killed < plan.count; killed++) {
      await pause(next(LIFE_MS));
      await node.kill();
      node = start();
      // One time in four it dies while it starts.
      if (next(4) > 0) await node.ready;
    }
    if (node.child.exitCode !== null) throw new Error("the node ended by itself");
    await node.ready;
    ending.abort();
    await Promise.all(people);
    const client = new Client(address!, nodeCrypto);
    for (const id of jobs) await patiently(() => waitForJob(client, id, { timeoutMs: 120_000, until: ["final"] }));
    await client.close();
    if ((await node.stop()) !== 0) throw new Error("the node did not stop cleanly");
    const answered = judge(home, jobs);
    plan.log(`seed ${plan.seed}: ${plan.count} kills, ${jobs.size} acknowledged jobs, ${answered} receipts, none lost`);
  } finally {
    ending.abort();
    await node.kill();
    await Promise.allSettled(people);
    rmSync(folder, { recursive: true, force: true });
  }
}
