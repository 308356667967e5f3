// The API as a stranger meets it, request by request: every bad input has one code and one JSON answer, and costs the
// node nothing that it can't afford.
import { writeFileSync } from "node:fs";
import { request as rawRequest } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  amount,
  type BlockTime,
  type Body,
  blockTime,
  cidOf,
  type Digest,
  DOCUMENT_LIMITS,
  duration,
  ERROR_TABLE,
  type ErrorCode,
  keyId,
  type Nonce,
  signTransaction,
  type TransactionBody,
  utf8Encode,
} from "../../chain/protocol/index.ts";
import { API_LIMITS } from "../../host/api/limits.ts";
import { DEFAULT_LIMITS } from "../../host/defaults.ts";
import { HOST_LIMITS } from "../../host/node/index.ts";
import { ECHO } from "../sre/support/guests.ts";
import { wat } from "../sre/support/wat.ts";
import { type House, openHouse } from "../support/house.ts";
import { namedSigner } from "../support/keys.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.undo.run());

/** Asks, and gives the error code of the answer, which must be JSON with the code's own status; null for a success. */
async function codeFor(path: string, init: RequestInit = {}): Promise<string | null> {
  const answer = await fetch(`${house.node.address}${path}`, init);
  if (answer.status === 200) return null;
  expect(answer.headers.get("content-type")).toBe("application/json");
  const { error } = (await answer.json()) as { error: { code: ErrorCode; message: string } };
  expect(answer.status).toBe(ERROR_TABLE[error.code].http);
  expect(error.message.length).toBeGreaterThan(10);
  expect(error.message).not.toContain(house.home.root);
  return error.code;
}

const NOBODY = keyId(namedSigner("nobody").publicKey);
const ZEROS = "0".repeat(64);

describe("a path that leads nowhere", () => {
  test.each([
    "/",
    "/v1",
    "/v2/status",
    "/v1/status/",
    "/v1/statusx",
    "/v1/jobs/",
    "/v1/__proto__",
    "/v1/constructor",
    "/favicon.ico",
    "//v1/status",
    "/v1/../etc/passwd",
  ])("%s is NOT_FOUND", async (path) => {
    expect(await codeFor(path)).toBe("NOT_FOUND");
  });

  test.each(["PUT", "DELETE", "PATCH", "OPTIONS", "POST"])("%s on a route for GET is NOT_FOUND", async (method) => {
    expect(await codeFor("/v1/status", { method })).toBe("NOT_FOUND");
  });
});

describe("an id", () => {
  const HOSTILE = [
    "__proto__",
    "constructor",
    "toString",
    "..%2f..%2fledger.db",
    "%00",
    "%ff",
    "%",
    "%zz",
    "a".repeat(3000),
  ];
  const ROUTES = ["accounts", "deployments", "providers", "jobs", "transactions", "blobs"];
  for (const route of ROUTES) {
    test.each(HOSTILE)(`/v1/${route}/%s is MALFORMED`, async (id) => {
      expect(await codeFor(`/v1/${route}/${id}`)).toBe("MALFORMED");
    });
  }

  test.each(HOSTILE)("/v1/names/%s is NOT_FOUND", async (id) => {
    expect(await codeFor(`/v1/names/${id}`)).toBe("NOT_FOUND");
  });

  test.each([
    [`/v1/deployments/${ZEROS}`],
    [`/v1/jobs/${ZEROS}`],
    [`/v1/jobs/${ZEROS}/receipt`],
    [`/v1/transactions/${ZEROS}`],
    [`/v1/providers/${NOBODY}`],
    [`/v1/blobs/${cidOf(ZEROS as Digest)}`],
    ["/v1/names/nobodys"],
  ])("%s is NOT_FOUND when nothing has it", async (path) => {
    expect(await codeFor(path)).toBe("NOT_FOUND");
  });

  test("in capitals is another spelling and MALFORMED", async () => {
    expect(await codeFor(`/v1/jobs/${"AB".repeat(32)}`)).toBe("MALFORMED");
    expect(await codeFor(`/v1/blobs/${cidOf(ZEROS as Digest).toUpperCase()}`)).toBe("MALFORMED");
  });

  test("of an account that was never used is an empty account", async () => {
    expect(await house.client.account(NOBODY)).toMatchObject({ balance: 0n, nonce: 0n, key: NOBODY });
  });
});

