// A seeded share of the campaign of random lives: SPEC B6, B7, X6, X8, M1 to M3 and J1 after every block.
import { expect, test } from "vitest";
import { run } from "../../campaigns/ledger.ts";

/** A campaign that does not get anywhere proves nothing: at least once each. */
const MUST_SEE = [
  ...["lapsed", "timed-out", "refused", "final", "expired", "cancelled"].map((event) => `event ${event}`),
  ...["transfer", "deploy", "register", "drain", "unbond", "job", "accept", "result", "rotate", "revoke"].map(
    (type) => `${type} OK`,
  ),
  "result RECEIPT_REFUSED",
];

test("B6, B7, X6, X8, M1, M3, J1: a seeded share of random lives keeps every rule", () => {
  const seed = Number(process.env["LOCKSTEP_SEED"] ?? 20261124);
  const seen = run({ seed, count: 1000, log: () => undefined });
  console.info(`seed ${seed}: ${[...seen.values()].reduce((sum, times) => sum + times, 0)} things happened`);
  expect(MUST_SEE.filter((what) => !seen.has(what))).toEqual([]);
});
