// Acting on a ledger with a key of this data directory.
import { keyId, LockstepError } from "../../chain/protocol/index.ts";
import { type Client, Wallet } from "../client/index.ts";
import { keyPath, openKey, readKey } from "../node/index.ts";
import type { Session } from "./session.ts";
import { credits } from "./values.ts";

/** The key that people act with unless they name another. */
export const DEFAULT_KEY = "default";

/** A wallet with a key by name; made at first need, and funded where there is a faucet. What it does it says. */
export async function walletFor(session: Session, client: Client, name: string): Promise<Wallet> {
  const { output } = session;
  const { signer, created } = openKey(session.home, name);
  if (created) output.note(`made a key "${name}": ${keyId(signer.publicKey)}`);
  const wallet = await Wallet.open(client, signer, session.crypto);
  const id = wallet.account;
  const [account, genesis] = await Promise.all([client.account(id), client.genesis()]);
  if (account.balance === 0n && !account.faucet && genesis.faucet > 0n) {
    await wallet.submit("faucet", {});
    output.note(`took ${credits(genesis.faucet)} credits from the development chain's faucet for "${name}"`);
  } else if (account.balance === 0n) {
    throw new LockstepError("FUNDS", `account ${id} ("${name}") has no credits; have some transferred to it first`);
  }
  return wallet;
}

/** The wallet of a key that has to be there already, as it is: nothing is made or funded. NOT_FOUND. */
export function existingWallet(session: Session, client: Client, name: string): Promise<Wallet> {
  return Wallet.open(client, readKey(keyPath(session.home, name)), session.crypto);
}
