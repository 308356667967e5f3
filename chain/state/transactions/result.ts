// result: the provider's signed statement for an accepted attempt. The ledger checks that it answers exactly this
// attempt of this job and who signed it; whether the answer is right is what the challenge window is for.
import {
  type Amount,
  type Answer,
  type Body,
  callDigest,
  type Digest,
  EMPTY_DIGEST,
  EXITS_BY_SRE,
  type JobRecord,
  type LedgerResult,
  type Limits,
  LockstepError,
  mayHaveOutput,
  openEnvelope,
  priceOf,
  publicKeyOf,
  RECEIPT_PREDICATE,
  readStatement,
  receiptId,
  receiptLeaf,
  STATEMENT_PAYLOAD_TYPE,
  type Statement,
} from "../../protocol/index.ts";
import { type Block, refusal } from "../block.ts";
import { acceptResult, assignmentOf } from "../jobs.ts";
import { checkAttempt } from "./attempt.ts";
import type { Signed } from "./common.ts";

/** A result that was checked: the job it answers, the receipt's id, what is owed for it. */
export interface ResultPlan {
  readonly job: JobRecord;
  readonly receipt: Digest;
  readonly pay: NonNullable<JobRecord["accepted"]>["pay"];
}

const refused = (why: string) => refusal("RECEIPT_REFUSED", `the receipt can't be accepted: ${why}`);

/** Why an answer can't be one to its call, or null: every part of it must lie within what the order allowed. */
function wrongAnswer({ exit, output, logs, fuel }: Answer, limits: Limits): string | null {
  if (fuel > limits.fuel) return `it used ${fuel} fuel of at most ${limits.fuel}`;
  if (output.size > limits.output) return `its output of ${output.size} bytes is above the limit, ${limits.output}`;
  if (logs.size > limits.logs) return `its logs of ${logs.size} bytes are above the limit, ${limits.logs}`;
  if (output.size !== 0 && !mayHaveOutput(exit.kind)) return `a run that ended ${exit.kind} has no output`;
  for (const { sha256, size } of [output, logs]) {
    if ((size === 0) !== (sha256 === EMPTY_DIGEST)) return "a digest does not fit its size";
  }
  return null;
}

/** Why a result is not one of this attempt, or null. The call's digest binds module, input, context and limits. */
function wrongResult(block: Block, body: Body<"result">, job: JobRecord, result: LedgerResult): string | null {
  if (result.chain !== block.rules.chain) return "it is of another chain";
  if (result.job !== body.job) return "it answers another job";
  if (result.attempt !== body.attempt) return "it answers another attempt";
  if (callDigest(block.rules.crypto, result.call) !== job.call) return "its call is not the job's";
  const { kind } = result.answer.exit;
  if (!EXITS_BY_SRE[result.call.sre].includes(kind)) return `${kind} is no exit of ${result.call.sre}, it is a fault`;
  return wrongAnswer(result.answer, result.call.limits);
}

function readResult(payload: Uint8Array): Statement | string {
  try {
    return readStatement(payload);
  } catch (error) {
    if (error instanceof LockstepError) return error.message;
    throw error;
  }
}

/** What is owed: the locked prices for the fuel used, the deployment's own price. The draw made sure that it fits. */
function payFor(block: Block, job: JobRecord, { fuel }: Answer): ResultPlan["pay"] {
  const provider = priceOf(assignmentOf(job), fuel) as Amount;
  return { provider, owner: block.tables.deployments.get(job.deployment)!.deployment.price };
}

/**
 * The refusals of `checkAttempt` for a running job; RECEIPT_REFUSED when the statement is malformed, binds another
 * attempt, exceeds the order or names another key than the provider's present one; SIGNATURE_INVALID last.
 */
export function checkResult(block: Block, body: Body<"result">, { key }: Signed): LockstepError | ResultPlan {
  const job = checkAttempt(block, body, "running");
  if (job instanceof LockstepError) return job;
  const { envelope } = body;
  const statement = readResult(envelope.payload);
  if (typeof statement === "string") return refused(statement);
  if (statement.predicateType !== RECEIPT_PREDICATE) return refused("it is a local run's, which answers no job");
  const { result, observations } = statement.predicate;
  const wrong = wrongResult(block, body, job, result);
  if (wrong !== null) return refused(wrong);
  // The transaction's own key is the account's present one; a statement by an older key is not today's word.
  if (observations.provider !== key) return refused("its provider is not the key that speaks for the account now");
  if (envelope.signatures[0].keyid !== key) return refused("its signature names another key than its provider");
  const { crypto, admission } = block.rules;
  try {
    openEnvelope(crypto, admission, envelope, STATEMENT_PAYLOAD_TYPE);
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    return error.code === "SIGNATURE_INVALID" ? error : refused(error.message);
  }
  return { job, receipt: receiptId(crypto, envelope.payload), pay: payFor(block, job, result.answer) };
}

/** Returns the reservation fee, fixes the result and puts the receipt into the log. */
export function applyResult(block: Block, body: Body<"result">, plan: ResultPlan, { key }: Signed): void {
  const { crypto, genesis } = block.rules;
  block.credit(body.from, genesis.parameters.reservationFee);
  acceptResult(block, body.job, plan.job, { receipt: plan.receipt, key, pay: plan.pay });
  const leaf = receiptLeaf(crypto, body.envelope, publicKeyOf(key));
  block.receipts.push({ job: body.job, envelope: body.envelope, leaf });
}
