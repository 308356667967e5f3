// What takes more than one step with a key's account: handing it to a new key, and taking a provider's stake back.
import { existsSync, linkSync, renameSync } from "node:fs";
import {
  type AccountId,
  type Amount,
  blockTime,
  isoTime,
  type KeyId,
  keyId,
  LockstepError,
  type ProviderRecord,
  type Signer,
  signRotation,
} from "../../chain/protocol/index.ts";
import type { Client, Wallet } from "../client/index.ts";
import { diskError, type Home, keyPath, namedKey, ORDERER_KEY, openKey } from "../node/data.ts";
import { existingWallet } from "./accounts.ts";
import type { Session } from "./session.ts";

/** A provider's record, or null for an account that is none. */
export async function providerOf(client: Client, account: AccountId): Promise<ProviderRecord | null> {
  try {
    return await client.provider(account);
  } catch (error) {
    if (error instanceof LockstepError && error.code === "NOT_FOUND") return null;
    throw error;
  }
}

/** Unbonds all stake of a provider that is not reserved by jobs; takes it out of the draw first. */
export async function unbond(client: Client, wallet: Wallet): Promise<{ id: string; amount: bigint; until: string }> {
  const provider = await client.provider(wallet.account);
  if (!provider.draining) await wallet.submit("drain", {});
  const amount = (provider.stake - provider.reserved - provider.unbonding) as Amount;
  if (amount <= 0n) throw new LockstepError("STAKE_LOCKED", `account ${wallet.account} has no free stake to take back`);
  const { id } = await wallet.submit("unbond", { amount });
  const [{ time }, { parameters }] = await Promise.all([client.status(), client.genesis()]);
  return { id, amount, until: isoTime(blockTime(time + parameters.unbondingTime)) };
}

/** A free name for a key that is no longer used. */
function retiredName(home: Home, name: string): string {
  for (let number = 1; ; number++) {
    const old = `${name}-old-${number}`;
    if (!existsSync(keyPath(home, old))) return old;
  }
}

function exchange(home: Home, name: string, fresh: string): string {
  const kept = retiredName(home, name);
  try {
    // A second name first, then one atomic step: at no moment is the key's own name without a file.
    linkSync(keyPath(home, name), keyPath(home, kept));
    renameSync(keyPath(home, fresh), keyPath(home, name));
  } catch (error) {
    throw diskError(error, keyPath(home, name));
  }
  return kept;
}

/** The account that a key not yet in use under its name speaks for already, when an earlier rotation was cut off. */
async function rotatedTo(client: Client, fresh: Signer): Promise<AccountId | null> {
  const record = await client.key(keyId(fresh.publicKey));
  return record?.until === null ? record.account : null;
}

/**
 * Hands the account of a key to a new one, which takes over its name; the old one is kept under another. The new key
 * is on disk before the ledger hears of it, so that cut off anywhere the same command finishes the work.
 */
export async function rotate(
  session: Session,
  client: Client,
  name: string,
): Promise<{ account: AccountId; id: KeyId; kept: string }> {
  const { home } = session;
  if (name === ORDERER_KEY) {
    throw new LockstepError("USAGE", `the key "${name}" orders this ledger; its genesis names it, so it can't change`);
  }
  // Before anything is made: a key that is not there has nothing to hand over.
  namedKey(home, name);
  const next = `${name}-next`;
  const { signer: fresh } = openKey(home, next);
  const id = keyId(fresh.publicKey);
  let account = await rotatedTo(client, fresh);
  if (account === null) {
    const wallet = await existingWallet(session, client, name);
    account = wallet.account;
    const proof = signRotation(fresh, await wallet.chain(), account, await wallet.nextNonce());
    await wallet.submit("rotate", { key: id, proof });
  }
  return { account, id, kept: exchange(home, name, next) };
}
