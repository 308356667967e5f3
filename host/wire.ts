// The documents of the HTTP API besides those of the ledger itself, shared by the server that writes them and the
// client that reads them. Either side treats the other as hostile: closed schemas, bounded sizes.
import { z } from "zod";
import {
  base64Bytes,
  blobRef,
  blockEntry,
  decimal,
  deploymentRecord,
  digestText,
  type ErrorCode,
  hashBytes,
  heightText,
  isErrorCode,
  jobRecord,
  keyText,
  nameRecord,
  nameText,
  providerRecord,
  shortText,
  timeText,
  transaction,
  treeProof,
} from "../chain/protocol/index.ts";

/** Limits of the API, the same at both ends. */
export const WIRE_LIMITS = {
  /** Bytes of any JSON answer: a page of 64 leaves of at most 41 KiB in base64 has 3.5 MiB. */
  answerBytes: 4 * 1024 * 1024,
  /** Bytes of one event: what happened to some 1,000 jobs, 250 bytes each. Larger ones travel as a gap. */
  eventBytes: 256 * 1024,
  /** Bytes of the largest blob that anybody takes or gives. */
  blobBytes: 64 * 1024 * 1024,
  /** Items of one page of a listing. */
  pageItems: 200,
  /** Leaves of one page of the log. */
  pageLeaves: 64,
} as const;

/** The body of every answer that is not a success. */
export const errorAnswer = z.strictObject({
  error: z.strictObject({
    code: z.custom<ErrorCode>(isErrorCode),
    message: z.string().max(2048),
    data: z.record(z.string().max(64), z.union([z.string().max(4096), z.number(), z.boolean()])),
  }),
});

/** What a node is and where its ledger stands. */
export const statusAnswer = z.strictObject({
  chain: digestText,
  name: shortText,
  /** A development chain has a faucet and short windows; nothing on it is worth anything. */
  development: z.boolean(),
  height: heightText,
  time: timeText,
  stateRoot: digestText,
  logSize: decimal,
  checkpoint: z.string().max(4096),
  /** The log's note verifier key (`name+hash+key`). Trust it only if you trust this connection. */
  logKey: z.string().regex(/^[\x21-\x7e]{1,512}$/, "must be printable ASCII without spaces"),
  orderer: keyText,
  software: shortText,
});
/** What a node is and where its ledger stands. */
export type Status = z.output<typeof statusAnswer>;

/** A transaction that is in the log. */
export const appliedAnswer = z.strictObject({ id: digestText, code: shortText, height: heightText, index: decimal });
/** A transaction that is in the log. */
export type AppliedTransaction = z.output<typeof appliedAnswer>;

/** A transaction as the log holds it. */
export const transactionAnswer = appliedAnswer.extend({ transaction });
/** A transaction as the log holds it. */
export type LoggedTransaction = z.output<typeof transactionAnswer>;

/** A job: its record as of the block `height`, and its order. */
export const jobAnswer = z.strictObject({ id: digestText, height: heightText, record: jobRecord, order: transaction });
/** A job: its record as of a block, and its order. */
export type Job = z.output<typeof jobAnswer>;

/** A deployment by its id. */
export const deploymentAnswer = z.strictObject({ id: digestText, record: deploymentRecord });
/** A deployment by its id. */
export type DeploymentInfo = z.output<typeof deploymentAnswer>;

/** A page of providers; `next` goes into `after` for the next page, null at the end. */
export const providersAnswer = z.strictObject({
  providers: z.array(z.strictObject({ id: keyText, record: providerRecord })).max(WIRE_LIMITS.pageItems),
  next: keyText.nullable(),
});

const listedJob = z.strictObject({ id: digestText, record: jobRecord });
/** A job in a listing. */
export type ListedJob = z.output<typeof listedJob>;

/**
 * A page of jobs: of those that a provider has open, soonest due first; of any others in the order of their ids. A page may be empty and not the last one; `next` goes
 * into `after` for the next page, null at the end.
 */
export const jobsAnswer = z.strictObject({
  jobs: z.array(listedJob).max(WIRE_LIMITS.pageItems),
  next: shortText.nullable(),
});

const listedDeployment = deploymentRecord
  .omit({ deployment: true })
  .extend(
    deploymentRecord.shape.deployment.pick({ sre: true, abi: true, entry: true, module: true, price: true }).shape,
  )
  .extend({ id: digestText });
/** What a listing says of a deployment. */
export type ListedDeployment = z.output<typeof listedDeployment>;

/** A page of deployments in the order of their ids; `next` as in `jobsAnswer`. */
export const deploymentsAnswer = z.strictObject({
  deployments: z.array(listedDeployment).max(WIRE_LIMITS.pageItems),
  next: digestText.nullable(),
});

const listedName = z.strictObject({ name: nameText, record: nameRecord });
/** A name in a listing. */
export type ListedName = z.output<typeof listedName>;

/** A page of names in their order; `next` as in `jobsAnswer`. */
export const namesAnswer = z.strictObject({
  names: z.array(listedName).max(WIRE_LIMITS.pageItems),
  next: nameText.nullable(),
});

/** A page of the log from index `from`. */
export const leavesAnswer = z.strictObject({
  from: decimal,
  leaves: z.array(base64Bytes).max(WIRE_LIMITS.pageLeaves),
  size: decimal,
});

/** Hashes that prove an inclusion or a consistency. */
export const hashesAnswer = z.strictObject({ hashes: z.array(hashBytes).max(128) });

/** A value of the state, or its absence, with everything needed to check it against the signed checkpoint. */
export const stateAnswer = z.strictObject({
  value: base64Bytes.nullable(),
  proof: treeProof,
  block: blockEntry,
  index: decimal,
  hashes: z.array(hashBytes).max(63),
  checkpoint: z.string().max(4096),
});
/** A value of the state, or its absence, with its proof. */
export type StateAnswer = z.output<typeof stateAnswer>;

/**
 * What a block did, as the event stream tells it. `gap` says that events before it were left out because the node no
 * longer has them: whoever follows has to look at the ledger again.
 */
export const blockEvent = z.strictObject({
  height: heightText,
  time: timeText,
  gap: z.boolean(),
  events: z.array(
    z.strictObject({
      type: shortText,
      job: digestText,
      attempt: z.int().min(0),
      provider: keyText.nullable(),
    }),
  ),
});
/** What a block did, as the event stream tells it. */
export type BlockEvent = z.output<typeof blockEvent>;

/** A stored blob. */
export const blobAnswer = blobRef.extend({ cid: z.string().max(128) });