describe("a web page of another site", () => {
  const from = (origin: string) => codeFor("/v1/blobs", { method: "POST", body: "x", headers: { origin } });

  test.each(["http://evil.example", "https://127.0.0.1.evil.example", "null", "http://localhost.evil.example:7300"])(
    "such as %s may not send",
    async (origin) => expect(await from(origin)).toBe("CALLER_REFUSED"),
  );

  test("of this machine may send, and any may read", async () => {
    expect(await from("http://localhost:8080")).toBe(null);
    expect(await codeFor("/v1/status", { headers: { origin: "http://evil.example" } })).toBe(null);
  });
});

describe("a query", () => {
  test.each([
    ["/v1/log?count=65", "OUT_OF_RANGE"],
    ["/v1/log?count=-1", "OUT_OF_RANGE"],
    ["/v1/log?count=1e3", "OUT_OF_RANGE"],
    ["/v1/log?from=99999999999999999999999", "OUT_OF_RANGE"],
    ["/v1/log?from=0x10", "OUT_OF_RANGE"],
    ["/v1/log/inclusion?index=1000000", "OUT_OF_RANGE"],
    ["/v1/log/inclusion?size=1000000", "OUT_OF_RANGE"],
    ["/v1/log/consistency?from=5&to=1", "OUT_OF_RANGE"],
    ["/v1/events?after=-1", "OUT_OF_RANGE"],
    ["/v1/events?after=NaN", "OUT_OF_RANGE"],
    [`/v1/jobs?provider=${NOBODY}&status=final`, "USAGE"],
    ["/v1/jobs?requester=x", "MALFORMED"],
    ["/v1/jobs?requester=", "MALFORMED"],
    ["/v1/jobs?status=done", "MALFORMED"],
    ["/v1/jobs?status=__proto__", "MALFORMED"],
    ["/v1/jobs?after=x", "MALFORMED"],
    [`/v1/jobs?after=${"AB".repeat(32)}`, "MALFORMED"],
    ["/v1/deployments?owner=x", "MALFORMED"],
    ["/v1/deployments?after=../jobs", "MALFORMED"],
    ["/v1/names?owner=x", "MALFORMED"],
    ["/v1/names?after=%00", "MALFORMED"],
    [`/v1/names?after=${"a".repeat(64)}`, "MALFORMED"],
    ["/v1/jobs?provider=__proto__", "MALFORMED"],
    [`/v1/jobs?provider=${NOBODY}&after=x`, "MALFORMED"],
    ["/v1/providers?after=x", "MALFORMED"],
    ["/v1/state", "USAGE"],
    ["/v1/state?path=%25zz", "MALFORMED"],
    [`/v1/state?path=${"a/".repeat(20)}a`, "OUT_OF_RANGE"],
    [`/v1/state?path=${"a".repeat(300)}`, "OUT_OF_RANGE"],
  ])("%s is %s", async (path, code) => {
    expect(await codeFor(path)).toBe(code);
  });

  test.each(["jobs", "deployments", "names", "providers"])("/v1/%s lists a page of all there are", async (what) => {
    expect(await codeFor(`/v1/${what}`)).toBe(null);
  });

  test("beyond the end of a listing gives nothing, and no next", async () => {
    const last = "f".repeat(64) as Digest;
    expect(await house.client.jobs({}, last)).toEqual({ jobs: [], next: null });
    expect(await house.client.deployments({}, last)).toEqual({ deployments: [], next: null });
    expect(await house.client.names({}, "zzz")).toEqual({ names: [], next: null });
    expect(await house.client.jobs({ requester: NOBODY, status: "final" })).toEqual({ jobs: [], next: null });
  });

  test("beyond the end of the log gives no leaves", async () => {
    expect((await house.client.leaves(1_000_000n, 64)).leaves).toEqual([]);
  });
});

