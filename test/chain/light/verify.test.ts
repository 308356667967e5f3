// Offline verification, check by check: what must pass, and what each lie or lack comes to (chain/SPEC.md, V1 to V18).
import { describe, expect, test } from "vitest";
import { CHECKS, type Policy, type Report, readTrustFile, verifyReceipt } from "../../../chain/light/index.ts";
import {
  Admission,
  type BlockTime,
  buildReceiptFile,
  formatVerifierKey,
  fuel,
  type JobRecord,
  keyId,
  logOrigin,
  noteKey,
  utf8Encode,
} from "../../../chain/protocol/index.ts";
import { nodeCrypto } from "../../../host/crypto.ts";
import { codeOf } from "../../support/errors.ts";
import {
  ANSWER,
  acceptedRecord,
  basicPlan,
  CALL,
  digestOfText,
  FILES,
  makeBackwards,
  makeLocalReceipt,
  makeReceipt,
  type Plan,
  SIGNERS,
  trustedKeys,
  trustOf,
} from "../../support/receipts.ts";

const admission = new Admission();
const verify = (bytes: Uint8Array, policy: Partial<Policy> = {}): Report =>
  verifyReceipt(nodeCrypto, admission, bytes, { trust: trustOf(), ...policy });
const at = (report: Report, name: string) => report.checks.find((check) => check.name === name);
/** The checks that did not pass, in order. */
const troubles = (report: Report) =>
  report.checks.filter(({ outcome }) => outcome === "fail" || outcome === "missing").map(({ name }) => name);

const plan = basicPlan();
const { bytes, sealed } = makeReceipt(plan);
const [logKey, providerKey] = trustedKeys() as [ReturnType<typeof trustedKeys>[0], ReturnType<typeof trustedKeys>[0]];
const provider = keyId(SIGNERS.provider.publicKey);

describe("a genuine receipt", () => {
  test("is accepted, check by check in the protocol's order", () => {
    const report = verify(bytes, { ...FILES, reexecuted: ANSWER, isolation: "process" });
    expect(report.checks).toEqual(report.checks.map((check) => ({ ...check, outcome: "pass" })));
    expect(report.checks.map(({ name }) => name)).toEqual([...CHECKS]);
    expect(report.verdict).toBe("ACCEPT");
    expect(report.receipt?.id).toBe(sealed.id);
    expect(report.receipt?.record?.status).toBe("accepted");
  });

  test("is accepted when it is the only leaf before its block, and the newest", () => {
    expect(verify(makeReceipt(basicPlan({ leaves: [0, 0, 0], jobs: 0 })).bytes).verdict).toBe("ACCEPT");
  });

  test("V17: a demanded grade of isolation counts the walls that we know", () => {
    expect(at(verify(bytes), "isolation")?.outcome).toBe("skipped");
    expect(verify(bytes, { isolation: "none" }).verdict).toBe("ACCEPT");
    const report = verify(bytes, { isolation: "permission" });
    expect([report.verdict, troubles(report)]).toEqual(["REJECT", ["isolation"]]);
    expect(at(report, "isolation")?.detail).toContain("grade process, which is less than permission");
  });

  test("V13: that is merely accepted does not satisfy --require-final, and says until when", () => {
    const report = verify(bytes, { requireFinal: true });
    expect(report.verdict).toBe("UNVERIFIABLE");
    expect(at(report, "finality")?.detail).toContain("until 2023-11-14T22:18:22.000Z");
  });

  test("V13: of a final job satisfies --require-final", () => {
    const final = (record: JobRecord): JobRecord => ({ ...record, status: "final" });
    const made = makeReceipt(basicPlan({ record: (own) => final(acceptedRecord(plan.result, own, SIGNERS.provider)) }));
    expect(verify(made.bytes, { requireFinal: true }).verdict).toBe("ACCEPT");
  });
});

