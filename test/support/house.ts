// A whole house for tests: a real node over a folder of its own on a free port, providers with real worker processes,
// and a client with money. Everything that was opened is given back in the opposite order.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { amount, type Deployment, type Digest, encodeGenesis, type Genesis } from "../../chain/protocol/index.ts";
import { Client, deploy, order, Wallet, waitForJob } from "../../host/client/index.ts";
import { nodeCrypto } from "../../host/crypto.ts";
import { DEFAULT_LIMITS } from "../../host/defaults.ts";
import {
  Home,
  type Offer,
  openKey,
  type RunningNode,
  startNode,
  startProvider,
  writeWhole,
} from "../../host/node/index.ts";
import type { Job } from "../../host/wire.ts";
import { PROFILE } from "../../sre/wasm/index.ts";
import { WasmSandbox } from "../../sre/wasm/process.ts";
import { namedSigner } from "./keys.ts";

/** What test providers ask for. */
export const OFFER: Offer = { stake: 20_000_000n, base: 1000n, perMegafuel: 1n };

/** Work that is undone in the opposite order, each step even when another one failed. */
export class Undo {
  readonly #steps: (() => unknown)[] = [];

  /** Has a step taken at the end. */
  push(step: () => unknown): void {
    this.#steps.unshift(step);
  }

  /** Takes all steps; the first failure is thrown at the end. */
  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (const step of this.#steps.splice(0)) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}

/** A data directory of its own, removed at the end. */
export function someHome(undo: Undo): Home {
  const folder = mkdtempSync(join(tmpdir(), "lockstep-test-"));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  return new Home(folder);
}

/** Has a data directory begin with a genesis that differs from a development chain's only where it is said. */
export function plantGenesis(home: Home, genesis: Genesis): void {
  home.ensure(home.root);
  writeWhole(home.stagedGenesis, encodeGenesis(genesis), 0o600);
}

/** How a house differs from the usual. */
export interface HouseOptions {
  /** Called before the node starts, with its home. */
  readonly prepare?: (home: Home) => void;
}

/** A node, and whoever is at it. */
export class House {
  readonly undo: Undo;
  readonly home: Home;
  readonly node: RunningNode;
  readonly client: Client;
  /** A wallet whose account has taken the faucet's gift. */
  readonly wallet: Wallet;
  /** What the providers told their operators. */
  readonly told: string[] = [];

  constructor(undo: Undo, home: Home, node: RunningNode) {
    this.undo = undo;
    this.home = home;
    this.node = node;
    this.client = this.clientOf();
    this.wallet = new Wallet(this.client, namedSigner("user"), nodeCrypto);
  }

  /** A client of this house, or of another address that leads there. */
  clientOf(address = this.node.address): Client {
    const client = new Client(address, nodeCrypto);
    this.undo.push(() => client.close());
    return client;
  }

  /** A wallet of somebody else, with or without money. */
  async walletOf(name: string, { funded = true } = {}): Promise<Wallet> {
    const wallet = new Wallet(this.client, namedSigner(name), nodeCrypto);
    if (funded) await wallet.submit("faucet", {});
    return wallet;
  }

  /** A provider with one worker process; closed at the end unless it was closed before. */
  async provider(name: string, { address = this.node.address, home = this.home, offer = OFFER } = {}) {
    const sandbox = new WasmSandbox({ workers: 1 });
    this.undo.push(() => sandbox.close());
    const { signer } = openKey(home, name);
    const running = await startProvider({
      ...{ node: address, home, crypto: nodeCrypto, signer, sandboxes: [sandbox], offer },
      tell: (line) => void this.told.push(`${name}: ${line}`),
    });
    let closed: Promise<void> | null = null;
    const close = () => {
      closed ??= running.close();
      return closed;
    };
    this.undo.push(close);
    return { signer, sandbox, close };
  }

  /** Makes a module of the ABI bytes/1 with the entry `run` callable. */
  async deploy(module: Uint8Array, terms: Partial<Omit<Deployment, "module">> = {}): Promise<Digest> {
    const usual = { sre: "wasm", abi: "bytes/1", profile: PROFILE, entry: "run", callers: null } as const;
    const all = { ...usual, limits: DEFAULT_LIMITS, price: amount(0n), ...terms };
    return (await deploy(this.client, this.wallet, nodeCrypto, module, all)).id;
  }

  /** Orders a job. */
  order(deployment: Digest, input: Uint8Array): Promise<Digest> {
    return order(this.client, this.wallet, deployment, input, {});
  }

  /** Waits for one of some statuses, by default for an answer. */
  until(id: Digest, ...statuses: Job["record"]["status"][]): Promise<Job> {
    const until = statuses.length > 0 ? statuses : (["accepted", "final"] as const);
    return waitForJob(this.client, id, { timeoutMs: 60_000, until });
  }
}

/** Opens a house. Call `undo.run()` when done with it. */
export async function openHouse({ prepare }: HouseOptions = {}): Promise<House> {
  const undo = new Undo();
  try {
    const home = someHome(undo);
    prepare?.(home);
    const node = await startNode({ home, crypto: nodeCrypto, listen: { host: "127.0.0.1", port: 0 } });
    undo.push(() => node.close());
    const house = new House(undo, home, node);
    await house.wallet.submit("faucet", {});
    return house;
  } catch (error) {
    await undo.run();
    throw error;
  }
}

/** Runs an action that must be refused; its code, or null when it wasn't. Anything but our own error is rethrown. */
export async function refusedWith(action: Promise<unknown>): Promise<string | null> {
  try {
    await action;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.name === "LockstepError") return String(error.code);
    throw error;
  }
  return null;
}
