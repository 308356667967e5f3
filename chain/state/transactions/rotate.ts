// rotate: hands an account to a new key, which must have agreed. The old key is retired: what it signed before stays
// valid, it can sign nothing more.
import { type Body, LockstepError, rotationMessage } from "../../protocol/index.ts";
import { type Block, refusal } from "../block.ts";

function refusalOf(action: () => unknown): LockstepError | null {
  try {
    action();
    return null;
  } catch (error) {
    if (error instanceof LockstepError) return error;
    throw error;
  }
}

/** KEY_IN_USE for a key that any account has or had, KEY_REFUSED, SIGNATURE_INVALID for the proof. */
export function checkRotate(block: Block, body: Body<"rotate">): LockstepError | null {
  const { admission, chain, crypto } = block.rules;
  if (block.tables.keys.get(body.key) !== undefined || block.tables.accounts.get(body.key) !== undefined) {
    return refusal("KEY_IN_USE", `key ${body.key} has an account already, use a fresh one`);
  }
  return refusalOf(() => {
    const message = rotationMessage(chain, body.from, body.nonce);
    if (crypto.verify(admission.admitted(body.key), message, body.proof)) return;
    throw refusal("SIGNATURE_INVALID", `the proof does not show that key ${body.key} agrees to the rotation`);
  });
}

/** Retires the old key and writes the new one. A key that never moved has spoken since the chain began. */
export function applyRotate(block: Block, body: Body<"rotate">): void {
  const { accounts, keys } = block.tables;
  const account = block.account(body.from);
  const since = keys.get(account.key)?.since ?? block.rules.genesis.time;
  keys.set(account.key, { account: body.from, since, until: block.time, revoked: null });
  keys.set(body.key, { account: body.from, since: block.time, until: null, revoked: null });
  accounts.set(body.from, { ...account, key: body.key });
}
