// A node that lies: every answer comes from a real one, and a proxy between changes what it is told to. What is named
// by content keeps its name, so the client notices.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Digest, utf8Encode } from "../../chain/protocol/index.ts";
import type { Client } from "../../host/client/index.ts";
import { ECHO, guest } from "../sre/support/guests.ts";
import { wat } from "../sre/support/wat.ts";
import { type House, openHouse, refusedWith } from "../support/house.ts";

let house: House;
/** A client of the proxy, without anything remembered. */
let stranger: () => Client;
/** What the proxy does to the path that is asked and to the text that is answered. */
let lie: { path?: (path: string) => string; text?: (text: string) => string } = {};
let honest: Digest;
let other: Digest;

beforeAll(async () => {
  house = await openHouse();
  const proxy = createServer(async (request, response) => {
    const path = lie.path?.(request.url!) ?? request.url!;
    const answer = await fetch(`${house.node.address}${path}`);
    const text = await answer.text();
    response.writeHead(answer.status, { "content-type": "application/json" }).end(lie.text?.(text) ?? text);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  house.undo.push(() => proxy.close());
  stranger = () => house.clientOf(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  honest = await house.deploy(wat(ECHO));
  other = await house.deploy(wat(guest("unreachable")));
});
afterAll(() => house.undo.run());

const instead = (id: Digest, by: Digest) => ({ path: (path: string) => path.replace(id, by) });
const renamed = (id: Digest, by: Digest) => ({
  ...instead(id, by),
  text: (text: string) => text.replace(`"id":"${by}"`, `"id":"${id}"`),
});

describe("a node that answers with", () => {
  test.each([
    ["another deployment", () => instead(honest, other)],
    ["another deployment under the right id", () => renamed(honest, other)],
    [
      "a deployment with another price",
      () => ({ text: (text: string) => text.replace('"price":"0"', '"price":"1000000"') }),
    ],
  ])("%s is noticed", async (_what, made) => {
    lie = made();
    expect(await refusedWith(stranger().deployment(honest))).toBe("DIGEST_MISMATCH");
    lie = {};
    expect((await stranger().deployment(honest)).id).toBe(honest);
  });

  test("an error of many lines is told in one", async () => {
    const more = '"message":"no\\nACCEPT\\u001b[8m';
    lie = { text: (text) => text.replace('"message":"', more) };
    const refused = await stranger()
      .deployment("0".repeat(64) as Digest)
      .catch((error: Error) => error);
    expect((refused as Error).message).toMatch(/^no ACCEPT \[8m[^\p{Cc}]+$/u);
    lie = {};
  });

  test("another job, or another order of the job, is noticed", async () => {
    const [asked, another] = [await house.order(honest, utf8Encode("a")), await house.order(other, utf8Encode("b"))];
    for (const made of [instead(asked, another), renamed(asked, another)]) {
      lie = made;
      expect(await refusedWith(stranger().job(asked))).toBe("DIGEST_MISMATCH");
    }
    lie = {};
    expect((await stranger().job(asked)).id).toBe(asked);
  });
});
