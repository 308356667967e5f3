// name: claims a free name for a deployment, or points one's own name to another.
import type { Body, LockstepError } from "../../protocol/index.ts";
import { type Block, refusal } from "../block.ts";

/** DEPLOYMENT_UNKNOWN; NAME_REFUSED when the name is somebody else's. Whose deployment it is does not matter. */
export function checkName(block: Block, body: Body<"name">): LockstepError | null {
  if (block.tables.deployments.get(body.deployment) === undefined) {
    return refusal("DEPLOYMENT_UNKNOWN", `there is no deployment ${body.deployment}`);
  }
  const owner = block.tables.names.get(body.name)?.owner ?? body.from;
  if (owner !== body.from) return refusal("NAME_REFUSED", `the name ${body.name} belongs to account ${owner}`);
  return null;
}

/** Writes the name. */
export function applyName(block: Block, body: Body<"name">): void {
  block.tables.names.set(body.name, { owner: body.from, deployment: body.deployment, time: block.time });
}
