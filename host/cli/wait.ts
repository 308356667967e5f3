// Being told to stop: by Ctrl-C, by whoever supervises the process, by a terminal that goes away.
import type { Session } from "./session.ts";

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Calls an action at the first signal to stop, until the command is over; a second signal ends the process at once. */
function onSignal(session: Session, action: (status: number) => void): void {
  let told = false;
  for (const [signal, status] of Object.entries(SIGNALS)) {
    const act = (): void => {
      if (told) process.exit(status);
      told = true;
      action(status);
    };
    process.on(signal, act);
    session.atEnd(async () => void process.off(signal, act));
  }
}

/** Resolves at the first signal to stop. */
export function untilStopped(session: Session): Promise<void> {
  return new Promise((resolve) => onSignal(session, () => resolve()));
}

/** Ends a command that would end by itself: says what there is to say, and gives everything back first. */
export function onStop(session: Session, parting?: string): void {
  onSignal(session, (status) => {
    if (parting !== undefined) session.output.note(parting);
    session.interrupted = true;
    session.status = status;
    void session.close().finally(() => process.exit(status));
  });
}
