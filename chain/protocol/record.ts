// The records that the state tree holds, as documents, and the paths under which they lie. Who writes them is
// `chain/state`; they are here because proofs of them are checked offline.
import { z } from "zod";
import { SRES } from "./equation.ts";
import { amountText, digestText, fuelText, heightText, keyText, nonceText, shortText, timeText } from "./schema.ts";
import { deployment } from "./transaction.ts";
import type { Path } from "./tree.ts";
import type { AccountId, BlockTime, Digest, KeyId } from "./units.ts";

/** Where each kind of record lies. */
export const PATHS = {
  chain: (): Path => ["chain"],
  account: (id: AccountId): Path => ["accounts", id],
  key: (id: KeyId): Path => ["keys", id],
  deployment: (id: Digest): Path => ["deployments", id],
  /** All deployments, by id. */
  deployments: (): Path => ["deployments"],
  name: (name: string): Path => ["names", name],
  /** All names, in their order. */
  names: (): Path => ["names"],
  provider: (id: AccountId): Path => ["providers", id],
  /** All providers, by id. */
  providers: (): Path => ["providers"],
  job: (id: Digest): Path => ["jobs", id],
  /** All jobs, by id. */
  jobs: (): Path => ["jobs"],
  /** All due work, soonest first. */
  dueWork: (): Path => ["due"],
  /** Due work in order of time: 20 decimal digits sort as numbers do. */
  due: (time: BlockTime, what: string): Path => ["due", `${String(time).padStart(20, "0")}/${what}`],
  /** Jobs that wait for a provider, oldest first. */
  waiting: (since: BlockTime, job: Digest): Path => ["waiting", `${String(since).padStart(20, "0")}/${job}`],
} as const;

/** The chain's own record: head and supply. Minted minus burned is the sum of everything that anyone holds. */
export const chainRecord = z.strictObject({
  height: heightText,
  time: timeText,
  minted: amountText,
  burned: amountText,
  /**
   * The round in which waiting jobs are offered to providers, null when none is under way: the last entry of the
   * waiting index that was tried ("" at the beginning), and whether stake came free since, so that another follows.
   */
  round: z.strictObject({ after: z.string().max(128), again: z.boolean() }).nullable(),
});
export type ChainRecord = z.output<typeof chainRecord>;

/** An account: free balance, nonce, the key that speaks for it now, and whether it has used the faucet. */
export const accountRecord = z.strictObject({
  balance: amountText,
  nonce: nonceText,
  key: keyText,
  faucet: z.boolean(),
});
export type AccountRecord = z.output<typeof accountRecord>;

/** A key that an account has or had. A key without a record speaks for the account of its own name. */
export const keyRecord = z.strictObject({
  account: keyText,
  since: timeText,
  until: timeText.nullable(),
  revoked: z.strictObject({ time: timeText, reason: shortText }).nullable(),
});
export type KeyRecord = z.output<typeof keyRecord>;

/** A deployment with its owner and birth. */
export const deploymentRecord = z.strictObject({ owner: keyText, time: timeText, deployment });
export type DeploymentRecord = z.output<typeof deploymentRecord>;

/** A name with its owner and what it points to. */
export const nameRecord = z.strictObject({ owner: keyText, deployment: digestText, time: timeText });
export type NameRecord = z.output<typeof nameRecord>;

/** A provider: all stake, the part reserved by its open jobs, the part on its way out, its offers and prices. */
export const providerRecord = z.strictObject({
  stake: amountText,
  reserved: amountText,
  unbonding: amountText,
  draining: z.boolean(),
  offers: z.array(z.strictObject({ sre: z.enum(SRES), profile: shortText })),
  base: amountText,
  perMegafuel: amountText,
  since: timeText,
});
export type ProviderRecord = z.output<typeof providerRecord>;

/**
 * Where a job is: `waiting` for a provider, `assigned` to one, `running` there (the provider sent `accept`),
 * `accepted` with its result fixed, `final` with the escrow paid, `cancelled` or `expired` with it returned.
 */
export const JOB_STATUSES = ["waiting", "assigned", "running", "accepted", "final", "cancelled", "expired"] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** The job's record. Who holds a proof of it knows what the ledger decided about the job. */
export const jobRecord = z.strictObject({
  status: z.enum(JOB_STATUSES),
  requester: keyText,
  deployment: digestText,
  /** Digest of the JCS of the call that every attempt must answer. */
  call: digestText,
  /** The order's fuel limit, from which each attempt's worst price and time follow. */
  fuel: fuelText,
  ceiling: amountText,
  placed: timeText,
  /** Block time at which the job expires unless accepted. */
  deadline: timeText,
  attempt: z.int().min(0).max(64),
  /** Providers whose attempt ended without a result, in order; they are drawn again only when nobody else is left. */
  tried: z.array(keyText).max(64),
  /** The assignment in force, with the prices locked when it was drawn and the time at which it lapses. */
  assignment: z
    .strictObject({ provider: keyText, base: amountText, perMegafuel: amountText, reserved: amountText, due: timeText })
    .nullable(),
  /** Set once the result is accepted. */
  accepted: z
    .strictObject({
      /** The receipt id: digest of the statement's bytes. */
      receipt: digestText,
      /** The key whose signature was accepted. */
      key: keyText,
      time: timeText,
      /** When the challenge window closes. */
      finalAt: timeText,
      /** What the provider and the deployment's owner get; the rest of the ceiling returns. */
      pay: z.strictObject({ provider: amountText, owner: amountText }),
    })
    .nullable(),
});
export type JobRecord = z.output<typeof jobRecord>;

/** Work that block time makes due: the next step of a job (its record says which), or stake that has left its lock. */
export const dueRecord = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("job"), job: digestText }),
  z.strictObject({ kind: z.literal("unbond"), provider: keyText, amount: amountText }),
]);
export type DueRecord = z.output<typeof dueRecord>;

/** An entry of the index of waiting jobs. */
export const waitingRecord = z.strictObject({ job: digestText });
export type WaitingRecord = z.output<typeof waitingRecord>;
