// One attempt of one job, from the assignment to the accepted result: fetch what it names, accept, run, sign, send.
import {
  type Answer,
  blockTime,
  type Call,
  type Context,
  type Crypto,
  callDigest,
  callOf,
  type Deployment,
  type Digest,
  EMPTY_DIGEST,
  type Envelope,
  type Genesis,
  LockstepError,
  type Lru,
  type Signer,
  sealReceipt,
} from "../../chain/protocol/index.ts";
import type { Outcome, Sandbox } from "../../sre/core/index.ts";
import type { Client, Wallet } from "../client/index.ts";
import { SOFTWARE_NAME, SOFTWARE_VERSION } from "../software.ts";
import type { Job } from "../wire.ts";
import type { Envelopes } from "./envelopes.ts";

/** What a provider's attempts share. */
export interface Workshop {
  readonly client: Client;
  readonly wallet: Wallet;
  readonly signer: Signer;
  readonly crypto: Crypto;
  readonly genesis: Genesis;
  readonly chain: Digest;
  /** Sandboxes by the SRE that they are. */
  readonly sandboxes: ReadonlyMap<string, Sandbox>;
  readonly envelopes: Envelopes;
  /** Deployments and modules seen lately: both never change. */
  readonly deployments: Lru<Digest, Deployment>;
  readonly modules: Lru<Digest, Uint8Array>;
  /** One line for the operator. */
  readonly tell: (line: string) => void;
}

/** Everything that running an attempt needs, fetched and checked. */
interface Prepared {
  readonly job: Digest;
  readonly attempt: number;
  readonly call: Call;
  readonly context: Context;
  readonly module: Uint8Array;
  readonly input: Uint8Array;
  readonly sandbox: Sandbox;
  readonly wallMs: number;
}

async function deploymentOf({ client, deployments }: Workshop, id: Digest): Promise<Deployment> {
  const known = deployments.get(id);
  if (known !== undefined) return known;
  const { deployment } = (await client.deployment(id)).record;
  deployments.set(id, deployment);
  return deployment;
}

async function moduleOf({ client, modules }: Workshop, { module }: Deployment): Promise<Uint8Array> {
  const known = modules.get(module.sha256);
  if (known !== undefined) return known;
  const bytes = await client.blob(module);
  modules.set(module.sha256, bytes);
  return bytes;
}

/** Time enough for the slowest machine that the profile is calibrated for, as the ledger grants it too. */
function wallMsOf({ genesis }: Workshop, call: Call): number {
  const { slowestFuelPerMs, resultGrace } = genesis.parameters;
  return Number(call.limits.fuel / slowestFuelPerMs + resultGrace);
}

/** Fetches what a job names and checks it; throws what is missing or does not fit. */
async function prepare(shop: Workshop, { id, order, record }: Job): Promise<Prepared> {
  const { body } = order;
  if (body.type !== "job") throw new LockstepError("MALFORMED", `job ${id} is answered with another transaction`);
  const deployment = await deploymentOf(shop, body.deployment);
  const [module, input] = await Promise.all([
    moduleOf(shop, deployment),
    body.input.size === 0 ? new Uint8Array() : shop.client.blob(body.input),
  ]);
  const { call, context } = callOf(shop.crypto, deployment, body);
  if (callDigest(shop.crypto, call) !== record.call) {
    throw new LockstepError("DIGEST_MISMATCH", `job ${id} has another call than its order makes`);
  }
  const sandbox = shop.sandboxes.get(call.sre);
  if (sandbox === undefined || !sandbox.profiles.includes(call.profile)) {
    throw new LockstepError("UNSUPPORTED", `this provider does not run ${call.sre} with profile ${call.profile}`);
  }
  return { job: id, attempt: record.attempt, call, context, module, input, sandbox, wallMs: wallMsOf(shop, call) };
}

async function keep(client: Client, bytes: Uint8Array, digest: Digest): Promise<void> {
  if (digest !== EMPTY_DIGEST) await client.putBlob(bytes);
}

