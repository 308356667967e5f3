// deploy: makes a module callable. What SRE, ABI and profile mean is nobody's business here: the ledger knows them
// as names that orders, providers and receipts must agree on.
import { type Body, type Digest, deploymentId, type Limits, type LockstepError } from "../../protocol/index.ts";
import { type Block, refusal } from "../block.ts";
import { checkFunds } from "./common.ts";

const KIB = 1024n;

/** A new deployment's id and its fee beyond the flat one. */
export interface DeployPlan {
  readonly id: Digest;
  readonly fee: bigint;
}

/** LIMITS when one of `asked` is above its largest allowed value. */
export function checkLimits(asked: Limits, largest: Limits, whose: string): LockstepError | null {
  for (const name of ["fuel", "memory", "stack", "output", "logs"] as const) {
    if (asked[name] > largest[name]) {
      return refusal("LIMITS", `the limit ${name} of ${asked[name]} is above ${whose} ${largest[name]}`, {
        limit: name,
      });
    }
  }
  return null;
}

/** DEPLOYMENT_EXISTS for the same content by the same owner, LIMITS above the chain's largest, FUNDS. */
export function checkDeploy(block: Block, body: Body<"deploy">): LockstepError | DeployPlan {
  const { crypto, genesis } = block.rules;
  const id = deploymentId(crypto, body.from, body.deployment);
  if (block.tables.deployments.get(id) !== undefined) {
    return refusal("DEPLOYMENT_EXISTS", `deployment ${id} exists: this account deployed the same before`, { id });
  }
  const { deployFeePerKib, largestLimits } = genesis.parameters;
  const { module, parts = [] } = body.deployment;
  const size = parts.reduce((sum, part) => sum + BigInt(part.size), BigInt(module.size));
  const fee = ((size + KIB - 1n) / KIB) * deployFeePerKib;
  const refused =
    checkLimits(body.deployment.limits, largestLimits, "the chain's") ?? checkFunds(block, body, fee, "the deploy fee");
  return refused ?? { id, fee };
}

/** Takes the fee for the size of module and parts and writes the deployment. */
export function applyDeploy(block: Block, body: Body<"deploy">, { id, fee }: DeployPlan): void {
  block.debit(body.from, fee);
  block.fees += fee;
  block.tables.deployments.set(id, { owner: body.from, time: block.time, deployment: body.deployment });
}