describe("a transaction", () => {
  const user = namedSigner("user");

  async function post(bytes: Uint8Array): Promise<string | null> {
    return codeFor("/v1/transactions", { method: "POST", body: new Uint8Array(bytes) });
  }

  /** A transfer by the house's user that is right but for what a test changes. */
  async function transfer(change: Partial<Body<"transfer">> = {}): Promise<Uint8Array> {
    const { chain } = await house.client.status();
    const body = {
      ...{ type: "transfer", version: 1, chain, from: keyId(user.publicKey), to: NOBODY, amount: amount(1n) },
      nonce: (await house.client.account(keyId(user.publicKey))).nonce,
      expires: blockTime(BigInt(Date.now() + 60_000)),
      ...change,
    } as TransactionBody;
    return signTransaction(user, body);
  }

  test("that is right is applied once and refused when it comes again", async () => {
    const bytes = await transfer();
    expect(await post(bytes)).toBeNull();
    expect(await post(bytes)).toBe("WRONG_NONCE");
  });

  test.each([
    ["of a foreign chain", { chain: ZEROS as Digest }, "WRONG_CHAIN"],
    ["that has expired", { expires: 1n as BlockTime }, "TX_EXPIRED"],
    ["that never expires", { expires: (2n ** 50n) as BlockTime }, "TX_EXPIRY_TOO_FAR"],
    ["with a nonce too high", { nonce: 1000n as Nonce }, "WRONG_NONCE"],
    ["with a nonce too low", { nonce: 0n as Nonce }, "WRONG_NONCE"],
    ["of more than there is", { amount: amount(10n ** 18n) }, "FUNDS"],
  ])("%s has its own code and changes nothing", async (_, change, code) => {
    const { height } = await house.client.status();
    expect(await post(await transfer(change))).toBe(code);
    expect((await house.client.status()).height).toBe(height);
  });

  test("with a changed byte never applies", async () => {
    const bytes = await transfer();
    const codes = new Set<string | null>();
    for (let at = 5; at < bytes.length; at += 41) {
      const changed = Uint8Array.from(bytes);
      changed[at]! ^= 1;
      codes.add(await post(changed));
    }
    expect(
      [...codes].every((code) => ["MALFORMED", "SIGNATURE_INVALID", "KEY_REFUSED", "OUT_OF_RANGE"].includes(code!)),
    ).toBe(true);
  });

  test("by a key that does not speak for the account is refused", async () => {
    const { chain } = await house.client.status();
    const body = { type: "transfer", version: 1, chain, from: keyId(user.publicKey), to: NOBODY, amount: amount(1n) };
    const more = { nonce: 0n as Nonce, expires: blockTime(BigInt(Date.now() + 60_000)) };
    const stolen = signTransaction(namedSigner("thief"), { ...body, ...more } as TransactionBody);
    expect(await post(stolen)).toMatch(/^KEY_/);
  });

  test.each([
    ["nothing", ""],
    ["text", "hello"],
    ["an empty object", "{}"],
    ["an array", "[]"],
    ["deep nesting", "[".repeat(30_000)],
    ["a prototype", '{"__proto__":{"body":1}}'],
    ["bytes that are not UTF-8", "\u0000"],
  ])("of %s is MALFORMED", async (_, text) => {
    expect(await post(utf8Encode(text))).toBe("MALFORMED");
  });

  test("on an unknown deployment, or with too little money, has its code", async () => {
    const order = {
      ...{ input: { sha256: ZEROS as Digest, size: 0 }, context: {}, limits: DEFAULT_LIMITS },
      ...{ comparator: "bits" as const, trust: { providers: 1 }, deadline: duration(600_000n) },
    };
    const submit = (deployment: Digest, ceiling: bigint) =>
      house.wallet.submit("job", { ...order, deployment, ceiling: amount(ceiling) }).catch(({ code }) => code);
    expect(await submit(ZEROS as Digest, 1000n)).toBe("DEPLOYMENT_UNKNOWN");
    expect(await submit(await house.deploy(wat(ECHO)), 10n ** 15n)).toBe("FUNDS");
  });
});

