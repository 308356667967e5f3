// The stored vectors: our verifier reaches each one's verdict, and our writers still write the same receipts. After a
// wanted change of the format, LOCKSTEP_WRITE_VECTORS=1 stores them anew.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readTrustFile, Trust, verifyReceipt } from "../../../chain/light/index.ts";
import { Admission, type BlobRef, utf8Encode } from "../../../chain/protocol/index.ts";
import { nodeCrypto } from "../../../host/crypto.ts";
import { makeVectors, type Vector } from "../../support/receipt-vectors.ts";

const folder = join(import.meta.dirname, "../../data/receipts");
const file = join(folder, "vectors.json");
const ABOUT =
  "Receipt verification. `receipt` holds the receipt file's bytes as text (UTF-8). `policy` is the verifier's side: " +
  "trust as in a trust file, its own module, input and output by digest and length, what it requires. `verdict` is " +
  "the one that every verifier must reach.";

if (process.env["LOCKSTEP_WRITE_VECTORS"] === "1") {
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${JSON.stringify({ about: ABOUT, cases: makeVectors() }, null, 1)}\n`);
}
const stored = JSON.parse(readFileSync(file, "utf8")) as { about: string; cases: Vector[] };
const admission = new Admission();

describe.each(["ACCEPT", "REJECT", "UNVERIFIABLE", "MALFORMED"] as const)("%s", (verdict) => {
  const cases = stored.cases.filter((vector) => vector.verdict === verdict);
  test.each(cases.map((vector) => [vector.name, vector] as const))("%s", (_, { policy, receipt }) => {
    const { trust, ...rest } = policy;
    const keys = readTrustFile(utf8Encode(JSON.stringify({ keys: trust })));
    const files = rest as { module?: BlobRef; input?: BlobRef; output?: BlobRef };
    const report = verifyReceipt(nodeCrypto, admission, utf8Encode(receipt), {
      ...files,
      requireLedger: rest.requireLedger ?? false,
      requireFinal: rest.requireFinal ?? false,
      trust: new Trust(nodeCrypto, keys),
    });
    expect(report.verdict, JSON.stringify(report.checks)).toBe(verdict);
  });
});

test("the stored vectors are the ones that we write today, each under a name of its own", () => {
  expect(stored).toEqual({ about: ABOUT, cases: JSON.parse(JSON.stringify(makeVectors())) });
  expect(new Set(stored.cases.map(({ name }) => name)).size).toBe(stored.cases.length);
});
