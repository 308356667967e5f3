// The profiles' names: digests of everything that can change a result (SPEC rules P1, P2).
import { describe, expect, test } from "vitest";
import { canonicalize, type Json } from "../../chain/protocol/index.ts";
import { DEVELOPMENT_PARAMETERS } from "../../chain/state/index.ts";
import { findProfile, inspect, PROFILE, PROFILES, profileFor, SLOWEST_FUEL_PER_MS } from "../../sre/wasm/index.ts";
import { describeProfile } from "../../sre/wasm/profile.ts";
import { guest } from "./support/guests.ts";
import { hex, sha256, utf8 } from "./support/tasks.ts";
import { wat } from "./support/wat.ts";

describe("ids", () => {
  test.each(PROFILES)("$label is named by its digest (P1)", ({ id, features }) => {
    // Red after a change of a cost, limit or rule? That makes new profiles: pin the new ids in sre/wasm/profile.ts.
    const text = canonicalize(describeProfile(features) as unknown as Json);
    const bytes = typeof text === "string" ? utf8(text) : text;
    expect(id).toBe(`wasm-1-${hex(sha256(bytes)).slice(0, 32)}`);
  });

  test("are eight, the base first", () => {
    expect(PROFILES.map(({ label }) => label)).toEqual([
      "wasm-1",
      "wasm-1+memory64",
      "wasm-1+multi-memory",
      "wasm-1+exceptions",
      "wasm-1+memory64+multi-memory",
      "wasm-1+memory64+exceptions",
      "wasm-1+multi-memory+exceptions",
      "wasm-1+memory64+multi-memory+exceptions",
    ]);
    expect(new Set(PROFILES.map(({ id }) => id)).size).toBe(8);
    expect([findProfile(PROFILE), findProfile("draft-1")]).toEqual([PROFILES[0], undefined]);
  });
});

test("the least profile takes what a module uses, and names the engines that can run it again", () => {
  expect(profileFor([]).label).toBe("wasm-1");
  expect(profileFor(["exceptions", "memory64"]).label).toBe("wasm-1+memory64+exceptions");
  expect(profileFor([]).engines).toEqual(["v8", "spidermonkey", "javascriptcore"]);
  expect(profileFor(["memory64"]).engines).not.toContain("javascriptcore");
});

test("development chains count with the speed that the profiles are calibrated for, and have time for every run", () => {
  const { acceptWindow, largestLimits, longestDeadline, resultGrace, slowestFuelPerMs } = DEVELOPMENT_PARAMETERS;
  // The ledger knows no profile, so the number stands twice.
  expect(slowestFuelPerMs).toBe(SLOWEST_FUEL_PER_MS);
  expect(acceptWindow + largestLimits.fuel / slowestFuelPerMs + resultGrace).toBeLessThan(longestDeadline);
});

test("inspection names the least profile (P2)", () => {
  expect(inspect(wat(guest("(i64.const 0)"))).profile).toBe(PROFILE);
  expect(inspect(wat(guest("(i64.const 0)", "(tag $e)"))).profile).toBe(profileFor(["exceptions"]).id);
});
