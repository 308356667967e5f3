// `node`: the ledger with its HTTP API, and a provider beside it when asked.
import type { Command } from "commander";
import { startNode } from "../../node/index.ts";
import { shown } from "../output.ts";
import { type OfferOptions, offerOptions, serve } from "../provide.ts";
import { DEFAULT_PORT, type Session } from "../session.ts";
import { portOption } from "../values.ts";
import { untilStopped } from "../wait.ts";

interface Options extends OfferOptions {
  readonly host: string;
  readonly port: number;
  readonly provider?: boolean;
}

/** Adds the command. */
export function define(command: Command, session: Session): void {
  offerOptions(
    command
      .option("--port <number>", "port to listen on, 0 for any free one", portOption, DEFAULT_PORT)
      .option("--host <address>", "address to listen on; anything but loopback is open to others", "127.0.0.1")
      .option("--provider", "serve jobs in the same process, with a key of its own"),
  )
    .addHelpText("after", "\nExample:\n  lockstep node --provider")
    .action(async (options: Options) => {
      const { output } = session;
      const { home, crypto } = session;
      const node = await startNode({ home, crypto, listen: { host: options.host, port: options.port } });
      session.atEnd(() => node.close());
      if (options.provider) await serve(session, node.address, options, (line) => output.note(line));
      const started = { address: node.address, home: home.root };
      output.result(`node at ${node.address}, data in ${shown(home.root)}; stop it with Ctrl-C`, started);
      await untilStopped(session);
    });
}
