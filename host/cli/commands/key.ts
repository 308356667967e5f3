// `key`: the keys of this data directory, and what a ledger knows of their accounts: money, stake, a change of key.
import type { Command } from "commander";
import type { TrustedKey } from "../../../chain/light/index.ts";
import {
  type Amount,
  encodeDocument,
  isKeyId,
  type KeyId,
  keyId,
  providerRecord,
} from "../../../chain/protocol/index.ts";
import { credits } from "../../credits.ts";
import { addTrust, createKey, keyPath, listKeys, namedKey } from "../../node/data.ts";
import { DEFAULT_KEY, existingWallet, walletFor } from "../accounts.ts";
import { withCommon } from "../options.ts";
import { shown } from "../output.ts";
import { providerOf, rotate, unbond } from "../rotation.ts";
import type { Session } from "../session.ts";
import { creditsOption, keyOption } from "../values.ts";

interface Options {
  readonly key: string;
  readonly reason: string;
  readonly url?: string;
}

const URL_OPTION = ["--url <address>", "the node, by default LOCKSTEP_URL or this machine's"] as const;

/** Adds the command. */
export function define(command: Command, session: Session): void {
  command.addHelpText("after", "\nExamples:\n  lockstep key new alice\n  lockstep key account alice");
  defineLocal(command, session);
  defineMoney(command, session);
  defineChange(command, session);
}

function subcommand(command: Command, name: string, description: string, example: string): Command {
  return withCommon(command.command(name).description(description)).addHelpText(
    "after",
    `\nExample:\n  lockstep key ${name}${example}`,
  );
}

/** Adds a key to the data directory's trust file. A log's key that comes from a node is believed on its word. */
async function trust(session: Session, key: string | undefined, url: string | undefined): Promise<void> {
  const { home, crypto, output } = session;
  const named = key ?? (await (await session.client(url)).status()).logKey;
  const entry: TrustedKey = isKeyId(named)
    ? { role: "provider", key: named }
    : { role: "log", key: named, vouches: true };
  addTrust(home, crypto, entry);
  output.result(`trusted   ${entry.role} ${named}, in ${shown(home.trust)}`, { role: entry.role, key: named });
}

/** What needs no ledger. */
function defineLocal(command: Command, session: Session): void {
  const { home, output } = session;
  subcommand(command, "new", "make a key", " alice")
    .argument("<name>", "lowercase letters, digits and dashes")
    .action((name: string) => {
      const id = keyId(createKey(home, name).publicKey);
      output.result(`${name}  ${id}  ${keyPath(home, name)}`, { name, id, path: keyPath(home, name) });
    });
  subcommand(command, "list", "list all keys", "").action(() => {
    const keys = listKeys(home);
    const width = Math.max(...keys.map(({ name }) => name.length)) + 2;
    output.result(keys.map(({ name, id, path }) => `${name.padEnd(width)}${id}  ${path}`).join("\n"), { keys });
  });
  subcommand(command, "trust", "trust a provider's key, or a log's, when verifying", " did:key:z6Mk…")
    .argument("[key]", "a provider's id (did:key:…) or a log's verifier key (name+id+key); without it the node's log")
    .option(...URL_OPTION)
    .action(async (key: string | undefined, options: Options) => trust(session, key, options.url));
  subcommand(command, "show", "show a key's id", " default")
    .argument("<name>", "name of a key")
    .action((name: string) => {
      const path = keyPath(home, name);
      const id = keyId(namedKey(home, name).publicKey);
      output.result(id, { name, id, path });
    });
}

/** What a ledger says of a key's account, and moving its money. */
function defineMoney(command: Command, session: Session): void {
  const { output } = session;
  subcommand(command, "account", "show credits and stake of a key's account", " default")
    .argument("<name>", "name of a key")
    .option(...URL_OPTION)
    .action(async (name: string, { url }: Options) => {
      const client = await session.client(url);
      const { account } = await existingWallet(session, client, name);
      const [{ balance, nonce }, provider] = await Promise.all([client.account(account), providerOf(client, account)]);
      const lines = [`account   ${account}`, `balance   ${credits(balance)} credits`, `nonce     ${nonce}`];
      if (provider !== null) {
        const { stake, reserved, unbonding, draining } = provider;
        const parts = `${credits(reserved)} reserved by jobs, ${credits(unbonding)} on its way out`;
        lines.push(`stake     ${credits(stake)} credits, ${parts}${draining ? "; takes no new jobs" : ""}`);
      }
      output.result(lines.join("\n"), {
        ...{ account, balance: String(balance), nonce: String(nonce) },
        provider: provider === null ? null : encodeDocument(providerRecord, provider),
      });
    });
  subcommand(command, "transfer", "move credits to another account", " did:key:z6Mk… 12.5")
    .argument("<to>", "the account, as `key show` prints it", keyOption)
    .argument("<credits>", "how much", creditsOption)
    .option(
      "--key <name>",
      "key that pays, funded by a faucet; the default one is made when it is not there",
      DEFAULT_KEY,
    )
    .option(...URL_OPTION)
    .action(async (to: KeyId, amount: bigint, { key, url }: Options) => {
      const wallet = await walletFor(session, await session.client(url), key);
      const { id } = await wallet.submit("transfer", { to, amount: amount as Amount });
      output.result(`moved     ${credits(amount)} credits to ${to}`, { transaction: id, to, amount: String(amount) });
    });
  subcommand(command, "unbond", "take a provider's free stake back, once it has stopped", " provider")
    .argument("<name>", "name of the provider's key")
    .option(...URL_OPTION)
    .action(async (name: string, { url }: Options) => {
      const client = await session.client(url);
      const { id, amount, until } = await unbond(client, await existingWallet(session, client, name));
      const text = `unbonds   ${credits(amount)} credits; they arrive at ${until}`;
      output.result(text, { transaction: id, amount: String(amount), arrives: until });
    });
}

/** Replacing a key, and declaring an old one untrustworthy. */
function defineChange(command: Command, session: Session): void {
  const { output } = session;
  subcommand(command, "rotate", "hand a key's account to a new key", " default")
    .argument("<name>", "name of the key; afterwards the new key has it")
    .option(...URL_OPTION)
    .action(async (name: string, { url }: Options) => {
      const { account, id, kept } = await rotate(session, await session.client(url), name);
      const lines = [`account   ${account}`, `key       ${id}`, `old key   kept as "${kept}"`];
      output.result(lines.join("\n"), { account, id, path: keyPath(session.home, name), kept });
    });
  subcommand(command, "revoke", "declare an earlier key untrustworthy from now on", " default did:key:z6Mk…")
    .argument("<name>", "name of the key that speaks for the account now")
    .argument("<old>", "the earlier key, as `key show` prints it", keyOption)
    .option("--reason <text>", "why, for everybody to read", "lost")
    .option(...URL_OPTION)
    .action(async (name: string, old: KeyId, { reason, url }: Options) => {
      const wallet = await existingWallet(session, await session.client(url), name);
      const { id } = await wallet.submit("revoke", { key: old, reason });
      output.result(`revoked   ${old}`, { transaction: id, key: old, reason });
    });
}
