// Making a function callable and ordering a job on it: what has to be asked and worked out before a transaction says it.
import {
  amount,
  attemptTime,
  type BlobRef,
  type ContextRequest,
  type Crypto,
  comparatorOf,
  DEPLOYMENT_PARTS,
  type Deployment,
  type Digest,
  deploymentId,
  duration,
  type Genesis,
  type Limits,
  LockstepError,
  priceOf,
} from "../../chain/protocol/index.ts";
import { DEFAULT_PRICES } from "../defaults.ts";
import { WIRE_LIMITS } from "../wire.ts";
import type { Client } from "./client.ts";
import type { Wallet } from "./wallet.ts";

/** What is too large for one blob, in several. */
function inPieces(part: Uint8Array): readonly Uint8Array[] {
  const { blobBytes } = WIRE_LIMITS;
  const count = Math.ceil(part.length / blobBytes);
  return Array.from({ length: count }, (_, at) => part.subarray(at * blobBytes, (at + 1) * blobBytes));
}

/** Stores a module with its parts and makes it callable; the deployment's id. The same deployment twice is once. */
export async function deploy(
  client: Client,
  wallet: Wallet,
  crypto: Crypto,
  module: Uint8Array,
  terms: Omit<Deployment, "module" | "parts">,
  parts: readonly Uint8Array[] = [],
): Promise<{ id: Digest; existed: boolean }> {
  const pieces = parts.flatMap(inPieces);
  if (pieces.length > DEPLOYMENT_PARTS) {
    throw new LockstepError(
      "TOO_LARGE",
      `a deployment has at most ${DEPLOYMENT_PARTS} parts, this has ${pieces.length}`,
    );
  }
  const stored: BlobRef[] = [];
  for (const piece of pieces) stored.push(await client.putBlob(piece));
  const named = stored.length === 0 ? {} : { parts: stored };
  const deployment = { ...terms, module: await client.putBlob(module), ...named };
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
  const { longestDeadline } = parameters;
  const wanted = 2n * attemptTime(parameters, limits.fuel);
  return wanted < longestDeadline ? wanted : longestDeadline;
}

/**
 * The most that any provider on offer could ask for a job: a ceiling that keeps nobody out. Where nobody offers to run it
 * yet, what a provider asks by default: the job waits for one that may come.
 */
async function ceilingFor(client: Client, profile: string, limits: Limits, price: bigint): Promise<bigint> {
  const { providers } = await client.providers();
  let most: bigint | null = null;
  for (const { record } of providers) {
    const asked = priceOf(record, limits.fuel);
    if (asked > (most ?? -1n) && record.offers.some((offer) => offer.profile === profile)) most = asked;
  }
  return price + (most ?? priceOf(DEFAULT_PRICES, limits.fuel));
}

/** What a person may say of an order. */
export interface OrderWishes {
  readonly fuel?: bigint | undefined;
  readonly ceiling?: bigint | undefined;
  readonly deadlineMs?: bigint | undefined;
  /** What the guest is to find besides its input; by default the context's defaults. */
  readonly context?: ContextRequest | undefined;
  /** The files that the context names. */
  readonly files?: readonly Uint8Array[] | undefined;
}

/** Stores input and files and orders a job; the job's id. */
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
  const [genesis, stored, ceiling] = await Promise.all([
    client.genesis(),
    client.putBlob(input),
    wishes.ceiling ?? ceilingFor(client, deployment.profile, limits, deployment.price),
  ]);
  for (const file of wishes.files ?? []) await client.putBlob(file);
  const applied = await wallet.submit("job", {
    deployment: id,
    input: stored,
    context: wishes.context ?? {},
    limits,
    comparator: comparatorOf(deployment.sre),
    trust: { providers: 1 },
    ceiling: amount(ceiling),
    deadline: duration(wishes.deadlineMs ?? deadlineFor(genesis, limits)),
  });
  return applied.id;
}
