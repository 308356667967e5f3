// job: an order. It is bound to everything that decides its result, its ceiling is escrowed, and it waits for the
// draw at the end of the block.
import {
  attemptTime,
  type BlockTime,
  type Body,
  callDigest,
  callOf,
  comparatorOf,
  type DeploymentRecord,
  type JobRecord,
  type LockstepError,
} from "../../protocol/index.ts";
import { type Block, refusal } from "../block.ts";
import { place } from "../jobs.ts";
import { checkFunds, type Signed } from "./common.ts";
import { checkLimits } from "./deploy.ts";

function checkKind({ context, trust }: Body<"job">): LockstepError | null {
  if (trust.providers !== 1) {
    return refusal("UNSUPPORTED", `a job with ${trust.providers} providers is not supported yet, order with 1`);
  }
  if ((context.capabilities ?? []).length === 0) return null;
  // No sandbox grants any yet: a receipt would bind what its guest never had.
  return refusal("UNSUPPORTED", "a context with capabilities is not supported yet, order without");
}

function checkDeadline(block: Block, { deadline, limits }: Body<"job">): LockstepError | null {
  const { parameters } = block.rules.genesis;
  const least = attemptTime(parameters, limits.fuel);
  if (deadline < least) {
    return refusal("DEADLINE", `a deadline of ${deadline} ms is too short: one attempt may take ${least} ms`);
  }
  if (deadline > parameters.longestDeadline) {
    return refusal("DEADLINE", `a deadline of ${deadline} ms is above the longest, ${parameters.longestDeadline} ms`);
  }
  return null;
}

/**
 * In this order: UNSUPPORTED, DEPLOYMENT_UNKNOWN, UNSUPPORTED for a comparator that its SRE has not, CALLER_REFUSED, LIMITS, DEADLINE, PRICE_CEILING when the ceiling
 * does not even cover the deployment's own price, FUNDS.
 */
export function checkJob(block: Block, body: Body<"job">): LockstepError | DeploymentRecord {
  const unsupported = checkKind(body);
  if (unsupported !== null) return unsupported;
  const record = block.tables.deployments.get(body.deployment);
  if (record === undefined) return refusal("DEPLOYMENT_UNKNOWN", `there is no deployment ${body.deployment}`);
  const { callers, limits, price, sre } = record.deployment;
  const comparator = comparatorOf(sre);
  if (body.comparator !== comparator) {
    const why = `answers of ${sre} are compared by ${comparator}, not by ${body.comparator}; order with ${comparator}`;
    return refusal("UNSUPPORTED", why);
  }
  if (callers !== null && !callers.includes(body.from)) {
    return refusal("CALLER_REFUSED", `account ${body.from} is not among the callers of deployment ${body.deployment}`);
  }
  const refused =
    checkLimits(body.limits, block.rules.genesis.parameters.largestLimits, "the chain's") ??
    checkLimits(body.limits, limits, "the deployment's") ??
    checkDeadline(block, body);
  if (refused !== null) return refused;
  if (body.ceiling < price) {
    return refusal("PRICE_CEILING", `the ceiling of ${body.ceiling} is below the deployment's own price, ${price}`);
  }
  return checkFunds(block, body, body.ceiling, "the ceiling with the fee") ?? record;
}

/** Takes the escrow and places the job. */
export function applyJob(block: Block, body: Body<"job">, { deployment }: DeploymentRecord, { id }: Signed): void {
  const { crypto } = block.rules;
  block.debit(body.from, body.ceiling);
  const job: JobRecord = {
    status: "waiting",
    requester: body.from,
    deployment: body.deployment,
    call: callDigest(crypto, callOf(crypto, deployment, body).call),
    fuel: body.limits.fuel,
    ceiling: body.ceiling,
    placed: block.time,
    deadline: (block.time + body.deadline) as BlockTime,
    attempt: 0,
    tried: [],
    assignment: null,
    accepted: null,
  };
  place(block, id, job);
}
