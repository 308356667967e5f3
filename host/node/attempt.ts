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
  readStatement,
  runTime,
  type Signer,
  sealReceipt,
} from "../../chain/protocol/index.ts";
import type { Outcome, Sandbox, Usage } from "../../sre/core/index.ts";
import { type Client, isPassing, pause, type Wallet } from "../client/index.ts";
import { SOFTWARE_NAME, SOFTWARE_VERSION } from "../software.ts";
import type { Job } from "../wire.ts";
import type { Envelopes } from "./envelopes.ts";
import { HOST_LIMITS } from "./limits.ts";

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
  /** Modules seen lately. */
  readonly modules: Lru<Digest, Uint8Array>;
  /** One line for the operator. */
  readonly tell: (line: string) => void;
  /** Given when the provider stops. */
  readonly ending: AbortSignal;
}

/** Everything that running an attempt needs, fetched and checked. */
interface Prepared {
  readonly job: Digest;
  readonly attempt: number;
  readonly call: Call;
  readonly context: Context;
  readonly module: Uint8Array;
  readonly input: Uint8Array;
  readonly files: ReadonlyMap<Digest, Uint8Array>;
  /** The module's parts, fetched when they are asked for. */
  readonly parts: () => AsyncIterable<Uint8Array>;
  readonly sandbox: Sandbox;
  readonly wallMs: number;
}

async function moduleOf({ client, modules }: Workshop, { module }: Deployment): Promise<Uint8Array> {
  const known = modules.get(module.sha256);
  if (known !== undefined) return known;
  const bytes = await client.blob(module);
  modules.set(module.sha256, bytes);
  return bytes;
}

/** The parts that a deployment names, one after the other: together they may be large. */
async function* partsOf({ client }: Workshop, { parts = [] }: Deployment): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield await client.blob(part);
}

/** The files that a context names. */
async function filesOf({ client }: Workshop, { files }: Context): Promise<ReadonlyMap<Digest, Uint8Array>> {
  const refs = new Map(Object.values(files).map((ref) => [ref.sha256, ref]));
  const bytes = await Promise.all(
    [...refs].map(
      async ([digest, ref]) => [digest, ref.size === 0 ? new Uint8Array() : await client.blob(ref)] as const,
    ),
  );
  return new Map(bytes);
}

/** Time enough for the slowest machine that the profile is calibrated for, as the ledger grants it too. */
function wallMsOf({ genesis }: Workshop, call: Call): number {
  return Number(runTime(genesis.parameters, call.limits.fuel));
}

/** Fetches what a job names and checks it; throws what is missing or does not fit. */
async function prepare(shop: Workshop, { id, order, record }: Job): Promise<Prepared> {
  const { body } = order;
  if (body.type !== "job") throw new LockstepError("MALFORMED", `job ${id} is answered with another transaction`);
  const { deployment } = (await shop.client.deployment(body.deployment)).record;
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
  const bytes = { module, input, files: await filesOf(shop, context), parts: () => partsOf(shop, deployment) };
  return { job: id, attempt: record.attempt, call, context, ...bytes, sandbox, wallMs: wallMsOf(shop, call) };
}

/** Stores what a result names, with some patience: the guest's work should not be lost to a node that restarts. */
async function store({ client, ending }: Workshop, bytes: Uint8Array, digest: Digest): Promise<void> {
  if (digest === EMPTY_DIGEST) return;
  for (let tries = 1; ; tries++) {
    try {
      await client.putBlob(bytes);
      return;
    } catch (error) {
      if (!mayPass(error) || tries === HOST_LIMITS.outputTries || ending.aborted) throw error;
      await pause(HOST_LIMITS.providerRetryMs, ending);
    }
  }
}

/** What was seen of a run, beside its answer. */
interface Seen {
  readonly started: number;
  readonly elapsedUs: bigint;
  readonly usage: Usage | undefined;
}

function seal(shop: Workshop, prepared: Prepared, answer: Answer, seen: Seen): Envelope {
  const { job, attempt, call, sandbox } = prepared;
  const result = { chain: shop.chain, job, attempt, call, answer };
  const { envelope } = sealReceipt(shop.crypto, shop.signer, result, {
    engine: { ...sandbox.surroundings.engine },
    host: { name: SOFTWARE_NAME, version: SOFTWARE_VERSION },
    isolation: [...sandbox.surroundings.isolation],
    started: blockTime(BigInt(seen.started)),
    elapsedUs: seen.elapsedUs,
    ...(seen.usage === undefined ? {} : { usage: seen.usage }),
  });
  return envelope;
}

/**
 * Runs the guest and signs its answer. Output and logs are stored with the node before anything is signed that names
 * them, and what was signed is on our disk before anybody can have it.
 */
async function produce(shop: Workshop, prepared: Prepared, mayBegin: () => boolean): Promise<Made> {
  const { job, attempt, sandbox, ...run } = prepared;
  let started = Date.now();
  let before = process.hrtime.bigint();
  const begin = (): boolean => {
    started = Date.now();
    before = process.hrtime.bigint();
    return mayBegin();
  };
  let outcome: Outcome = await sandbox.run({ ...run, begin });
  // A process that died says nothing of the guest; if it was the guest's doing, it will die again.
  for (let tries = 1; isLost(outcome) && tries < HOST_LIMITS.runTries && !shop.ending.aborted; tries++) {
    shop.tell(`job ${job}: ${outcome.message}; running it again`);
    outcome = await sandbox.run({ ...run, begin });
  }
  const elapsedUs = (process.hrtime.bigint() - before) / 1000n;
  if (outcome.kind === "fault") {
    shop.tell(`job ${job}: fault ${outcome.fault}, nothing signed: ${outcome.message}`);
    return { fault: outcome };
  }
  const { answer, output, logs, usage } = outcome;
  await Promise.all([store(shop, output, answer.output.sha256), store(shop, logs, answer.logs.sha256)]);
  return { envelope: shop.envelopes.keep(job, attempt, seal(shop, prepared, answer, { started, elapsedUs, usage })) };
}

