// The fast reader of receipt files against its definition: whatever it reads, the schema reads alike, and it reads
// the usual file. Where it gives up, nothing is lost but time.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseReceiptFile, readReceiptFile, utf8Decode, utf8Encode } from "../../../chain/protocol/index.ts";
import { scanReceiptFile } from "../../../chain/protocol/receipt-scan.ts";
import { mutantsOf } from "../../support/json-mutants.ts";
import { basicPlan, makeLocalReceipt, makeReceipt } from "../../support/receipts.ts";
import { random } from "../../support/state-tree.ts";

const { bytes } = makeReceipt(basicPlan());
const text = utf8Decode(bytes);

/** Whether the fast reader read it; fails the test where the definition does not read the same. */
function agrees(file: Uint8Array): boolean {
  const scanned = scanReceiptFile(file);
  if (scanned !== null) expect(scanned).toEqual(parseReceiptFile(file));
  return scanned !== null;
}

test("the usual file is read, the same as by definition", () => {
  for (const plan of [basicPlan(), basicPlan({ leaves: [0, 0, 0], jobs: 0 }), basicPlan({ leaves: [900, 9, 9] })]) {
    expect(agrees(makeReceipt(plan).bytes)).toBe(true);
  }
});

test("another file is left to the definition", () => {
  const local = makeLocalReceipt();
  expect(scanReceiptFile(local)).toBeNull();
  expect(readReceiptFile(local)).toEqual(parseReceiptFile(local));
});

test("every structural lie", () => {
  const read = mutantsOf(text).filter((mutant) => agrees(utf8Encode(mutant.text)));
  // Some lies are of the right form, such as a hash less on a path: it must not be that none came so far.
  expect(read.length).toBeGreaterThan(20);
});

test("every stored vector", () => {
  const file = join(import.meta.dirname, "../../data/receipts/vectors.json");
  const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: { receipt: string }[] };
  expect(cases.filter(({ receipt }) => agrees(utf8Encode(receipt))).length).toBeGreaterThan(20);
});

test("files with one byte changed, half of them to a byte that JSON or base64 cares about", () => {
  const seed = Number(process.env["LOCKSTEP_SEED"] ?? 20261124);
  console.log(`seed ${seed}`);
  const next = random(seed);
  const telling = utf8Encode('"\\n,:[]{}=+/09AZaz_- \u2014\u0000\n');
  let read = 0;
  for (let count = 0; count < 4000; count++) {
    const changed = bytes.slice();
    changed[next(bytes.length)] = count % 2 === 0 ? next(256) : telling[next(telling.length)]!;
    if (agrees(changed)) read += 1;
  }
  expect(read).toBeGreaterThan(100);
});

describe("the checkpoint's text, the one string of free form", () => {
  const note = JSON.parse(text).bundle.verificationMaterial.tlogEntries[0].inclusionProof.checkpoint.envelope as string;
  const spelled = JSON.stringify(note);
  test.each([
    ["an escape that is not canonical", spelled.replace("lockstep", "\\u006cockstep")],
    ["a tab as its escape", spelled.replace("lockstep", "\\t")],
    ["a bare newline", spelled.replace("\\n", "\n")],
    ["a quote", spelled.replace("lockstep", '\\"')],
    ["a backslash", spelled.replace("lockstep", "\\\\")],
    ["a backslash before an n", spelled.replace("lockstep", "\\\\n")],
    ["other writing", spelled.replace("lockstep", "\u00e9\u{1f512}\u2028\u007f")],
    ["as long as a file may be", spelled.replace("lockstep", "\\n".repeat(100_000))],
    ["too long", spelled.replace("lockstep", "l".repeat(5000))],
  ])("%s", (_, other) => {
    expect(other).not.toBe(spelled);
    agrees(utf8Encode(text.replace(spelled, () => other)));
  });
});