describe("a ledger's word that is another", () => {
  const recordOf = (change: (record: JobRecord) => JobRecord, result = plan.result): Partial<Plan> => ({
    record: (own) => change(acceptedRecord(result, own, SIGNERS.provider)),
  });
  const accepted = (change: Partial<NonNullable<JobRecord["accepted"]>>) =>
    recordOf((record) => ({ ...record, accepted: { ...record.accepted!, ...change } }));

  const lies: [what: string, changes: Partial<Plan>, check: string][] = [
    ["the job expired", recordOf((record) => ({ ...record, status: "expired", accepted: null })), "binding"],
    ["the job was cancelled", recordOf((record) => ({ ...record, status: "cancelled", accepted: null })), "binding"],
    ["the attempt still runs", recordOf((record) => ({ ...record, status: "running", accepted: null })), "binding"],
    ["an expired job with an accepted member", recordOf((record) => ({ ...record, status: "expired" })), "finality"],
    ["the ledger accepted another receipt", accepted({ receipt: digestOfText("other") }), "binding"],
    ["the ledger accepted another key", accepted({ key: keyId(SIGNERS.stranger.publicKey) }), "binding"],
    ["the ledger accepted another attempt", recordOf((record) => ({ ...record, attempt: 2 })), "binding"],
    ["the order was for another call", recordOf((record) => ({ ...record, call: digestOfText("x") })), "binding"],
    ["the block is another chain's", { block: (entry) => ({ ...entry, chain: digestOfText("x") }) }, "record"],
    ["the state root is another", { block: (entry) => ({ ...entry, stateRoot: digestOfText("x") }) }, "record"],
    ["the log is another chain's", { origin: logOrigin(digestOfText("x")) }, "checkpoint"],
  ];
  test.each(lies)("V9, V11, V12, V16: is rejected: %s", (_, changes, check) => {
    const made = makeReceipt(basicPlan(changes));
    const report = verify(made.bytes, { trust: trustOf([...trustedKeys(), { role: "log", key: made.vkey }]) });
    expect(report.verdict).toBe("REJECT");
    expect(troubles(report)).toContain(check);
  });

  test("V11: a block entry before the receipt's leaf can't have accepted it", () => {
    const report = verify(makeBackwards(makeReceipt(plan)));
    expect(report.verdict).toBe("REJECT");
    expect(at(report, "record")?.detail).toContain("came before the receipt");
  });
});

describe("what is missing leaves the verdict open and is named", () => {
  test("V8, V9, V16: no trusted keys: both are named", () => {
    const report = verify(bytes, { trust: trustOf([]) });
    expect(report.verdict).toBe("UNVERIFIABLE");
    expect(at(report, "provider")?.detail).toContain(provider);
    expect(at(report, "checkpoint")?.detail).toContain(logOrigin(plan.result.chain));
    expect(troubles(report)).toEqual(["provider", "checkpoint"]);
  });

  test("the provider's key alone, the log's key alone", () => {
    expect(troubles(verify(bytes, { trust: trustOf([providerKey]) }))).toEqual(["checkpoint"]);
    expect(troubles(verify(bytes, { trust: trustOf([logKey]) }))).toEqual(["provider"]);
  });

  test("V8: a log that vouches stands for the providers that its ledger accepted", () => {
    const vouching = trustOf([{ ...logKey, role: "log", vouches: true }]);
    expect(verify(bytes, { trust: vouching }).verdict).toBe("ACCEPT");
    expect(verify(makeLocalReceipt(), { trust: vouching }).verdict).toBe("UNVERIFIABLE");
    const unrecorded = buildReceiptFile(sealed.envelope, { ...makeReceipt(plan).proofs, record: null });
    expect(troubles(verify(unrecorded, { trust: vouching }))).toContain("provider");
  });

  test("V9: a trusted log of the same name with another key", () => {
    const other = noteKey(nodeCrypto, logOrigin(plan.result.chain), SIGNERS.stranger.publicKey);
    const report = verify(bytes, { trust: trustOf([providerKey, { role: "log", key: formatVerifierKey(other) }]) });
    expect(report.verdict).toBe("UNVERIFIABLE");
  });

  test("V10, V11: logged, but without the job's record", () => {
    const { proofs } = makeReceipt(plan);
    const report = verify(buildReceiptFile(sealed.envelope, { ...proofs, record: null }));
    expect(report.verdict).toBe("UNVERIFIABLE");
    expect(troubles(report)).toEqual(["record", "binding", "finality"]);
  });

  test("a job's receipt without any proof", () => {
    const report = verify(buildReceiptFile(sealed.envelope, null));
    expect(report.verdict).toBe("UNVERIFIABLE");
    expect(troubles(report)).toEqual(["checkpoint", "inclusion", "record", "binding", "finality"]);
  });
});