type Fault = Extract<Outcome, { kind: "fault" }>;
/** What came of a run: something to send, or why there is nothing. */
type Made = { readonly envelope: Envelope } | { readonly fault: Fault };

/** Whether the process that ran the guest died. */
const isLost = (outcome: Outcome): outcome is Fault => outcome.kind === "fault" && outcome.fault === "lost";

/** Hands an attempt back before it was accepted, so that another provider gets it at once. */
async function refuse({ tell, wallet }: Workshop, { id, record }: Job, error: LockstepError): Promise<void> {
  tell(`job ${id}: refused: ${error.message}`);
  await wallet.submit("refuse", { job: id, attempt: record.attempt, reason: error.code });
}

/** Sends a result. It stays on our disk until the ledger has answered. */
async function send({ envelopes, tell, wallet }: Workshop, { id, record }: Job, envelope: Envelope): Promise<void> {
  const { attempt } = record;
  try {
    await wallet.submit("result", { job: id, attempt, envelope });
    const { exit, fuel } = readStatement(envelope.payload).predicate.result.answer;
    tell(`job ${id}: answered, exit ${exit.kind}, ${fuel} fuel`);
  } catch (error) {
    if (!(error instanceof LockstepError) || !isOver(error)) throw error;
    tell(`job ${id}: the result was not taken: ${error.message}`);
  }
  envelopes.drop(id, attempt);
}

/** Whether the ledger's no to a result is final: the attempt lapsed, or an earlier send of the same bytes arrived. */
function isOver({ code }: LockstepError): boolean {
  return ["JOB_STATE", "JOB_UNKNOWN", "WRONG_ATTEMPT", "NOT_ASSIGNED", "RECEIPT_REFUSED"].includes(code);
}

const mayPass = (error: unknown): boolean => error instanceof LockstepError && isPassing(error);

/**
 * Runs an assigned attempt and takes it on the ledger at the same time, once a sandbox is free: accepting is a promise
 * that costs the reservation fee when it is not kept, and behind long runs of others it could not be.
 */
async function runAndAccept(shop: Workshop, job: Job, prepared: Prepared, seen: number): Promise<Envelope | null> {
  const { job: id, attempt } = prepared;
  const lapse = seen + Number(shop.genesis.parameters.acceptWindow);
  const turn = Promise.withResolvers<boolean>();
  let promised = job.record.status !== "assigned";
  const mayBegin = (): boolean => {
    // By our own patience, not by our clock: what nobody accepted for so long has lapsed, and running it helps nobody.
    const inTime = promised || performance.now() < lapse;
    promised ||= inTime;
    turn.resolve(inTime);
    return inTime;
  };
  const making = produce(shop, prepared, mayBegin).finally(() => turn.resolve(false));
  const accepting = turn.promise.then((begins) => (begins ? accept(shop, job) : undefined));
  const [made, accepted] = await Promise.allSettled([making, accepting]);
  if (accepted.status === "rejected") {
    // What was made stays for the next try, unless there will be none.
    if (!mayPass(accepted.reason)) shop.envelopes.drop(id, attempt);
    throw accepted.reason;
  }
  if (made.status === "rejected") throw made.reason;
  if ("envelope" in made.value) return made.value.envelope;
  const { code = "FAULT", fault, message } = made.value.fault;
  // What could not even begin is another provider's at once; only a run that we gave up ourselves may go on later.
  if (!promised && fault !== "closed") throw new Hindered(code, message);
  return null;
}

/** Why an attempt could not begin here, whatever the code says of trying again. */
class Hindered extends LockstepError {}

/** Takes the attempt on the ledger, unless that was done before a crash. */
async function accept({ wallet }: Workshop, { id, record }: Job): Promise<void> {
  if (record.status === "assigned") await wallet.submit("accept", { job: id, attempt: record.attempt });
}

/** What was signed for the attempt before a crash, or what running it now gives; null when there is nothing to send. */
async function resultOf(shop: Workshop, job: Job): Promise<Envelope | null> {
  const seen = performance.now();
  const signed = shop.envelopes.get(job.id, job.record.attempt);
  if (signed === null) return runAndAccept(shop, job, await prepare(shop, job), seen);
  await accept(shop, job);
  return signed;
}

/**
 * Works on the attempt that a job is at, wherever it stands: assigned, running, or with a result signed before a crash.
 * Returns when the ledger has the result or the attempt is given up; throws when the node is gone.
 */
export async function workOn(shop: Workshop, job: Job): Promise<void> {
  let envelope: Envelope | null;
  try {
    envelope = await resultOf(shop, job);
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    if (!(error instanceof Hindered) && (isPassing(error) || isOver(error))) throw error;
    // Missing or spoiled bytes, a profile that we lack, no money for the reservation fee, an engine that is gone.
    if (job.record.status !== "assigned") throw error;
    return refuse(shop, job, error);
  }
  if (envelope !== null) await send(shop, job, envelope);
}