function seal(shop: Workshop, prepared: Prepared, answer: Answer, started: number, elapsedUs: bigint): Envelope {
  const { job, attempt, call, sandbox } = prepared;
  const result = { chain: shop.chain, job, attempt, call, answer };
  const { envelope } = sealReceipt(shop.crypto, shop.signer, result, {
    engine: { ...sandbox.surroundings.engine },
    host: { name: SOFTWARE_NAME, version: SOFTWARE_VERSION },
    isolation: [...sandbox.surroundings.isolation],
    started: blockTime(BigInt(started)),
    elapsedUs,
  });
  return envelope;
}

/** Runs the guest; output and logs are stored with the node before anything is signed that names them. */
async function produce(shop: Workshop, prepared: Prepared): Promise<Envelope | null> {
  const { call, context, module, input, sandbox, wallMs } = prepared;
  const started = Date.now();
  const before = process.hrtime.bigint();
  const outcome: Outcome = await sandbox.run({ call, context, module, input, wallMs });
  const elapsedUs = (process.hrtime.bigint() - before) / 1000n;
  if (outcome.kind === "fault") {
    shop.tell(`job ${prepared.job}: fault ${outcome.fault}, nothing signed: ${outcome.message}`);
    return null;
  }
  const { answer, output, logs } = outcome;
  await Promise.all([keep(shop.client, output, answer.output.sha256), keep(shop.client, logs, answer.logs.sha256)]);
  return seal(shop, prepared, answer, started, elapsedUs);
}

async function refuse(shop: Workshop, { id, record }: Job, error: LockstepError): Promise<void> {
  shop.tell(`job ${id}: refused: ${error.message}`);
  await shop.wallet.submit("refuse", { job: id, attempt: record.attempt, reason: error.code });
}

/** Sends a result. Signed results are kept until the ledger has answered, so that no attempt gets a second one. */
async function send(shop: Workshop, job: Digest, attempt: number, envelope: Envelope): Promise<void> {
  shop.envelopes.put(job, attempt, envelope);
  try {
    await shop.wallet.submit("result", { job, attempt, envelope });
  } catch (error) {
    // The ledger's own no is final: the attempt lapsed, or an earlier send of the same bytes arrived.
    const told = error instanceof LockstepError ? error.code : "";
    if (!["JOB_STATE", "WRONG_ATTEMPT", "NOT_ASSIGNED", "RECEIPT_REFUSED"].includes(told)) throw error;
    shop.tell(`job ${job}: the result was not taken: ${(error as LockstepError).message}`);
  }
  shop.envelopes.drop(job, attempt);
}

/**
 * Works on the attempt that a job is at, wherever it stands: assigned, running, or running with a result signed
 * before a crash. Returns when the ledger has the result or the attempt is given up; throws when the node is gone.
 */
export async function workOn(shop: Workshop, job: Job): Promise<void> {
  const { id, record } = job;
  const signed = shop.envelopes.get(id, record.attempt);
  if (signed !== null) return send(shop, id, record.attempt, signed);
  let prepared: Prepared;
  try {
    prepared = await prepare(shop, job);
  } catch (error) {
    if (!(error instanceof LockstepError) || isPassing(error)) throw error;
    return record.status === "assigned" ? refuse(shop, job, error) : undefined;
  }
  // Module and input are here, so the attempt is accepted; meanwhile the guest runs already.
  const running = produce(shop, prepared);
  const accepted =
    record.status === "assigned" ? shop.wallet.submit("accept", { job: id, attempt: record.attempt }) : null;
  const [envelope] = await Promise.all([running, accepted]);
  if (envelope !== null) await send(shop, id, record.attempt, envelope);
}

/** Whether another try later may go better. */
export function isPassing(error: LockstepError): boolean {
  return ["UNREACHABLE", "TIMEOUT", "BUSY", "STORAGE_FULL"].includes(error.code);
}
