// Offline verification of one receipt, whole: form, signature, trust, log inclusion, job record, bindings, the
// verifier's own files. Goal: over 3,000 per core-second with the provider's key admitted before. Beside it in the
// same run sigstore's verifier on the bundle of the same receipt (signature and inclusion alone, no job record), and
// the two bare signature checks that no verifier of it can do without.
// Method: rounds of each in turn, CPU time of this process, medians over the rounds. Every answer is looked at.
// Not measured: reading files, starting up, admitting keys, receipts that share a tree head.
import { bundleFromJSON } from "@sigstore/bundle";
import { toSignedEntity, type Verifier } from "@sigstore/verify";
import { verifyReceipt } from "../chain/light/index.ts";
import { Admission, pae, parseNote, utf8Decode, utf8Encode } from "../chain/protocol/index.ts";
import { nodeCrypto } from "../host/crypto.ts";
import { basicPlan, FILES, type MadeReceipt, makeReceipt, SIGNERS, trustOf } from "../test/support/receipts.ts";
import { sigstoreVerifier } from "../test/support/sigstore.ts";
import { cpuSeconds, median } from "./cpu.ts";
import type { Row } from "./table.ts";

export const name = "offline verification of one receipt";

/** Microseconds of CPU time for each of `count` runs. */
async function costOf(action: () => void, count: number): Promise<number> {
  const seconds = await cpuSeconds(() => {
    for (let done = 0; done < count; done++) action();
  });
  return (1e6 * seconds) / count;
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`${what}: the answer is wrong, so its speed means nothing`);
}

function ours(made: MadeReceipt): () => void {
  const admission = new Admission();
  const policy = { trust: trustOf(), ...FILES };
  return () => {
    must(verifyReceipt(nodeCrypto, admission, made.bytes, policy).verdict === "ACCEPT", "our verifier");
  };
}

function sigstores(made: MadeReceipt, verifier: Verifier): () => void {
  const { bundle } = JSON.parse(utf8Decode(made.bytes));
  const text = JSON.stringify(bundle);
  // Throws when it refuses.
  return () => void verifier.verify(toSignedEntity(bundleFromJSON(JSON.parse(text))));
}

function signatures(made: MadeReceipt): () => void {
  const { envelope } = made.sealed;
  const signed = pae(envelope.payloadType, envelope.payload);
  const note = parseNote(utf8Encode(made.proofs.head.checkpoint));
  const text = utf8Encode(note.text);
  return () => {
    must(nodeCrypto.verify(SIGNERS.provider.publicKey, signed, envelope.signatures[0].sig), "the receipt's signature");
    must(nodeCrypto.verify(SIGNERS.log.publicKey, text, note.signatures[0]!.signature), "the checkpoint's signature");
  };
}

/** Measures over a log of about 1,000 leaves and a state of 1,000 jobs. */
export async function run({ small }: { small: boolean }): Promise<Row[]> {
  const made = makeReceipt(basicPlan({ leaves: [900, 5, 95], jobs: small ? 10 : 1000 }));
  const actions = [ours(made), sigstores(made, sigstoreVerifier(made, SIGNERS.provider.publicKey)), signatures(made)];
  const [rounds, count] = small ? [1, 20] : [9, 500];
  const costs = actions.map((): number[] => []);
  for (let round = -1; round < rounds; round++) {
    // The first round warms up.
    for (const [at, action] of actions.entries()) {
      const cost = await costOf(action, count);
      if (round >= 0) costs[at]!.push(cost);
    }
  }
  const [whole, sigstore, bare] = costs.map(median) as [number, number, number];
  const unit = "per core-second";
  return [
    { name: "our verifier", value: 1e6 / whole, unit, note: `${made.bytes.length} B receipt; budget: over 3,000` },
    { name: "sigstore's verifier", value: 1e6 / sigstore, unit, note: "bundle alone, no job record" },
    { name: "two bare signature checks", value: 1e6 / bare, unit, note: "what both are made of at least" },
    { name: "ours against two bare checks", value: whole / bare, unit: "times the cost" },
  ];
}