describe("trust in time", () => {
  const accepted = 1_700_000_002_000n;
  const time = (value: bigint) => value as BlockTime;
  const inTime = (window: { from?: BlockTime; until?: BlockTime }) => [
    { ...logKey, ...window },
    { ...providerKey, ...window },
  ];
  test.each([
    ["within", { from: time(accepted), until: time(accepted + 1n) }, "ACCEPT"],
    ["ended before the result was accepted", { until: time(accepted) }, "UNVERIFIABLE"],
    ["began after the result was accepted", { from: time(accepted + 1n) }, "UNVERIFIABLE"],
  ])("%s", (_, window, verdict) => {
    const report = verify(bytes, { trust: trustOf(inTime(window)) });
    expect(report.verdict).toBe(verdict);
    if (verdict !== "ACCEPT") expect(troubles(report)).toEqual(["provider", "checkpoint"]);
  });

  test("two windows of one key add up", () => {
    const windows = [...inTime({ until: time(5n) }), ...inTime({ from: time(accepted) })];
    expect(verify(bytes, { trust: trustOf(windows) }).verdict).toBe("ACCEPT");
  });

  test("V8: no ledger fixes a local receipt's time, so a window does not cover it", () => {
    expect(verify(makeLocalReceipt(), { trust: trustOf(inTime({ from: time(0n) })) }).verdict).toBe("UNVERIFIABLE");
  });
});

describe("the verifier's own files", () => {
  test.each(["module", "input", "output"] as const)("another %s is rejected", (name) => {
    const report = verify(bytes, { ...FILES, [name]: { sha256: digestOfText("other"), size: 5 } });
    expect(report.verdict).toBe("REJECT");
    expect(troubles(report)).toEqual([name]);
  });

  test("V14: a receipt that lies about a length is rejected", () => {
    const lying = basicPlan({
      result: { ...plan.result, call: { ...CALL, input: { ...CALL.input, size: CALL.input.size + 1 } } },
    });
    expect(troubles(verify(makeReceipt(lying).bytes, FILES))).toEqual(["input"]);
  });

  test("V14: another answer upon re-execution is rejected, whatever differs", () => {
    const others = [
      { ...ANSWER, fuel: fuel(123_457n) },
      { ...ANSWER, exit: { kind: "trap" as const, code: 0 } },
      { ...ANSWER, output: { ...ANSWER.output, sha256: digestOfText("x") } },
      { ...ANSWER, calls: { ...ANSWER.calls, count: 1n } },
    ];
    for (const reexecuted of others) expect(troubles(verify(bytes, { reexecuted }))).toEqual(["re-execution"]);
  });
});

describe("a receipt of a container", () => {
  const contained = makeReceipt(basicPlan({ result: { ...plan.result, call: { ...CALL, sre: "container" } } }));

  test("V18: is accepted as its provider's word, and never said to have been repeated, whatever a run gave", () => {
    expect(troubles(verify(contained.bytes, FILES))).toEqual([]);
    for (const reexecuted of [ANSWER, { ...ANSWER, fuel: fuel(1n) }]) {
      const report = verify(contained.bytes, { ...FILES, reexecuted });
      expect([report.verdict, troubles(report)]).toEqual(["UNVERIFIABLE", ["re-execution"]]);
    }
    expect(at(verify(contained.bytes), "re-execution")?.detail).toContain("its provider's word and no more");
  });
});

