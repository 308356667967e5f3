// The queue's bounds in bytes, which transactions of the usual size never reach.
import { expect, test } from "vitest";
import { SEQUENCER_LIMITS } from "../../../chain/consensus/index.ts";
import { Queue, type Waiting } from "../../../chain/consensus/queue.ts";
import { codeOf } from "../../support/errors.ts";

const { blockBytes, queuedBytes } = SEQUENCER_LIMITS;

/** Something of a size that waits; the queue looks at nothing else. */
const waiting = (bytes: number): Waiting => ({
  transaction: { bytes: new Uint8Array(bytes) } as unknown as Waiting["transaction"],
  resolve: () => undefined,
  reject: () => undefined,
});

test("a block takes no more bytes than its limit, the rest stays in order", () => {
  const queue = new Queue();
  const half = blockBytes / 2;
  const all = [half, half, 1, 2].map(waiting);
  for (const one of all) queue.push(one);
  expect(queue.take()).toEqual(all.slice(0, 2));
  expect(queue.take()).toEqual(all.slice(2));
  expect(queue.take()).toEqual([]);
});

test("waiting bytes are bounded, and taking them makes room again", () => {
  const queue = new Queue();
  for (let bytes = 0; bytes < queuedBytes; bytes += blockBytes) queue.push(waiting(blockBytes));
  expect(codeOf(() => queue.checkRoom(1))).toBe("BUSY");
  queue.take();
  expect(codeOf(() => queue.checkRoom(blockBytes))).toBeNull();
  expect(codeOf(() => queue.checkRoom(blockBytes + 1))).toBe("BUSY");
});