describe("a body", () => {
  /** Posts parts without saying how many there will be. */
  function chunked(path: string, parts: number, bytes: number): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const request = rawRequest(`${house.node.address}${path}`, { method: "POST" }, (answer) => {
        let text = "";
        answer.on("data", (part: Buffer) => {
          text += part;
        });
        answer.on("end", () => resolve({ status: answer.statusCode!, text }));
        answer.on("error", reject);
      });
      let sent = 0;
      const more = () => {
        while (sent++ < parts) if (!request.write(Buffer.alloc(bytes))) return void request.once("drain", more);
        request.end();
      };
      // The server may answer and hang up while we still send.
      request.on("error", reject);
      more();
    });
  }

  test("above the limit is TOO_LARGE by its length", async () => {
    const body = new Uint8Array(DOCUMENT_LIMITS.transactionBytes + 1);
    expect(await codeFor("/v1/transactions", { method: "POST", body })).toBe("TOO_LARGE");
  });

  test("above the limit is TOO_LARGE without a length, too", async () => {
    const { status, text } = await chunked("/v1/transactions", 2, DOCUMENT_LIMITS.transactionBytes);
    expect([status, JSON.parse(text)]).toMatchObject([413, { error: { code: "TOO_LARGE" } }]);
  });

  test("that claims to be too large is refused before it comes", async () => {
    const socket = connect(Number(new URL(house.node.address).port), "127.0.0.1");
    const length = HOST_LIMITS.blobBytes + 1;
    socket.write(`POST /v1/blobs HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n`);
    const first = await new Promise<string>((resolve) => socket.once("data", (part) => resolve(String(part))));
    socket.destroy();
    expect(first).toContain(" 413 ");
  });

  test("of a blob without a length is stored whole", async () => {
    const { status, text } = await chunked("/v1/blobs", 3, 70_000);
    expect([status, JSON.parse(text)]).toMatchObject([200, { size: 210_000 }]);
  });
});

describe("a blob", () => {
  test("is served under its CID and its digest, and measured without reading it", async () => {
    const ref = await house.client.putBlob(utf8Encode("a blob"));
    for (const name of [cidOf(ref.sha256), ref.sha256]) {
      const answer = await fetch(`${house.node.address}/v1/blobs/${name}`);
      expect(await answer.text()).toBe("a blob");
    }
    const head = await fetch(`${house.node.address}/v1/blobs/${ref.sha256}`, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length")]).toEqual([200, "6"]);
    expect((await fetch(`${house.node.address}/v1/blobs/${ZEROS}`, { method: "HEAD" })).status).toBe(404);
  });

  test("that the disk has changed is STORAGE_CORRUPT and none of it is served", async () => {
    const { sha256 } = await house.client.putBlob(utf8Encode("soon to be spoiled"));
    writeFileSync(join(house.home.blobs, sha256.slice(0, 2), sha256), "spoiled as foretold");
    expect(await codeFor(`/v1/blobs/${sha256}`)).toBe("STORAGE_CORRUPT");
    await house.client.putBlob(utf8Encode("soon to be spoiled"));
    expect(await codeFor(`/v1/blobs/${sha256}`)).toBeNull();
  });
});

describe("the event stream", () => {
  test("keeps no place for those who ask only for its head", async () => {
    for (let at = 0; at <= API_LIMITS.streams; at++) {
      const head = await fetch(`${house.node.address}/v1/events`, { method: "HEAD" });
      expect([head.status, head.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
    }
    const stream = await fetch(`${house.node.address}/v1/events`);
    expect(stream.status).toBe(200);
    await stream.body!.cancel();
  });
});

describe("what is not HTTP", () => {
  function talk(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(house.node.address).port), "127.0.0.1", () => socket.write(text));
      let heard = "";
      socket.on("data", (part) => {
        heard += part;
      });
      socket.on("close", () => resolve(heard));
      socket.on("error", reject);
    });
  }

  test("is hung up on, and the node serves on", async () => {
    expect(await talk("GARBAGE\r\n\r\n")).toContain(" 400 ");
    expect(await talk(`GET /v1/status HTTP/1.1\r\nhost: x\r\nx: ${"y".repeat(20_000)}\r\n\r\n`)).toContain(" 431 ");
    expect(await talk("GET /v1/status HTTP/1.1\r\nconnection: close\r\n\r\n")).toContain(" 400 ");
    expect(await codeFor("/v1/status")).toBeNull();
  });

  test("and a host that is none is answered", async () => {
    const heard = await talk("GET /v1/status HTTP/1.1\r\nhost: a b:c/d\r\nconnection: close\r\n\r\n");
    expect(heard).toMatch(/^HTTP\/1.1 (200|400) /);
    expect(await codeFor("/v1/status")).toBeNull();
  });
});
