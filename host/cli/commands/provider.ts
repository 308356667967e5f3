// `provider`: registers this machine's sandboxes with stake and serves jobs for a node, here or elsewhere.
import type { Command } from "commander";
import { type OfferOptions, offerOptions, serve } from "../provide.ts";
import type { Session } from "../session.ts";
import { untilStopped } from "../wait.ts";

interface Options extends OfferOptions {
  readonly url?: string;
}

/** Adds the command. */
export function define(command: Command, session: Session): void {
  offerOptions(command.option("--url <address>", "the node to serve, by default LOCKSTEP_URL or this machine's"))
    .addHelpText("after", "\nExample:\n  lockstep provider --url http://127.0.0.1:7300 --stake 100")
    .action(async (options: Options) => {
      const { output } = session;
      const { address } = await session.client(options.url);
      const provider = await serve(session, address, options, (line) => output.note(line));
      output.result(`serving ${address} as ${provider}; stop with Ctrl-C`, { node: address, provider });
      await untilStopped(session);
    });
}
