// Whole jobs through a real node, real providers and real worker processes: answered once, whatever happens between.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Trust, verifyReceipt } from "../../chain/light/index.ts";
import {
  Admission,
  amount,
  blockTime,
  type Digest,
  duration,
  fuel,
  hexEncode,
  keyId,
  PATHS,
  readStatement,
  utf8Decode,
  utf8Encode,
} from "../../chain/protocol/index.ts";
import { developmentGenesis } from "../../chain/state/index.ts";
import { Wallet } from "../../host/client/index.ts";
import { nodeCrypto } from "../../host/crypto.ts";
import { DEFAULT_LIMITS, DEFAULT_PRICES } from "../../host/defaults.ts";
import { ORDERER_KEY, openKey, ownTrust } from "../../host/node/index.ts";
import { ECHO, guest, SPIN } from "../sre/support/guests.ts";
import { wat } from "../sre/support/wat.ts";
import { type House, OFFER, openHouse, plantGenesis, refusedWith } from "../support/house.ts";
import { receiptEnvelope } from "../support/receipts-of.ts";

const echo = wat(ECHO);
const refOf = (bytes: Uint8Array) => ({ sha256: hexEncode(nodeCrypto.sha256(bytes)) as Digest, size: bytes.length });

/** A house whose attempts are over soon. */
function hurriedHouse(): Promise<House> {
  return openHouse({
    prepare(home) {
      const { signer } = openKey(home, ORDERER_KEY);
      const time = blockTime(BigInt(Date.now()));
      const genesis = developmentGenesis({ name: "hurried", time, orderer: keyId(signer.publicKey) });
      // So fast is no machine: a run with much fuel has 1.5 seconds and needs minutes.
      const speed = { slowestFuelPerMs: 1_000_000_000n, resultGrace: duration(1500n), mostAttempts: 2 };
      plantGenesis(home, { ...genesis, parameters: { ...genesis.parameters, ...speed } });
    },
  });
}

