// What makes a result acceptable: SPEC R1 to R3 and E1, each binding broken alone.
import { describe, expect, test } from "vitest";
import {
  type Answer,
  amount,
  base64Decode,
  comparatorOf,
  EMPTY_DIGEST,
  type Envelope,
  EXIT_KINDS,
  EXITS_BY_SRE,
  fuel,
  mayHaveOutput,
  parseLeaf,
  receiptId,
  SRES,
  STATEMENT_PAYLOAD_TYPE,
  seal,
  sealReceipt,
  utf8Decode,
  utf8Encode,
} from "../../../chain/protocol/index.ts";
import { nodeCrypto } from "../../../host/crypto.ts";
import {
  ANSWER,
  callOfOrder,
  digestOfText,
  type Market,
  market,
  order,
  REGISTER,
  type ReceiptWish,
} from "../../support/test-chain.ts";

/** A job that runs, its provider ready to answer. */
function running(
  options = {},
  change = {},
): Market & { job: ReturnType<Market["place"]>; send(envelope: Envelope): string } {
  const setting = market(2, options, change);
  const job = setting.place();
  const by = setting.assigned(job);
  setting.chain.must(by, { type: "accept", job, attempt: 1 });
  return { ...setting, job, send: (envelope) => setting.chain.do(by, { type: "result", job, attempt: 1, envelope }) };
}

const NO_OUTPUT = { sha256: EMPTY_DIGEST, size: 0 };
const answer = (change: Partial<Answer>): Partial<ReceiptWish> => ({ answer: { ...ANSWER, ...change } });

describe("R1: refused", () => {
  const setting = running();
  const { chain, job, send, receiptFor, assigned, providers, deployed } = setting;
  const by = assigned(job);
  const stranger = providers.find((who) => who !== by)!;
  const refused = (envelope: Envelope) => expect(send(envelope)).toBe("RECEIPT_REFUSED");

  test("another chain, job or attempt", () => {
    refused(receiptFor(job, { chain: digestOfText("other") }));
    refused(receiptFor(job, { job: digestOfText("other") }));
    refused(receiptFor(job, { attempt: 2 }));
  });

  test("another call: module, entry, input, context, limits", () => {
    const right = callOfOrder(setting.deployment, order(deployed));
    const other = digestOfText("other");
    const changes = [
      { module: other },
      { entry: "other" },
      { abi: "other" },
      { profile: "other" },
      { input: { sha256: other, size: 5 } },
      { input: { ...right.input, size: 6 } },
      { context: other },
      { limits: { ...right.limits, fuel: fuel(4_000_000n) } },
      { sre: "quickjs" as const },
    ];
    for (const change of changes) refused(receiptFor(job, { call: { ...right, ...change } }));
  });

  test("more fuel, output or logs than the limits", () => {
    refused(receiptFor(job, answer({ fuel: fuel(5_000_001n) })));
    refused(receiptFor(job, answer({ output: { ...ANSWER.output, size: 4097 } })));
    refused(receiptFor(job, answer({ logs: { sha256: digestOfText("logs"), size: 1025, truncated: true } })));
  });

  test("output of a run that did not come to its own end; digests that don't fit their sizes", () => {
    const others = EXIT_KINDS.filter((kind) => kind !== "ok" && kind !== "code");
    for (const kind of others) refused(receiptFor(job, answer({ exit: { kind, code: 0 } })));
    refused(receiptFor(job, answer({ output: { sha256: EMPTY_DIGEST, size: 6 } })));
    refused(receiptFor(job, answer({ output: { sha256: digestOfText("x"), size: 0 } })));
    refused(receiptFor(job, answer({ logs: { sha256: digestOfText("x"), size: 0, truncated: false } })));
  });

  test("another signer: a stranger's statement, or the provider's under a stranger's name", () => {
    refused(receiptFor(job, {}, stranger));
    const mine = receiptFor(job, {}, by);
    const [{ sig }] = mine.signatures;
    refused({ ...mine, signatures: [{ keyid: stranger.id, sig }] });
    const { payload } = receiptFor(job, {}, stranger);
    refused(seal(by.signer, STATEMENT_PAYLOAD_TYPE, payload));
  });

  test("another payload type, a payload that is no canonical statement", () => {
    const { payload } = receiptFor(job);
    refused(seal(by.signer, "application/json", payload));
    refused(seal(by.signer, STATEMENT_PAYLOAD_TYPE, utf8Encode(`${utf8Decode(payload)} `)));
    refused(seal(by.signer, STATEMENT_PAYLOAD_TYPE, utf8Encode("{}")));
    refused(seal(by.signer, STATEMENT_PAYLOAD_TYPE, base64Decode("/w==")));
  });

  test("a local run's receipt", () => {
    const observed = {
      engine: { name: "v8", version: "1" },
      host: { name: "lockstep", version: "0" },
      isolation: [],
      started: chain.time as never,
      elapsedUs: 1n,
    };
    refused(
      sealReceipt(
        nodeCrypto,
        by.signer,
        { call: callOfOrder(setting.deployment, order(deployed)), answer: ANSWER },
        observed,
      ).envelope,
    );
  });

  test("a wrong signature, last", () => {
    const mine = receiptFor(job);
    const sig = mine.signatures[0].sig.slice();
    sig[40]! ^= 1;
    expect(send({ ...mine, signatures: [{ keyid: by.id, sig }] })).toBe("SIGNATURE_INVALID");
    const wrong = receiptFor(job, { attempt: 2 });
    refused({ ...wrong, signatures: [{ keyid: by.id, sig }] });
  });

  test("and after all of these the job still takes the right one, once (R2, X8)", () => {
    const balance = chain.balance(by);
    const envelope = receiptFor(job);
    expect(send(envelope)).toBe("OK");
    expect(chain.balance(by)).toBe(balance - 100n + chain.genesis.parameters.reservationFee);
    expect(chain.job(job).accepted).toMatchObject({ receipt: receiptId(nodeCrypto, envelope.payload), key: by.id });
    expect(send(envelope)).toBe("JOB_STATE");
    expect(send(receiptFor(job, answer({ output: NO_OUTPUT })))).toBe("JOB_STATE");
  });
});

