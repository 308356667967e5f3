// drain: takes a provider out of the draw. What it was assigned goes on.
import type { Body, LockstepError } from "../../protocol/index.ts";
import { type Block, refusal } from "../block.ts";

/** PROVIDER_UNKNOWN, PROVIDER_DRAINING when it drains already. */
export function checkDrain(block: Block, body: Body<"drain">): LockstepError | null {
  const provider = block.tables.providers.get(body.from);
  if (provider === undefined) return refusal("PROVIDER_UNKNOWN", `account ${body.from} is not a provider`);
  if (provider.draining) return refusal("PROVIDER_DRAINING", `provider ${body.from} is draining already`);
  return null;
}

/** Marks the provider. */
export function applyDrain(block: Block, body: Body<"drain">): void {
  block.tables.providers.set(body.from, { ...block.tables.providers.get(body.from)!, draining: true });
}
