// Being told to stop: by Ctrl-C, by whoever supervises the process, by a terminal that goes away.
import type { Session } from "./session.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Calls an action at the first signal to stop; a second signal ends the process at once. */
function onSignal(action: (status: number) => void): void {
  let told = false;
  for (const [at, signal] of SIGNALS.entries()) {
    const status = 128 + [2, 15, 1][at]!;
    process.on(signal, () => {
      if (told) process.exit(status);
      told = true;
      action(status);
    });
  }
}

/** Resolves at the first signal to stop. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => onSignal(() => resolve()));
}

/** Ends a command that would end by itself: gives everything back first. */
export function onStop(session: Session): void {
  onSignal((status) => void session.close().finally(() => process.exit(status)));
}
