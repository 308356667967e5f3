// Transactions: what an account asks of the ledger. The signed bytes are DSSE's pre-authentication encoding of the
// body's JCS, and the body binds chain, type, version, nonce and expiry, so that no signature can be used twice or elsewhere.
import { z } from "zod";
import { contextRequest } from "./context.ts";
import { envelope } from "./dsse.ts";
import { blobRef, limits, SRES } from "./equation.ts";
import { DEPLOYMENT_PARTS } from "./limits.ts";
import {
  amountText,
  digestText,
  durationText,
  keyText,
  nonceText,
  shortText,
  signatureBytes,
  timeText,
} from "./schema.ts";

/** DSSE payload type of a transaction's body. */
export const TRANSACTION_TYPE = "application/vnd.lockstep.transaction.v1+json";
/** DSSE payload type of the statement by which a new key agrees to speak for an account. */
export const ROTATION_TYPE = "application/vnd.lockstep.key-rotation.v1+json";

const common = {
  version: z.literal(1),
  /** The chain id: digest of the genesis. */
  chain: digestText,
  /** The account that acts and pays. */
  from: keyText,
  /** The account's nonce: how many of its transactions were applied before. */
  nonce: nonceText,
  /** Block time after which this transaction can't be applied any more. */
  expires: timeText,
};

/** A deployment's own content; with its owner it gives the deployment's id. */
export const deployment = z.strictObject({
  sre: z.enum(SRES),
  module: blobRef,
  /** Further blobs that whoever runs the module needs, in the order that its SRE says: an image's layers, in pieces. */
  parts: z.array(blobRef).min(1).max(DEPLOYMENT_PARTS).optional(),
  abi: shortText,
  entry: shortText,
  profile: shortText,
  /** Limits that an order takes unless it asks for less. */
  limits,
  /** The owner's share of each accepted job. */
  price: amountText,
  /** Who may order it: null for anyone. */
  callers: z.array(keyText).min(1).max(64).nullable(),
});
/** A deployment's own content. */
export type Deployment = z.output<typeof deployment>;

/** A name: lowercase letters, digits and dashes, 3 to 63 characters, as in a DNS label. */
export const nameText = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,61}[a-z0-9]$/, "must be 3 to 63 of a-z, 0-9 and inner dashes");

/** How two results of one job are compared; only `bits` while a job has one provider. */
export const COMPARATORS = ["bits", "class-bits", "tolerance", "none"] as const;

/** What an order says besides who orders and when. */
export const order = {
  deployment: digestText,
  input: blobRef,
  context: contextRequest,
  limits,
  comparator: z.enum(COMPARATORS),
  /** Trust policy: how many providers must agree. */
  trust: z.strictObject({ providers: z.int().min(1).max(64) }),
  /** The most the job may cost; escrowed when the order is applied. */
  ceiling: amountText,
  /** Time from the order's block until the job expires unanswered. */
  deadline: durationText,
};

const job = { job: digestText, attempt: z.int().min(1).max(64) };

/** One schema per transaction type. Each type has a leaf file in `chain/state` with its check and its apply. */
export const transactionBody = z.discriminatedUnion("type", [
  /** Moves `amount` to another account. */
  z.strictObject({ type: z.literal("transfer"), ...common, to: keyText, amount: amountText }),
  /** Development chains only: mints the genesis's faucet amount to `from`, once per account, free of fee. */
  z.strictObject({ type: z.literal("faucet"), ...common }),
  /** Makes a module callable. */
  z.strictObject({ type: z.literal("deploy"), ...common, deployment }),
  /** Claims a free name or moves one's own to another deployment. */
  z.strictObject({ type: z.literal("name"), ...common, name: nameText, deployment: digestText }),
  /** Registers a provider or changes what it offers; `stake` is added to what it has. Ends draining. */
  z.strictObject({
    type: z.literal("register"),
    ...common,
    stake: amountText,
    /** What it runs: profiles by SRE. */
    offers: z
      .array(z.strictObject({ sre: z.enum(SRES), profile: shortText }))
      .min(1)
      .max(16),
    /** Base price of a job. */
    base: amountText,
    /** Price of each million fuel units or part of it. */
    perMegafuel: amountText,
  }),
  /** Takes the provider out of the draw; work already assigned goes on. */
  z.strictObject({ type: z.literal("drain"), ...common }),
  /** Starts to release free stake; it arrives in the balance after the unbonding time. */
  z.strictObject({ type: z.literal("unbond"), ...common, amount: amountText }),
  /** An order; the id of this transaction is the job's id. */
  z.strictObject({ type: z.literal("job"), ...common, ...order }),
  /** The assigned provider holds module and input with matching digests and takes the attempt. */
  z.strictObject({ type: z.literal("accept"), ...common, ...job }),
  /** The assigned provider declines before accepting; costs it nothing. */
  z.strictObject({ type: z.literal("refuse"), ...common, ...job, reason: shortText }),
  /** The provider's signed statement for an accepted attempt. */
  z.strictObject({ type: z.literal("result"), ...common, ...job, envelope }),
  /** The requester takes back a job that no provider has accepted yet. */
  z.strictObject({ type: z.literal("cancel"), ...common, job: digestText }),
  /** Hands the account to a new key; `proof` is the new key's signature over the rotation statement. */
  z.strictObject({ type: z.literal("rotate"), ...common, key: keyText, proof: signatureBytes }),
  /** Declares an earlier key of the account untrustworthy from now on. */
  z.strictObject({ type: z.literal("revoke"), ...common, key: keyText, reason: shortText }),
]);
/** The body of a transaction, typed. */
export type TransactionBody = z.output<typeof transactionBody>;
/** A transaction type's name. */
export type TransactionType = TransactionBody["type"];
/** The body of one type of transaction. */
export type Body<Type extends TransactionType> = Extract<TransactionBody, { type: Type }>;

/** A whole transaction as it travels: body, the key that signed, and its signature. */
export const transaction = z.strictObject({ body: transactionBody, key: keyText, signature: signatureBytes });
