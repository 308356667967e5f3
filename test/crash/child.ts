// Starting a writer, optionally under the shim, and hearing its end.
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";

/** How a writer is started. */
export interface WriterOptions {
  readonly file: string;
  /** File for the acknowledgements; "-" for the standard output. */
  readonly acks: string;
  readonly synchronous?: "FULL" | "NORMAL";
  /** Transactions to send before it ends by itself; 0 for no end. */
  readonly transactions: number;
  /** Further environment, for the shim. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a writer. */
export function startWriter({ file, acks, synchronous = "FULL", transactions, env }: WriterOptions): ChildProcess {
  const script = join(import.meta.dirname, "writer.ts");
  return spawn(process.execPath, [script, file, acks, synchronous, String(transactions)], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
}

/** Waits for a process to end; its exit status, null when a signal ended it. */
export function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
}
