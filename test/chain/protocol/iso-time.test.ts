// Block times for people: the same text that Date gives, for every day of four centuries and for hostile extremes.
import { expect, test } from "vitest";
import { blockTime, INT64_MAX, isoTime } from "../../../chain/protocol/index.ts";

test("the text is that of Date for every day of 1970 to 2400", () => {
  for (let day = 0; day < 157_000; day++) {
    const ms = day * 86_400_000 + ((day * 7919) % 86_400_000);
    if (isoTime(blockTime(BigInt(ms))) !== new Date(ms).toISOString()) throw new Error(`day ${day} differs`);
  }
});

test("the largest block time has a text too", () => {
  expect(isoTime(blockTime(INT64_MAX))).toBe("292278994-08-17T07:12:55.807Z");
});