describe("a node with two providers", () => {
  let house: House;
  let deployment: Digest;
  beforeAll(async () => {
    house = await openHouse();
    await house.provider("provider-one");
    await house.provider("provider-two");
    deployment = await house.deploy(echo);
  });
  afterAll(() => house.undo.run());

  test("answers a job with the function's output and a receipt that verifies offline", async () => {
    const input = utf8Encode("the input");
    const id = await house.order(deployment, input);
    const { record } = await house.until(id);
    const receipt = await house.client.receipt(id);
    const { answer } = readStatement(receiptEnvelope(receipt).payload).predicate.result;
    expect(await house.client.blob(answer.output)).toEqual(input);
    const known = { module: refOf(echo), input: refOf(input), output: refOf(input) };
    const policy = { trust: new Trust(nodeCrypto, ownTrust(house.home)), requireLedger: true, ...known };
    expect(verifyReceipt(nodeCrypto, new Admission(), receipt, policy).verdict).toBe("ACCEPT");
    expect(record.attempt).toBe(1);
    const final = await house.until(id, "final");
    expect(final.record.accepted?.pay.provider).toBeGreaterThan(0n);
  });

  test("answers many jobs at once, each with its own output, by both providers", async () => {
    const inputs = Array.from({ length: 24 }, (_, at) => utf8Encode(`input ${at}`));
    const ids = await Promise.all(inputs.map((input) => house.order(deployment, input)));
    const jobs = await Promise.all(ids.map((id) => house.until(id)));
    for (const [at, id] of ids.entries()) {
      const { answer } = readStatement(receiptEnvelope(await house.client.receipt(id)).payload).predicate.result;
      expect(await house.client.blob(answer.output)).toEqual(inputs[at]);
    }
    expect(new Set(jobs.map(({ record }) => record.assignment?.provider)).size).toBe(2);
    expect(house.told.filter((line) => line.includes("not taken"))).toEqual([]);
  });

  test("answers an empty input and gives an empty output", async () => {
    const id = await house.order(deployment, new Uint8Array());
    await house.until(id);
    const { answer } = readStatement(receiptEnvelope(await house.client.receipt(id)).payload).predicate.result;
    expect(answer).toMatchObject({ exit: { kind: "ok" }, output: { size: 0 } });
  });

  test.each([
    ["a trap", guest("unreachable"), "trap"],
    ["an answer outside its memory", guest("(i64.const 0x7fffffff00000008)"), "bad-answer"],
    ["an endless loop", SPIN, "out-of-fuel"],
  ])("accepts and pays %s as an exit", async (_, source, exit) => {
    const limits = { ...DEFAULT_LIMITS, fuel: 1_000_000n as typeof DEFAULT_LIMITS.fuel };
    const id = await house.order(await house.deploy(wat(source), { limits }), utf8Encode("x"));
    const { record } = await house.until(id);
    const { answer } = readStatement(receiptEnvelope(await house.client.receipt(id)).payload).predicate.result;
    expect(answer.exit.kind).toBe(exit);
    expect(record.accepted?.pay.provider).toBeGreaterThan(0n);
  });

  test("has no receipt for a job that both providers refused", async () => {
    const nowhere = { sha256: "ab".repeat(32) as Digest, size: 100 };
    const genesis = await house.client.genesis();
    const { id } = await house.wallet.submit("job", {
      ...{ deployment, input: nowhere, context: {}, limits: DEFAULT_LIMITS, comparator: "bits" },
      ...{ trust: { providers: 1 }, ceiling: amount(10_000_000n), deadline: genesis.parameters.longestDeadline },
    });
    const { record } = await house.until(id, "expired");
    expect(new Set(record.tried).size).toBe(2);
    expect(await refusedWith(house.client.receipt(id))).toBe("NOT_FOUND");
    expect(house.told.filter((line) => line.includes(`${id}: refused`))).toHaveLength(3);
  });

  test("promises what paid transactions name, and nothing else", async () => {
    const input = utf8Encode("named by a job");
    const id = await house.order(deployment, input);
    await house.until(id);
    const stray = await house.client.putBlob(utf8Encode("named by nothing"));
    const part = await house.client.putBlob(utf8Encode("a part of a module"));
    const cheap = await house.client.putBlob(utf8Encode("a part that is said to be smaller"));
    await house.deploy(echo, { parts: [part, { ...cheap, size: 1 }] });
    const path = (digest: Digest) => join(house.home.blobs, digest.slice(0, 2), digest);
    const days = (digest: Digest) => (statSync(path(digest)).mtimeMs - Date.now()) / 86_400_000;
    expect(days(refOf(echo).sha256)).toBeGreaterThan(10_000);
    expect(days(refOf(input).sha256)).toBeGreaterThan(6.9);
    expect(days(part.sha256)).toBeGreaterThan(10_000);
    expect([days(stray.sha256), days(cheap.sha256)].every((left) => left <= 0)).toBe(true);
  });

  test("leaves no sealed result behind", async () => {
    const id = await house.order(deployment, utf8Encode("the last one"));
    await house.until(id);
    await expect.poll(() => readdirSync(house.home.envelopes)).toEqual([]);
  });
});

describe("a job without an answer", () => {
  test("is given back when cancelled, has no receipt, and ends a wait for one", async () => {
    const house = await openHouse();
    try {
      const deployment = await house.deploy(echo);
      const before = (await house.client.account(house.wallet.account)).balance;
      const id = await house.order(deployment, utf8Encode("x"));
      const waiting = refusedWith(house.until(id));
      await house.wallet.submit("cancel", { job: id });
      expect(await waiting).toBe("JOB_STATE");
      expect(await refusedWith(house.client.receipt(id))).toBe("NOT_FOUND");
      const { fee } = (await house.client.genesis()).parameters;
      expect((await house.client.account(house.wallet.account)).balance).toBe(before - 2n * fee);
    } finally {
      await house.undo.run();
    }
  });

  test("expires when its guest outlives every attempt: it is killed, nothing is signed, the escrow returns", async () => {
    const house = await hurriedHouse();
    try {
      const { sandbox } = await house.provider("slow");
      await sandbox.warm();
      const limits = { ...DEFAULT_LIMITS, fuel: fuel(100_000_000_000n) };
      const id = await house.order(await house.deploy(wat(SPIN), { limits }), utf8Encode("x"));
      const { record } = await house.until(id, "expired");
      expect(record).toMatchObject({ attempt: 2, accepted: null });
      expect(await refusedWith(house.client.receipt(id))).toBe("NOT_FOUND");
      expect(house.told.filter((line) => line.includes("nothing signed"))).not.toEqual([]);
    } finally {
      await house.undo.run();
    }
  });
});

