// The time that a guest sees: it begins at the context's clock and passes only by being read or waited for, so that a run
// is the same whenever and wherever it happens. Specified in sre/SPEC.md, rule C1.

/** A logical clock in milliseconds since 1970. */
export class LogicalClock {
  private next: bigint;

  constructor(origin: bigint) {
    this.next = origin;
  }

  /** What the next reading will give; looking at it lets no time pass. */
  get now(): bigint {
    return this.next;
  }

  /** Lets that many milliseconds pass, for a guest that waits. */
  pass(milliseconds: bigint): void {
    this.next += milliseconds;
  }

  /** The time now; each reading is 1 ms later than the last, so that a guest that waits for time comes to an end. */
  read(): bigint {
    return this.next++;
  }
}
