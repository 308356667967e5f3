// What holds for every transaction whatever its type, tested in the order that chain/SPEC.md states (X2 to X7).
// Form and signature were tested before: an `AuthenticTransaction` has both.
import type { AccountId, AuthenticTransaction, LockstepError, Nonce, TransactionBody } from "../../protocol/index.ts";
import { type Block, refusal } from "../block.ts";

/** Who signed what: the transaction's id and key, for the types that need them. */
export type Signed = Pick<AuthenticTransaction, "id" | "key">;

/** The flat fee of a type: only the faucet, which is for those who have nothing, is free. */
export function flatFee(block: Block, type: TransactionBody["type"]): bigint {
  return type === "faucet" ? 0n : block.rules.genesis.parameters.fee;
}

function checkKey(block: Block, { body, key }: AuthenticTransaction): LockstepError | null {
  const account = block.tables.accounts.get(body.from);
  if (account?.key === key) return null;
  const record = block.tables.keys.get(key);
  // A key without a record speaks for the account of its own name, as long as that account has not moved on.
  if (record === undefined && account === undefined && key === body.from) return null;
  if (record?.account === body.from) {
    const how = record.revoked === null ? "was replaced" : "was revoked";
    return refusal("KEY_INACTIVE", `key ${key} ${how} and no longer speaks for account ${body.from}`);
  }
  return refusal("KEY_UNKNOWN", `key ${key} does not speak for account ${body.from}`);
}

function checkTime(block: Block, { body }: AuthenticTransaction): LockstepError | null {
  if (body.expires < block.time) {
    return refusal("TX_EXPIRED", `the transaction expired at ${body.expires}, block time is ${block.time}`);
  }
  const latest = block.time + block.rules.genesis.parameters.transactionLifetime;
  if (body.expires > latest) {
    return refusal("TX_EXPIRY_TOO_FAR", `the transaction expires at ${body.expires}, later than ${latest} allowed now`);
  }
  return null;
}

/**
 * Tests what is common to all types: chain, key, expiry, nonce, fee. `ahead` is how many of the account's own
 * transactions are known to come before this one.
 */
export function checkCommon(block: Block, tx: AuthenticTransaction, ahead: bigint): LockstepError | null {
  const { body } = tx;
  if (body.chain !== block.rules.chain) {
    return refusal("WRONG_CHAIN", `the transaction is for chain ${body.chain}, this is ${block.rules.chain}`);
  }
  const refused = checkKey(block, tx) ?? checkTime(block, tx);
  if (refused !== null) return refused;
  const account = block.account(body.from);
  const nonce = account.nonce + ahead;
  if (body.nonce !== nonce) {
    const data = { expected: String(nonce), got: String(body.nonce) };
    return refusal("WRONG_NONCE", `account ${body.from} is at nonce ${nonce}, not ${body.nonce}`, data);
  }
  return checkFunds(block, tx.body, 0n, "the fee");
}

/** Tests that the account can pay the flat fee and `more` besides. */
export function checkFunds(block: Block, body: TransactionBody, more: bigint, what: string): LockstepError | null {
  const { balance } = block.account(body.from);
  const needed = flatFee(block, body.type) + more;
  if (balance >= needed) return null;
  const data = { needed: String(needed), balance: String(balance) };
  return refusal("FUNDS", `account ${body.from} has ${balance}, ${what} needs ${needed} micro-credits`, data);
}

/** Takes the fee, counts the nonce. */
export function applyCommon(block: Block, { body }: AuthenticTransaction): void {
  const fee = flatFee(block, body.type);
  const account = block.account(body.from);
  const balance = (account.balance - fee) as typeof account.balance;
  block.tables.accounts.set(body.from, { ...account, balance, nonce: (account.nonce + 1n) as Nonce });
  block.fees += fee;
}

/** Tests that an id may become an account's: a key that speaks for another account would lock its money in. */
export function checkReceiver(block: Block, id: AccountId): LockstepError | null {
  if (block.tables.accounts.get(id) !== undefined || block.tables.keys.get(id) === undefined) return null;
  return refusal("KEY_IN_USE", `${id} is a key of another account and can't name one of its own`);
}