describe("a provider without money", () => {
  test("hands the job back instead of letting it lapse", async () => {
    const house = await openHouse();
    try {
      const poor = await house.provider("poor");
      const wallet = await house.walletOf("nobody", { funded: false });
      const own = new Wallet(house.client, poor.signer, nodeCrypto);
      const { balance } = await house.client.account(own.account);
      const { fee, reservationFee } = (await house.client.genesis()).parameters;
      await own.submit("transfer", { to: wallet.account, amount: amount(balance - fee - reservationFee / 2n) });
      const id = await house.order(await house.deploy(echo), utf8Encode("x"));
      const { record } = await house.until(id, "expired");
      expect(record.attempt).toBe(3);
      expect(house.told.filter((line) => line.includes("refused"))).toHaveLength(3);
    } finally {
      await house.undo.run();
    }
  });
});

describe("a provider without what a job needs", () => {
  test("hands back a job for an ABI that it lacks, and loses no reservation fee", async () => {
    const house = await openHouse();
    try {
      const { signer } = await house.provider("classic");
      const own = keyId(signer.publicKey);
      const { balance } = await house.client.account(own);
      const id = await house.order(await house.deploy(echo, { abi: "bytes/9" }), utf8Encode("x"));
      const { record } = await house.until(id, "expired");
      const { fee } = (await house.client.genesis()).parameters;
      expect(record.attempt).toBe(3);
      expect((await house.client.account(own)).balance).toBe(balance - 3n * fee);
    } finally {
      await house.undo.run();
    }
  });

  test("accepts no job before it has a hand free, so that none is late behind the long runs of others", async () => {
    const house = await openHouse();
    let freeing: NodeJS.Timeout | undefined;
    try {
      const { sandbox } = await house.provider("busy");
      await sandbox.warm();
      const long = { ...DEFAULT_LIMITS, fuel: fuel(100_000_000_000n) };
      const spinning = await house.order(await house.deploy(wat(SPIN), { limits: long }), utf8Encode("x"));
      await house.until(spinning, "running");
      const behind = await house.order(await house.deploy(echo), utf8Encode("y"));
      await expect.poll(async () => (await house.client.job(behind)).record.attempt, { timeout: 60_000 }).toBe(2);
      // Lapsed, not timed out: nothing was promised, so nothing is burned.
      const { value } = await house.client.state(PATHS.chain());
      expect(JSON.parse(utf8Decode(value!))).toMatchObject({ burned: "0" });
      // A run whose process died is run again, behind the other job, which has had the hand by then; the provider ends
      // only once that run has ended, too.
      const free = () => {
        for (const pid of sandbox.pids) process.kill(pid, "SIGKILL");
      };
      free();
      freeing = setInterval(free, 5_000);
      expect((await house.until(behind)).record.attempt).toBeGreaterThan(1);
    } finally {
      await house.undo.run();
      clearInterval(freeing);
    }
  });
});

test("a job that was ordered before there was any provider is done by the first that asks what is usual", async () => {
  const house = await openHouse();
  try {
    const early = await house.order(await house.deploy(echo), utf8Encode("early"));
    expect((await house.client.job(early)).record.status).toBe("waiting");
    await house.provider("first", { offer: { stake: OFFER.stake, ...DEFAULT_PRICES } });
    await house.until(early);
  } finally {
    await house.undo.run();
  }
});

describe("a provider that stops", () => {
  test("leaves the draw and finishes what it has in hand", async () => {
    const house = await openHouse();
    try {
      const deployment = await house.deploy(echo);
      const provider = await house.provider("leaving");
      const ids = await Promise.all(["a", "b", "c"].map((text) => house.order(deployment, utf8Encode(text))));
      await provider.close();
      for (const id of ids) expect((await house.client.job(id)).record.status).not.toBe("running");
      const late = await house.order(deployment, utf8Encode("d"));
      expect((await house.client.job(late)).record.status).toBe("waiting");
      await house.provider("leaving");
      for (const id of [...ids, late]) await house.until(id);
    } finally {
      await house.undo.run();
    }
  });
});
