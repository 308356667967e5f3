// Acting on a ledger with a key of this data directory.
import { keyId, LockstepError, type Signer } from "../../chain/protocol/index.ts";
import type { Client, Wallet } from "../client/index.ts";
import { credits } from "../credits.ts";
import { namedKey, openKey } from "../node/data.ts";
import type { Session } from "./session.ts";

/** The key that people act with unless they name another. */
export const DEFAULT_KEY = "default";

async function opened({ crypto }: Session, client: Client, signer: Signer): Promise<Wallet> {
  // Loaded here, since `key list` and its like need no HTTP.
  const { Wallet } = await import("../client/index.ts");
  return Wallet.open(client, signer, crypto);
}

/**
 * A key by name. The one that people act with unless they name another is made at first need, which is said; any other must
 * be there, since a name that is mistyped would make a key that owns nothing. NOT_FOUND.
 */
export function keyFor({ home, output }: Session, name: string): Signer {
  if (name !== DEFAULT_KEY) return namedKey(home, name);
  const { signer, created } = openKey(home, name);
  if (created) output.note(`made a key "${name}": ${keyId(signer.publicKey)}`);
  return signer;
}

/** Refuses a key that is not there, before a node is asked for anything. NOT_FOUND. */
export function mustBeThere({ home }: Session, name: string): void {
  if (name !== DEFAULT_KEY) namedKey(home, name);
}

/** A wallet with a key by name (see `keyFor`), funded at first need where there is a faucet. What it does it says. */
export async function walletFor(session: Session, client: Client, name: string): Promise<Wallet> {
  const { output } = session;
  const wallet = await opened(session, client, keyFor(session, name));
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
  return opened(session, client, namedKey(session.home, name));
}
