// What the commands of one invocation share: the data directory, the node's address, cryptography, and the exit
// status that the command ends with.
import { Client } from "../client/index.ts";
import { nodeCrypto } from "../crypto.ts";
import { Home } from "../node/index.ts";
import type { Output } from "./output.ts";

/** The port that a node takes unless it is told otherwise. */
export const DEFAULT_PORT = 7300;

/** One invocation. */
export class Session {
  /** The command's voice. */
  readonly output: Output;
  readonly home = Home.fromEnvironment(process.env);
  readonly crypto = nodeCrypto;
  /** Exit status when the action returns. */
  status = 0;
  readonly #closing: (() => Promise<void>)[] = [];

  constructor(output: Output) {
    this.output = output;
  }

  /** The node that a command talks to: its option, LOCKSTEP_URL, or this machine's default port. */
  client(url: string | undefined): Client {
    const client = new Client(url ?? process.env.LOCKSTEP_URL ?? `http://127.0.0.1:${DEFAULT_PORT}`, this.crypto);
    this.atEnd(() => client.close());
    return client;
  }

  /** Has something given back when the command is over, last in, first out. */
  atEnd(action: () => Promise<void>): void {
    this.#closing.unshift(action);
  }

  /** Gives everything back. */
  async close(): Promise<void> {
    for (const action of this.#closing.splice(0)) await action();
  }
}
