// What the commands of one invocation share: the data directory, the node's address, cryptography, and the exit
// status that the command ends with.
import type { Client } from "../client/index.ts";
import { nodeCrypto } from "../crypto.ts";
import { Home } from "../node/data.ts";
import type { Output, Streams } from "./output.ts";

/** The port that a node takes unless it is told otherwise. */
export const DEFAULT_PORT = 7300;

/** What an invocation takes from the process around it. `process` fits. */
export interface Surroundings extends Streams {
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** One invocation. */
export class Session {
  /** The command's voice. */
  readonly output: Output;
  readonly home: Home;
  readonly crypto = nodeCrypto;
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Exit status when the action returns. */
  status = 0;
  /** Whether a signal has ended the command: what fails from then on is no news. */
  interrupted = false;
  /** Where the environment says that a container engine listens, as Docker's own tools read it. */
  readonly dockerHost: string | undefined;
  /** Folders in which programs of the machine are looked for. */
  readonly path: string;
  readonly #url: string;
  readonly #closing: (() => Promise<void>)[] = [];

  constructor(output: Output, { stdin, env }: Surroundings) {
    this.output = output;
    this.home = Home.fromEnvironment(env);
    this.stdin = stdin;
    this.dockerHost = env.DOCKER_HOST || undefined;
    this.path = env.PATH || "/usr/local/bin:/usr/bin:/bin";
    this.#url = env.LOCKSTEP_URL || `http://127.0.0.1:${DEFAULT_PORT}`;
  }

  /** The node that a command talks to: its option, LOCKSTEP_URL, or this machine's default port. */
  async client(url: string | undefined): Promise<Client> {
    // Loaded here, since most commands need no HTTP.
    const { Client } = await import("../client/index.ts");
    const client = new Client(url ?? this.#url, this.crypto);
    this.atEnd(() => client.close());
    return client;
  }

  /** Has something given back when the command is over, last in, first out. */
  atEnd(action: () => Promise<void>): void {
    this.#closing.unshift(action);
  }

  /** Gives everything back, whatever of it fails; then throws the first failure. */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (const action of this.#closing.splice(0)) {
      try {
        await action();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
