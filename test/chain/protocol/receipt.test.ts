// Statements and log leaves: what we write is what we read, and nothing else is read.
import { describe, expect, test } from "vitest";
import {
  type Answer,
  blockLeaf,
  type Call,
  canonicalize,
  type Digest,
  EMPTY_DIGEST,
  fuel,
  type Json,
  keyId,
  LockstepError,
  parseCanonical,
  parseLeaf,
  portableCrypto,
  portableSigner,
  readStatement,
  receiptId,
  receiptLeaf,
  sealReceipt,
  spkiOf,
  transactionLeaf,
  utf8Decode,
  utf8Encode,
} from "../../../chain/protocol/index.ts";

const signer = portableSigner(new Uint8Array(32).fill(7));
const digest = (digit: string) => digit.repeat(64) as Digest;
const call: Call = {
  sre: "wasm",
  module: digest("a"),
  entry: "run",
  abi: "bytes-1",
  profile: "draft-1",
  input: { sha256: digest("b"), size: 12 },
  context: digest("c"),
  limits: { fuel: fuel(1_000_000n), memory: 65536, stack: 4096, output: 1024, logs: 1024 },
  before: null,
};
const answer: Answer = {
  exit: { kind: "ok", code: 0 },
  output: { sha256: digest("d"), size: 3 },
  logs: { sha256: EMPTY_DIGEST, size: 0, truncated: false },
  calls: { sha256: EMPTY_DIGEST, count: 0n },
  fuel: fuel(99n),
  after: null,
};
const observed = {
  engine: { name: "v8", version: "13" },
  host: { name: "lockstep", version: "0.1.0" },
  isolation: ["process"],
  started: 1n as never,
  elapsedUs: 2n,
};
const ledger = { chain: digest("1"), job: digest("2"), attempt: 1, call, answer };

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof LockstepError) return error.code;
    throw error;
  }
  return "OK";
}

describe("statements", () => {
  test.each([
    ["a job's", ledger, "https://lockstep.example/receipt/v1"],
    ["a local run's", { call, answer }, "https://lockstep.example/local-receipt/v1"],
  ] as const)("%s statement reads as it was sealed", (_, result, predicateType) => {
    const sealed = sealReceipt(portableCrypto, signer, result, observed);
    const statement = readStatement(sealed.statementBytes);
    expect(statement.predicateType).toBe(predicateType);
    expect(statement.predicate.result).toEqual(result);
    expect(statement.predicate.observations).toEqual({ ...observed, provider: keyId(signer.publicKey) });
    expect(statement.subject[0].digest.sha256).toBe(answer.output.sha256);
    expect(sealed.envelope.payload).toEqual(sealed.statementBytes);
    expect(sealed.id).toBe(receiptId(portableCrypto, sealed.statementBytes));
  });

  test("a statement whose subject is not the output is refused", () => {
    const { statementBytes } = sealReceipt(portableCrypto, signer, ledger, observed);
    const json = parseCanonical(statementBytes, 8192) as { [member: string]: Json };
    json["subject"] = [{ digest: { sha256: digest("e") }, name: "output" }];
    expect(() => readStatement(canonicalize(json))).toThrow(/subject/);
  });

  test("a local statement can't carry a chain, nor a ledger one go without", () => {
    const local = sealReceipt(portableCrypto, signer, { call, answer }, observed).statementBytes;
    const ofJob = sealReceipt(portableCrypto, signer, ledger, observed).statementBytes;
    const renamed = (bytes: Uint8Array, from: string, to: string) => utf8Encode(utf8Decode(bytes).replace(from, to));
    expect(codeOf(() => readStatement(renamed(local, "local-receipt", "receipt")))).toBe("MALFORMED");
    expect(codeOf(() => readStatement(renamed(ofJob, "/receipt", "/local-receipt")))).toBe("MALFORMED");
  });
});

describe("log leaves", () => {
  const transaction = utf8Encode('{"body":{"x":"1"},"key":"k","signature":"s"}');

  test("a transaction's leaf is canonical and gives back the very bytes", () => {
    for (const code of ["OK", "WRONG_NONCE"] as const) {
      const leaf = transactionLeaf(code, transaction);
      expect(canonicalize(parseCanonical(leaf, 4096))).toEqual(leaf);
      expect(parseLeaf(leaf)).toEqual({ kind: "transaction", code, bytes: transaction });
    }
  });

  test("a block's leaf gives back its entry", () => {
    const entry = {
      kind: "block" as const,
      chain: digest("1"),
      height: 3n as never,
      time: 4n as never,
      stateRoot: digest("5"),
      transactions: 6,
      receipts: 7,
    };
    expect(parseLeaf(blockLeaf(entry))).toEqual({ kind: "block", entry });
  });

  test("a receipt's leaf names digest, signature and key of the envelope", () => {
    const { envelope } = sealReceipt(portableCrypto, signer, ledger, observed);
    const bytes = receiptLeaf(portableCrypto, envelope, signer.publicKey);
    expect(canonicalize(parseCanonical(bytes, 4096))).toEqual(bytes);
    const leaf = parseLeaf(bytes);
    if (leaf.kind !== "receipt") throw new Error("not a receipt leaf");
    const { signature } = leaf.receipt.spec.hashedRekordV002;
    expect(signature.content).toEqual(envelope.signatures[0].sig);
    expect(signature.verifier.publicKey.rawBytes).toEqual(spkiOf(signer.publicKey));
  });

  test.each([
    ["an unknown kind", '{"kind":"note"}'],
    ["no kind", "{}"],
    ["no object", "[]"],
    ["an unknown code", '{"code":"FINE","kind":"transaction","transaction":{}}'],
    ["an inherited code", '{"code":"toString","kind":"transaction","transaction":{}}'],
    ["a member too many", '{"code":"OK","kind":"transaction","more":1,"transaction":{}}'],
    ["no transaction", '{"code":"OK","kind":"transaction"}'],
    ["white space", '{"code":"OK","kind":"transaction", "transaction":{}}'],
    ["another order", '{"kind":"transaction","code":"OK","transaction":{}}'],
  ])("refused: %s", (_, text) => {
    expect(codeOf(() => parseLeaf(utf8Encode(text)))).toBe("MALFORMED");
  });
});
