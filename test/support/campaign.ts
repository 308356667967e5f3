// What test/soak.ts runs whole and the tests run a seeded share of: one big campaign per file.
// A campaign prints nothing but through `log` and takes all its randomness from the seed.

/** What a campaign file exports. */
export interface Campaign {
  /** What is tried, in a few words. */
  readonly name: string;
  /** How many cases make the whole campaign. */
  readonly whole: number;
  /** Runs `count` cases from the seed; throws, or rejects, at the first wrong one. `log` prints a line. */
  run(plan: { seed: number; count: number; log: (line: string) => void }): void | Promise<void>;
}
