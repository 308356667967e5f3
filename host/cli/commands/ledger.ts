// `ledger`: looks at a ledger through a node, and works on the log itself, its own or an exported one.
import type { Command } from "commander";
import { digest, encodeDocument } from "../../../chain/protocol/index.ts";
import { statusAnswer, transactionAnswer } from "../../wire.ts";
import { withCommon } from "../options.ts";
import { type CommonOptions, Output } from "../output.ts";
import type { Session } from "../session.ts";

interface UrlOptions extends CommonOptions {
  readonly url?: string;
}

/** Adds the command. */
export function define(command: Command, session: Session): void {
  command.addHelpText("after", "\nExample:\n  lockstep ledger info");
  const url = ["--url <address>", "the node, by default LOCKSTEP_URL or this machine's"] as const;
  withCommon(command.command("info").description("where the ledger stands"))
    .option(...url)
    .addHelpText("after", "\nExample:\n  lockstep ledger info")
    .action(async (options: UrlOptions) => {
      const status = await session.client(options.url).status();
      const lines = [
        `chain     ${status.chain}`,
        `name      ${status.name}${status.development ? " (development: faucet, short windows, nothing of worth)" : ""}`,
        `height    ${status.height}, ${new Date(Number(status.time)).toISOString()}`,
        `state     ${status.stateRoot}`,
        `log       ${status.logSize} leaves, key ${status.logKey}`,
        `orderer   ${status.orderer}`,
        `software  ${status.software}`,
      ];
      new Output(options).result(lines.join("\n"), encodeDocument(statusAnswer, status));
    });
  withCommon(command.command("tx <id>").description("show a transaction of the log"))
    .option(...url)
    .addHelpText("after", "\nExample:\n  lockstep ledger tx 5f1c…")
    .action(async (id: string, options: UrlOptions) => {
      const found = encodeDocument(transactionAnswer, await session.client(options.url).transaction(digest(id)));
      new Output(options).result(JSON.stringify(found, null, 2), found);
    });
}
