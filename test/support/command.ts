// Our own commands as processes of their own, for tests that kill them.
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Home } from "../../host/node/index.ts";

const MAIN = join(import.meta.dirname, "../../host/cli/main.ts");

/** What a node or a provider prints once it is ready, or why it is not. */
export interface Ready {
  readonly address?: string;
  readonly error?: { readonly code: string };
}

/** A command that runs until it is stopped. */
export interface Running {
  readonly child: ChildProcess;
  /** Its first JSON document. */
  readonly ready: Promise<Ready>;
  /** Kills it at once, as `kill -9` does, and waits until it is gone. */
  kill(): Promise<void>;
  /** Asks it to stop; its exit status, null when it had to be killed. */
  stop(): Promise<number | null>;
}

/** Starts `lockstep ARGUMENTS --json` on a data directory. */
export function startCommand(home: Home, ...args: string[]): Running {
  const child = spawn(process.execPath, [MAIN, ...args, "--json"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, LOCKSTEP_HOME: home.root, LOCKSTEP_URL: "" },
  });
  let said = "";
  child.stderr.on("data", (part) => {
    said += part;
  });
  const gone = new Promise<number | null>((resolve) => child.on("close", resolve));
  const ready = new Promise<Ready>((resolve, reject) => {
    let out = "";
    child.stdout.on("data", (part) => {
      out += part;
      if (out.includes("\n")) resolve(JSON.parse(out) as Ready);
    });
    void gone.then((status) => reject(new Error(`lockstep ${args.join(" ")} ended with ${status}: ${said}`)));
  });
  // Whoever kills it early does not want to hear of it.
  ready.catch(() => undefined);
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return gone;
  };
  return { child, ready, kill: async () => void (await end("SIGKILL")), stop: () => end("SIGTERM") };
}

/** A port that is free at the moment, for a node that is to come back on the same one. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
