// The client against nodes that are hostile, broken, slow or gone: every call ends in a coded error, within limits.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { Digest, Height } from "../../chain/protocol/index.ts";
import { Client, followBlocks, nodeUrl, Wallet, waitForJob } from "../../host/client/index.ts";
import { CLIENT_LIMITS } from "../../host/client/limits.ts";
import { nodeCrypto } from "../../host/crypto.ts";
import { WIRE_LIMITS } from "../../host/wire.ts";
import { codeOf } from "../support/errors.ts";
import { refusedWith, Undo } from "../support/house.ts";
import { namedSigner } from "../support/keys.ts";

let undo = new Undo();
afterEach(async () => {
  await undo.run();
  undo = new Undo();
});

/** Impatient, so that tests needn't wait long: undici's own clock ticks in seconds. */
const IMPATIENT = { ...CLIENT_LIMITS, silenceMs: 300, answerMs: 300, streamSilenceMs: 300 };

function listen(server: Server, sockets: Set<Socket>): Promise<Client> {
  undo.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => {
      const client = new Client(
        `http://127.0.0.1:${(server.address() as { port: number }).port}`,
        nodeCrypto,
        IMPATIENT,
      );
      undo.push(() => client.close());
      resolve(client);
    }),
  );
}

/** A client of a server that answers as it likes. */
function against(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Client> {
  const sockets = new Set<Socket>();
  const server = createServer(answer);
  server.on("connection", (socket) => sockets.add(socket));
  return listen(server, sockets);
}

/** A client of a server that speaks something of its own. */
function againstSocket(talk: (socket: Socket) => void): Promise<Client> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    talk(socket);
  });
  return listen(server, sockets);
}

const json = (text: string, status = 200) =>
  against((_, response) => void response.writeHead(status, { "content-type": "application/json" }).end(text));

/** Sends parts until the other side hangs up. */
function pour(response: ServerResponse, part: Buffer): void {
  const more = () => {
    while (!response.destroyed && response.write(part)) {}
  };
  response.on("drain", more);
  more();
}

const DIGEST = "ab".repeat(32) as Digest;

describe("an answer that is", () => {
  test.each([
    ["empty", ""],
    ["not JSON", "<html>"],
    ["JSON of another kind", "[]"],
    ["an object without what belongs in it", "{}"],
    ["a prototype", '{"__proto__":{"chain":"x"}}'],
    ["nested without end", "[".repeat(100_000)],
    ["bytes that are not UTF-8", "\u0000\ud800"],
  ])("%s is MALFORMED", async (_, text) => {
    expect(await refusedWith((await json(text)).status())).toBe("MALFORMED");
  });

  test("right but for one member more is MALFORMED", async () => {
    const account = {
      balance: "0",
      faucet: false,
      key: "did:key:z6MkvFXn7kPnzkyTqsrSuZGMmueWCZmcaUr6WP18U7B7Gdp1",
      nonce: "0",
    };
    const id = account.key as Parameters<Client["account"]>[0];
    expect((await (await json(JSON.stringify(account))).account(id)).balance).toBe(0n);
    expect(await refusedWith((await json(JSON.stringify({ ...account, more: 1 }))).account(id))).toBe("MALFORMED");
  });

  test("endless is TOO_LARGE", async () => {
    const client = await against((_, response) => pour(response, Buffer.alloc(65_536, 0x20)));
    expect(await refusedWith(client.status())).toBe("TOO_LARGE");
  });

  test("dripping without end is TIMEOUT", async () => {
    const client = await against((_, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write(" "), 50);
      response.on("close", () => clearInterval(timer));
    });
    expect(await refusedWith(client.status())).toBe("TIMEOUT");
  });

  test("a redirect is not followed", async () => {
    const asked: (string | undefined)[] = [];
    const client = await against((request, response) => {
      asked.push(request.url);
      response.writeHead(302, { location: "/elsewhere" }).end();
    });
    expect(await refusedWith(client.status())).toBe("UNREACHABLE");
    expect(asked).toEqual(["/v1/status"]);
  });

  test.each([
    [404, "", "NOT_FOUND"],
    [500, "<html>", "UNREACHABLE"],
    [204, "", "UNREACHABLE"],
    [503, '{"error":{"code":"BUSY","data":{},"message":"try again later"}}', "BUSY"],
    [400, '{"error":{"code":"NO_SUCH_CODE","data":{},"message":"x"}}', "UNREACHABLE"],
    [400, '{"error":{"code":"__proto__","data":{},"message":"x"}}', "UNREACHABLE"],
    [400, '{"error":{"code":"BUSY","data":{"a":{"b":1}},"message":"x"}}', "UNREACHABLE"],
  ])("HTTP status %i with %j is %s", async (status, text, code) => {
    expect(await refusedWith((await json(text, status)).status())).toBe(code);
  });
});

