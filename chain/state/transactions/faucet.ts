// faucet: on a development chain, mints money for whoever asks, once per account. Its genesis says that it is one.
import { type Body, INT64_MAX, type LockstepError } from "../../protocol/index.ts";
import { type Block, refusal } from "../block.ts";

/** FAUCET_CLOSED where the genesis has none or the account used it; OVERFLOW when the supply would not fit int64. */
export function checkFaucet(block: Block, body: Body<"faucet">): LockstepError | null {
  const { faucet } = block.rules.genesis;
  if (faucet === 0n) return refusal("FAUCET_CLOSED", "this chain has no faucet: it is not a development chain");
  if (block.account(body.from).faucet) {
    return refusal("FAUCET_CLOSED", `account ${body.from} has used the faucet, which gives once`);
  }
  if (block.minted + faucet > INT64_MAX) {
    return refusal("OVERFLOW", `the faucet is dry: ${block.minted} micro-credits are minted and no more fit`);
  }
  return null;
}

/** Mints. */
export function applyFaucet(block: Block, body: Body<"faucet">): void {
  block.tables.accounts.set(body.from, { ...block.account(body.from), faucet: true });
  block.credit(body.from, block.rules.genesis.faucet);
  block.minted += block.rules.genesis.faucet;
}
