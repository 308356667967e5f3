// transfer: moves money to another account, which begins to exist by it.
import type { Body, LockstepError } from "../../protocol/index.ts";
import { type Block, refusal } from "../block.ts";
import { checkFunds, checkReceiver } from "./common.ts";

/** OUT_OF_RANGE for nothing, KEY_IN_USE for a receiver that is another account's key, FUNDS. */
export function checkTransfer(block: Block, body: Body<"transfer">): LockstepError | null {
  if (body.amount === 0n) return refusal("OUT_OF_RANGE", "a transfer must move at least 1 micro-credit");
  return checkReceiver(block, body.to) ?? checkFunds(block, body, body.amount, "the transfer with its fee");
}

/** Moves the amount. */
export function applyTransfer(block: Block, body: Body<"transfer">): void {
  block.debit(body.from, body.amount);
  block.credit(body.to, body.amount);
}
