// Keeps the event loop from falling asleep while a job that may be very short is under way: waking a sleeping core takes
// longer than a small job. The loop goes on turning for a moment and serves everything else meanwhile; it costs a core
// at most that moment per job, and nothing where there is no second core for the worker.
import { availableParallelism } from "node:os";

/** Milliseconds that the loop stays awake after a job was sent: a small job's whole time. */
const AWAKE_MS = 0.15;

const WORTHWHILE = availableParallelism() > 1;

let expected = 0;
let until = 0;
let turning = false;

/** A job was sent. */
export function expectSoon(): void {
  expected++;
  if (!WORTHWHILE) return;
  until = performance.now() + AWAKE_MS;
  if (turning) return;
  turning = true;
  setImmediate(turn);
}

/** A job is over. */
export function expectNoMore(): void {
  expected--;
}

function turn(): void {
  turning = expected > 0 && performance.now() < until;
  if (turning) setImmediate(turn);
}