describe("a node that", () => {
  test("is not there is UNREACHABLE, and a wallet says so at once", async () => {
    const client = new Client("http://127.0.0.1:9", nodeCrypto, IMPATIENT);
    undo.push(() => client.close());
    expect(await refusedWith(client.status())).toBe("UNREACHABLE");
    const wallet = new Wallet(client, namedSigner("user"), nodeCrypto);
    expect(await refusedWith(wallet.submit("faucet", {}))).toBe("UNREACHABLE");
    expect(await refusedWith(waitForJob(client, DIGEST, { timeoutMs: 60_000, until: ["final"] }))).toBe("UNREACHABLE");
  });

  test("hangs up is UNREACHABLE", async () => {
    expect(await refusedWith((await againstSocket((socket) => socket.end())).status())).toBe("UNREACHABLE");
  });

  test("never answers is TIMEOUT", async () => {
    expect(await refusedWith((await againstSocket(() => undefined)).status())).toBe("TIMEOUT");
  });

  test("sends headers without end is UNREACHABLE", async () => {
    const client = await againstSocket((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n");
      for (let at = 0; at < 1000; at++) socket.write(`x-${at}: ${"y".repeat(100)}\r\n`);
    });
    expect(await refusedWith(client.status())).toBe("UNREACHABLE");
  });

  test("speaks something else is UNREACHABLE", async () => {
    const client = await againstSocket((socket) => void socket.write("SSH-2.0-OpenSSH_9.6\r\n"));
    expect(await refusedWith(client.status())).toBe("UNREACHABLE");
  });
});

describe("a blob that is", () => {
  const ref = { sha256: DIGEST, size: 1000 };

  test.each([
    ["other bytes", 1000, "DIGEST_MISMATCH"],
    ["too short", 999, "DIGEST_MISMATCH"],
    ["too long", 1001, "TOO_LARGE"],
  ])("%s is refused", async (_, size, code) => {
    const client = await against((_request, response) => void response.end(Buffer.alloc(size)));
    expect(await refusedWith(client.blob(ref))).toBe(code);
  });

  test("larger than any blob is not even asked for", async () => {
    let asked = 0;
    const client = await against((_, response) => {
      asked++;
      pour(response, Buffer.alloc(65_536));
    });
    expect(await refusedWith(client.blob({ ...ref, size: WIRE_LIMITS.blobBytes + 1 }))).toBe("TOO_LARGE");
    expect(asked).toBe(0);
  });

  test("named otherwise by the node than by us is DIGEST_MISMATCH", async () => {
    const client = await json(`{"cid":"x","sha256":"${DIGEST}","size":3}`);
    expect(await refusedWith(client.putBlob(new Uint8Array([1, 2, 3])))).toBe("DIGEST_MISMATCH");
  });
});

describe("an event stream", () => {
  const follow = async (client: Client, most = Number.POSITIVE_INFINITY) => {
    const heights: Height[] = [];
    const ending = new AbortController();
    for await (const { height } of followBlocks(client.connection, 0n as Height, ending.signal)) {
      heights.push(height);
      if (heights.length === most) ending.abort();
    }
    return heights;
  };
  const event = (height: number) => `data: {"events":[],"gap":false,"height":"${height}","time":"1"}\n\n`;

  test("with a line without end is TOO_LARGE", async () => {
    const client = await against((_, response) => pour(response, Buffer.alloc(65_536, 0x78)));
    expect(await refusedWith(follow(client))).toBe("TOO_LARGE");
  });

  test.each(["data: \n\n", "data: {}\n\n", 'data: {"height":"-1"}\n\n', "data: [[[\n\n"])(
    "with the event %j is MALFORMED",
    async (text) => {
      const client = await against((_, response) => void response.end(text));
      expect(await refusedWith(follow(client))).toBe("MALFORMED");
    },
  );

  test("that breaks is opened again from where it was", async () => {
    const asked: (string | undefined)[] = [];
    const client = await against((request, response) => {
      asked.push(request.url);
      response.write(`: hello\n\n${event(asked.length)}`, () => response.destroy());
    });
    expect(await follow(client, 3)).toEqual([1n, 2n, 3n]);
    expect(asked).toEqual(["/v1/events?after=0", "/v1/events?after=1", "/v1/events?after=2"]);
  });

  test("in small parts is put together", async () => {
    const client = await against(async (_, response) => {
      for (const byte of `${event(1)}:\r\n${event(2)}`) await new Promise((done) => response.write(byte, done));
    });
    expect(await follow(client, 2)).toEqual([1n, 2n]);
  });

  test("that falls silent is opened again", async () => {
    let opened = 0;
    const client = await against((_, response) => {
      opened++;
      if (opened > 1) response.write(event(1));
      else response.flushHeaders();
    });
    expect(await follow(client, 1)).toEqual([1n]);
  });

  test("ends by its signal without an error", async () => {
    const client = await against((_, response) => response.flushHeaders());
    const ending = new AbortController();
    setTimeout(() => ending.abort(), 50);
    for await (const _ of followBlocks(client.connection, 0n as Height, ending.signal)) expect.unreachable();
  });
});

describe("an address", () => {
  test.each([
    ...["", "x", "127.0.0.1:7300", "ftp://x", "file:///etc/passwd", "http://x/path", "http://x/?q", "http://x/#f"],
    ...["http://user@x", "http://:pass@x", "javascript:alert(1)", "http://x y"],
  ])("%j is none", (text) => {
    expect(codeOf(() => nodeUrl(text))).toBe("USAGE");
  });

  test.each(["http://127.0.0.1:7300", "https://node.example", "http://[::1]:7300/"])("%j is one", (text) => {
    expect(nodeUrl(text).pathname).toBe("/");
  });
});
