// What a workload of the metering benchmarks is.
import type { Guest, Memory } from "./guest.ts";

/** A workload. */
export interface Workload {
  readonly name: string;
  readonly source: () => Uint8Array;
  readonly memory: Memory;
  /** Makes an instance ready; what it returns is timed. */
  readonly prepare: (guest: Guest) => (size: number) => number;
  readonly size: number;
  readonly small: readonly [size: number, answer: number];
  /** Whether a native engine can run it: one import-free module with one export `run`. */
  readonly plain: boolean;
}
