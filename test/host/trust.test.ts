// The trust file of a data directory: what is added is there once, what can't be used is refused before it is written.
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { type KeyId, keyId } from "../../chain/protocol/index.ts";
import { nodeCrypto } from "../../host/crypto.ts";
import { addTrust, ownTrust, readTrust } from "../../host/node/index.ts";
import { codeOf } from "../support/errors.ts";
import { someHome, Undo } from "../support/house.ts";
import { namedSigner } from "../support/keys.ts";

const undo = new Undo();
afterAll(() => undo.run());

const entry = (name: string) => ({ role: "provider", key: keyId(namedSigner(name).publicKey) }) as const;

test("a directory without a trust file trusts nobody", () => {
  const home = someHome(undo);
  expect(ownTrust(home)).toEqual([]);
  expect(codeOf(() => readTrust(home.trust))).toBe("NOT_FOUND");
});

test("keys are added in order, each once for a role", () => {
  const home = someHome(undo);
  addTrust(home, nodeCrypto, entry("one"));
  addTrust(home, nodeCrypto, entry("two"));
  addTrust(home, nodeCrypto, { ...entry("one"), note: "again" });
  expect(ownTrust(home)).toMatchObject([entry("one"), entry("two")]);
  expect(statSync(home.trust).mode & 0o077).toBe(0);
});

test("a key that can't be used is refused and the file stays as it was", () => {
  const home = someHome(undo);
  expect(codeOf(() => addTrust(home, nodeCrypto, { role: "log", key: "not a verifier key" }))).not.toBeNull();
  expect(existsSync(home.trust)).toBe(false);
  addTrust(home, nodeCrypto, entry("one"));
  const before = readFileSync(home.trust);
  expect(codeOf(() => addTrust(home, nodeCrypto, { role: "provider", key: "did:key:z6Mk" as KeyId }))).not.toBeNull();
  expect(readFileSync(home.trust)).toEqual(before);
});

test.each(["", "[]", "{}", '{"keys":[{"role":"king","key":"x"}]}', '{"keys":[],"more":1}', "\u00ff{"])(
  "the file %j is MALFORMED and never overwritten",
  (text) => {
    const home = someHome(undo);
    home.ensure(home.root);
    writeFileSync(home.trust, text, "latin1");
    expect(codeOf(() => ownTrust(home))).toBe("MALFORMED");
    expect(codeOf(() => addTrust(home, nodeCrypto, entry("one")))).toBe("MALFORMED");
    expect(readFileSync(home.trust, "latin1")).toBe(text);
  },
);
