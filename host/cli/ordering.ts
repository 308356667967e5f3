// The life of a job from the side of whoever wants something computed: deploy, order, wait, keep the files.
import { join } from "node:path";
import {
  type Amount,
  amount,
  type Crypto,
  type Digest,
  deploymentId,
  duration,
  type Genesis,
  type Limits,
  LockstepError,
  readReceiptFile,
  readStatement,
  utf8Encode,
} from "../../chain/protocol/index.ts";
import type { Client, Wallet } from "../client/index.ts";
import { type Home, writeWhole } from "../node/index.ts";
import type { Job } from "../wire.ts";
import type { Callable } from "./functions.ts";

/** Stores a module and makes it callable; the deployment's id. The same deployment twice is once. */
export async function deploy(
  client: Client,
  wallet: Wallet,
  crypto: Crypto,
  { module, manifest, entry }: Callable,
  terms: { readonly limits: Limits; readonly price: Amount },
): Promise<{ id: Digest; existed: boolean }> {
  const { abi, profile } = manifest;
  const stored = await client.putBlob(module);
  const deployment = { sre: "wasm", module: stored, abi, entry, profile, callers: null, ...terms } as const;
  const id = deploymentId(crypto, wallet.account, deployment);
  try {
    await wallet.submit("deploy", { deployment });
    return { id, existed: false };
  } catch (error) {
    if (error instanceof LockstepError && error.code === "DEPLOYMENT_EXISTS") return { id, existed: true };
    throw error;
  }
}

/** Room for a whole attempt by the ledger's own arithmetic, and as much again for a second one. */
function deadlineFor({ parameters }: Genesis, limits: Limits): bigint {
  const { acceptWindow, longestDeadline, resultGrace, slowestFuelPerMs } = parameters;
  const attempt = acceptWindow + limits.fuel / slowestFuelPerMs + 1n + resultGrace;
  return attempt * 2n < longestDeadline ? attempt * 2n : longestDeadline;
}

/** The most that any provider on offer could ask for a job: a ceiling that keeps nobody out. */
async function ceilingFor(client: Client, profile: string, limits: Limits, price: bigint): Promise<bigint> {
  const { providers } = await client.providers();
  const megafuel = (limits.fuel + 999_999n) / 1_000_000n;
  let most = 0n;
  for (const { record } of providers) {
    const asked = record.base + megafuel * record.perMegafuel;
    if (asked > most && record.offers.some((offer) => offer.profile === profile)) most = asked;
  }
  return price + most;
}

/** What a person may say of an order. */
export interface OrderWishes {
  readonly fuel?: bigint | undefined;
  readonly ceiling?: bigint | undefined;
  readonly deadlineMs?: bigint | undefined;
}

/** Stores the input and orders a job; the job's id. */
export async function order(
  client: Client,
  wallet: Wallet,
  id: Digest,
  input: Uint8Array,
  wishes: OrderWishes,
): Promise<Digest> {
  const { deployment } = (await client.deployment(id)).record;
  const limits: Limits = {
    ...deployment.limits,
    ...(wishes.fuel === undefined ? {} : { fuel: wishes.fuel as Limits["fuel"] }),
  };
  const genesis = await client.genesis();
  const ceiling = wishes.ceiling ?? (await ceilingFor(client, deployment.profile, limits, deployment.price));
  const stored = await client.putBlob(input);
  const applied = await wallet.submit("job", {
    deployment: id,
    input: stored,
    context: {},
    limits,
    comparator: "bits",
    trust: { providers: 1 },
    ceiling: amount(ceiling),
    deadline: duration(wishes.deadlineMs ?? deadlineFor(genesis, limits)),
  });
  return applied.id;
}

/** The files of an answered job in a folder. */
export interface JobFiles {
  readonly receipt: string;
  readonly checkpoint: string;
  readonly module: string;
  readonly input: string;
  readonly output: string;
  readonly logs: string;
}

/** Fetches everything about an answered job and keeps it in a folder; every digest is checked on the way. */
export async function keepJob(client: Client, home: Home, job: Job, folder: string): Promise<JobFiles> {
  const bytes = await client.receipt(job.id);
  const { bundle } = readReceiptFile(bytes);
  const { call, answer } = readStatement(bundle.dsseEnvelope.payload).predicate.result;
  const { deployment } = (await client.deployment(job.record.deployment)).record;
  home.ensure(folder);
  const write = (name: string, content: Uint8Array): string => {
    const path = join(folder, name);
    writeWhole(path, content, 0o600);
    return path;
  };
  const fetch = (ref: { sha256: Digest; size: number }) => (ref.size === 0 ? new Uint8Array() : client.blob(ref));
  const checkpoint = bundle.verificationMaterial.tlogEntries[0]?.inclusionProof.checkpoint.envelope ?? "";
  return {
    receipt: write("receipt.json", bytes),
    checkpoint: write("checkpoint.txt", utf8Encode(checkpoint)),
    module: write("module.wasm", await fetch(deployment.module)),
    input: write("input", await fetch(call.input)),
    output: write("output", await fetch(answer.output)),
    logs: write("logs", await fetch(answer.logs)),
  };
}
