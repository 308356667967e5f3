// The numbering of the log's subtrees, held against a log that really grows.
import { expect, test } from "vitest";
import { Frontier, leafHash } from "../../../chain/protocol/index.ts";
import { frontierBytes, peaks, subtreeCount, subtreePosition } from "../../../chain/store/positions.ts";
import { nodeCrypto } from "../../../host/crypto.ts";

test("every subtree has the place at which a growing log completes it", () => {
  const frontier = new Frontier(nodeCrypto);
  const hashes: Uint8Array[] = [];
  for (let size = 0; size <= 300; size++) {
    expect(subtreeCount(size)).toBe(hashes.length);
    const edge = peaks(size).map(({ level, index }) => hashes[subtreePosition(level, index)]!);
    expect(frontierBytes(size, edge)).toEqual(frontier.serialize());
    frontier.append(leafHash(nodeCrypto, Uint8Array.of(size & 255)), (level, index, hash) => {
      expect(subtreePosition(level, index)).toBe(hashes.length);
      hashes.push(hash);
    });
  }
});

test("places stay exact where 32 bits end", () => {
  expect(subtreePosition(0, 2 ** 32)).toBe(2 ** 33 - 1);
  expect(subtreePosition(32, 0)).toBe(2 ** 33 - 2);
  expect(subtreeCount(2 ** 52 + 1)).toBe(2 ** 53);
});