describe("R2: accepted", () => {
  test("the receipt's leaf follows the block's transactions", () => {
    const { chain, job, send, receiptFor } = running();
    const envelope = receiptFor(job);
    expect(send(envelope)).toBe("OK");
    const block = chain.blocks.at(-1)!;
    expect(block.receipts).toEqual([{ job, envelope, leafOffset: 1 }]);
    expect(block.leaves.map((leaf) => parseLeaf(leaf).kind)).toEqual(["transaction", "receipt", "block"]);
    expect(block.entry).toMatchObject({ transactions: 1, receipts: 1, stateRoot: chain.ledger.head.stateRoot });
  });

  test("E1, M3: a bad exit is accepted and paid, by the fuel it used", () => {
    for (const [used, pay] of [
      [0n, 10n],
      [1n, 11n],
      [1_000_000n, 11n],
      [1_000_001n, 12n],
      [5_000_000n, 15n],
    ] as const) {
      const { chain, job, send, receiptFor } = running();
      const exit = { kind: "trap", code: 0 } as const;
      expect(send(receiptFor(job, answer({ exit, output: NO_OUTPUT, fuel: fuel(used) })))).toBe("OK");
      expect(chain.job(job).accepted!.pay).toEqual({ provider: pay, owner: 50n });
    }
  });

  test("W6: at the prices of the assignment, whatever the provider asks by now", () => {
    const { chain, job, send, receiptFor, assigned } = running();
    chain.must(assigned(job), { ...REGISTER, stake: amount(0n), base: amount(999n), perMegafuel: amount(9n) });
    expect(send(receiptFor(job))).toBe("OK");
    expect(chain.job(job).accepted!.pay.provider).toBe(12n);
  });
});

describe("E1: the exits of each SRE", () => {
  test("are what the table says", () => {
    for (const sre of SRES) {
      const offers = [{ sre, profile: "draft-wasm-1" }];
      const deploy = { sre };
      for (const kind of EXIT_KINDS) {
        const setting = market(1, {}, deploy);
        const provider = setting.providers[0]!;
        setting.chain.must(provider, { ...REGISTER, stake: amount(0n), offers });
        const job = setting.place({ comparator: comparatorOf(sre) });
        setting.chain.must(provider, { type: "accept", job, attempt: 1 });
        const exit = { kind, code: kind === "code" ? 7 : 0 };
        const envelope = setting.receiptFor(
          job,
          answer({ exit, ...(mayHaveOutput(kind) ? {} : { output: NO_OUTPUT }) }),
        );
        const code = setting.chain.do(provider, { type: "result", job, attempt: 1, envelope });
        expect([sre, kind, code]).toEqual([sre, kind, EXITS_BY_SRE[sre].includes(kind) ? "OK" : "RECEIPT_REFUSED"]);
      }
    }
  });

  test("the table in SPEC.md is the code's", () => {
    expect(EXITS_BY_SRE.wasm).toEqual(EXIT_KINDS);
    expect(EXITS_BY_SRE.quickjs).toEqual(EXIT_KINDS);
    expect(EXITS_BY_SRE.container).toEqual(["ok", "code", "output-limit", "bad-answer"]);
    expect(EXITS_BY_SRE.gpu).toEqual(EXITS_BY_SRE.container);
  });
});
