// The bounded memory forgets what was used longest ago, and never holds more than its limit.
import { expect, test } from "vitest";
import { Lru } from "../../../chain/protocol/index.ts";

test("forgets what was used longest ago", () => {
  const lru = new Lru<string, number>(2);
  lru.set("a", 1);
  lru.set("b", 2);
  // Reading makes young: b is now the older one.
  expect(lru.get("a")).toBe(1);
  lru.set("c", 3);
  expect([lru.get("a"), lru.get("b"), lru.get("c")]).toEqual([1, undefined, 3]);
});

test("writing makes young, and replaces", () => {
  const lru = new Lru<string, number>(2);
  lru.set("a", 1);
  lru.set("b", 2);
  lru.set("a", 10);
  lru.set("c", 3);
  expect([lru.get("a"), lru.get("b"), lru.get("c"), lru.size]).toEqual([10, undefined, 3, 2]);
});

test("never holds more than its limit", () => {
  const lru = new Lru<number, number>(100);
  for (let at = 0; at < 10_000; at++) lru.set(at, at);
  expect(lru.size).toBe(100);
  expect([lru.get(9_899), lru.get(9_900)]).toEqual([undefined, 9_900]);
});
