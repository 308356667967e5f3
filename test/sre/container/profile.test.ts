// Rule D9: the profile's name is the digest of the policy.
import { hash } from "node:crypto";
import { expect, test } from "vitest";
import { canonicalize, type Json } from "../../../chain/protocol/index.ts";
import { CONTAINER_PROFILE } from "../../../sre/container/index.ts";
import { describePolicy } from "../../../sre/container/policy.ts";

test("the id names the policy", () => {
  // Red after a change of a wall or a number? That makes a new profile: pin the new id in sre/container/profile.ts.
  const bytes = canonicalize(describePolicy() as unknown as Json);
  expect(CONTAINER_PROFILE).toBe(`container-1-${hash("sha256", bytes, "hex").slice(0, 32)}`);
});