test("V18: a receipt of a kernel is confirmed by the same answer, and another proves nothing against it", () => {
  const ofKernel = makeReceipt(basicPlan({ result: { ...plan.result, call: { ...CALL, sre: "gpu" } } }));
  const verdict = (reexecuted: typeof ANSWER) => verify(ofKernel.bytes, { ...FILES, reexecuted }).verdict;
  expect([verdict(ANSWER), verdict({ ...ANSWER, fuel: fuel(1n) })]).toEqual(["ACCEPT", "UNVERIFIABLE"]);
});

describe("a local receipt", () => {
  const local = makeLocalReceipt();
  test("V15: is accepted under a trusted key, and named as what it is", () => {
    const report = verify(local, FILES);
    expect(report.verdict).toBe("ACCEPT");
    expect(at(report, "ledger")).toMatchObject({
      outcome: "skipped",
      detail: expect.stringContaining("local receipt"),
    });
  });
  test("V15: is refused where a ledger or finality is required", () => {
    for (const policy of [{ requireLedger: true }, { requireFinal: true }]) {
      expect(verify(local, policy).verdict).toBe("REJECT");
      expect(troubles(verify(local, policy))).toEqual(["ledger"]);
    }
  });
  test("of an unknown key can't be verified", () => {
    const report = verify(makeLocalReceipt(SIGNERS.stranger));
    expect(report.verdict).toBe("UNVERIFIABLE");
    expect(at(report, "provider")?.detail).toContain(keyId(SIGNERS.stranger.publicKey));
  });
  test("V5: can't borrow the proofs of a job's receipt", () => {
    const { proofs } = makeReceipt(plan);
    const envelope = JSON.parse(new TextDecoder().decode(local)).bundle.dsseEnvelope;
    const file = JSON.parse(new TextDecoder().decode(buildReceiptFile(sealed.envelope, proofs)));
    file.bundle.dsseEnvelope = envelope;
    expect(verify(utf8Encode(JSON.stringify(file))).verdict).toBe("MALFORMED");
  });
});

describe("keys that may not sign", () => {
  test("V7: a receipt under a key of small order is rejected though its form is right", () => {
    const weak = { publicKey: new Uint8Array(32), sign: () => new Uint8Array(64) };
    const report = verify(makeReceipt(basicPlan({ provider: weak })).bytes, {
      trust: trustOf([logKey, { role: "provider", key: keyId(weak.publicKey) }]),
    });
    expect(report.verdict).toBe("REJECT");
    expect(troubles(report)).toEqual(["signature"]);
  });
  test("a log key of small order can't be trusted", () => {
    const key = `x+00000000+${Buffer.from([1, ...new Uint8Array(32)]).toString("base64")}`;
    expect(codeOf(() => trustOf([{ role: "log", key }]))).toBe("KEY_REFUSED");
  });
});

describe("trust files", () => {
  test("any spelling of JSON is read, roles and windows with it", () => {
    const text = `{ "keys": [ { "role": "provider", "key": "${provider}", "note": "ours", "until": "5" } ] }`;
    expect(readTrustFile(utf8Encode(text))).toEqual([{ role: "provider", key: provider, note: "ours", until: 5n }]);
  });
  test.each([
    ["not JSON", "{"],
    ["an unknown role", '{"keys":[{"role":"friend","key":"x"}]}'],
    ["a provider that is no key", '{"keys":[{"role":"provider","key":"x"}]}'],
    ["an unknown member", '{"keys":[],"more":1}'],
  ])("refused: %s", (_, text) => {
    expect(codeOf(() => readTrustFile(utf8Encode(text)))).toBe("MALFORMED");
  });
  test("too large", () => {
    expect(codeOf(() => readTrustFile(new Uint8Array(2 << 20)))).toBe("TOO_LARGE");
  });
});
