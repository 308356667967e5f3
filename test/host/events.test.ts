// The event feed by itself, over an orderer that says what the test wants: bounds, replays, slow and vanished readers.
import { describe, expect, test } from "vitest";
import type { BlockListener } from "../../chain/consensus/index.ts";
import { type Digest, keyId } from "../../chain/protocol/index.ts";
import type { Candidate } from "../../chain/state/index.ts";
import { EventFeed } from "../../host/api/event-route.ts";
import type { Backend } from "../../host/api/index.ts";
import { API_LIMITS } from "../../host/api/limits.ts";
import { codeOf } from "../support/errors.ts";
import { namedSigner } from "../support/keys.ts";

const provider = keyId(namedSigner("provider").publicKey);
const job = "ab".repeat(32) as Digest;

/** A feed, and how its orderer cuts a block in which something happens to some jobs. */
function openFeed(height = 0n) {
  const head = { height, time: 1n };
  let listener: BlockListener = () => undefined;
  const onBlock = (told: BlockListener) => {
    listener = told;
    return () => undefined;
  };
  const feed = new EventFeed({ orderer: { head, onBlock } } as unknown as Backend);
  const cut = (jobs = 1) => {
    head.height++;
    const events = Array.from({ length: jobs }, () => ({ type: "assigned", job, attempt: 1, provider }));
    listener({ head: { ...head }, events } as unknown as Candidate);
  };
  return { feed, cut };
}

/** What a stream holds by now, as the events' heights; a gap is negative. */
async function heard(stream: ReadableStream<Uint8Array>, lines: number): Promise<number[]> {
  const reader = stream.getReader();
  const heights: number[] = [];
  while (heights.length < lines) {
    const { value, done } = await reader.read();
    if (done) break;
    const text = Buffer.from(value).toString();
    if (!text.startsWith("data: ")) continue;
    const { height, gap } = JSON.parse(text.slice(6)) as { height: string; gap: boolean };
    heights.push(gap ? -Number(height) : Number(height));
  }
  await reader.cancel();
  return heights;
}

describe("a subscriber", () => {
  test("is told what it missed and then what comes", async () => {
    const { feed, cut } = openFeed();
    for (let at = 0; at < 5; at++) cut();
    const stream = feed.open(3n);
    cut();
    expect(await heard(stream, 3)).toEqual([4, 5, 6]);
  });

  test("from before the node's start is told of the gap", async () => {
    const { feed, cut } = openFeed(100n);
    cut();
    expect(await heard(feed.open(99n), 1)).toEqual([-101]);
    expect(await heard(feed.open(100n), 1)).toEqual([101]);
  });

  test("from before what is kept is told of the gap, by count and by size", async () => {
    const { feed, cut } = openFeed();
    for (let at = 0; at < API_LIMITS.recentBlocks + 10; at++) cut();
    expect((await heard(feed.open(0n), 1))[0]).toBeLessThan(0);
    const large = openFeed();
    for (let at = 0; at < 20; at++) large.cut(500);
    expect(await heard(large.feed.open(0n), 1)).toEqual([-20]);
    expect((await heard(large.feed.open(18n), 2))[0]).toBe(19);
  });

  test("is told of a block with too many events as of a gap", async () => {
    const { feed, cut } = openFeed();
    const stream = feed.open(0n);
    cut(5000);
    cut();
    expect(await heard(stream, 2)).toEqual([-1, 2]);
  });

  test("that does not read is cut off, and the others are not", async () => {
    const { feed, cut } = openFeed();
    const slow = feed.open(0n).getReader();
    for (let at = 0; at < 40; at++) cut(200);
    await expect(slow.closed).rejects.toMatchObject({ code: "BUSY" });
    expect(await heard(feed.open(39n), 1)).toEqual([40]);
  });

  test("is let in up to a limit, and again once another has left", async () => {
    const { feed } = openFeed();
    const streams = Array.from({ length: API_LIMITS.streams }, () => feed.open(0n));
    expect(codeOf(() => feed.open(0n))).toBe("BUSY");
    await streams[0]!.cancel();
    feed.open(0n);
    feed.close();
    expect(codeOf(() => feed.open(0n))).toBeNull();
    feed.close();
  });

  test("hears the end when the node stops", async () => {
    const { feed } = openFeed();
    const stream = feed.open(0n);
    feed.close();
    expect(await heard(stream, 1)).toEqual([]);
  });
});
