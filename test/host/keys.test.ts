// Keys on disk: nobody but their owner may be able to read them, and what is not such a key is refused by code.
import { execFileSync, spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { keyId, utf8Encode } from "../../chain/protocol/index.ts";
import { nodeCrypto, nodeSigner, publicKeyPem } from "../../host/crypto.ts";
import { createKey, keyPath, listKeys, openKey, readKey } from "../../host/node/index.ts";
import { codeOf, refusalOf } from "../support/errors.ts";
import { someHome, Undo } from "../support/house.ts";

const undo = new Undo();
afterAll(() => undo.run());
const home = () => someHome(undo);

describe("a new key", () => {
  test("lies in a file and a folder that only its owner can open", () => {
    const at = home();
    createKey(at, "user");
    expect(statSync(keyPath(at, "user")).mode & 0o777).toBe(0o600);
    expect(statSync(at.keys).mode & 0o777).toBe(0o700);
  });

  test("signs what its public key verifies, now and after reading it again", () => {
    const at = home();
    const signer = createKey(at, "user");
    const again = readKey(keyPath(at, "user"));
    expect(again.publicKey).toEqual(signer.publicKey);
    const message = utf8Encode("message");
    expect(nodeCrypto.verify(signer.publicKey, message, again.sign(message))).toBe(true);
  });

  test("never replaces one that is there", () => {
    const at = home();
    createKey(at, "user");
    const before = readFileSync(keyPath(at, "user"));
    expect(codeOf(() => createKey(at, "user"))).toBe("USAGE");
    expect(readFileSync(keyPath(at, "user"))).toEqual(before);
  });

  test("is made once by whoever opens it first", () => {
    const at = home();
    const first = openKey(at, "user");
    const second = openKey(at, "user");
    expect([first.created, second.created]).toEqual([true, false]);
    expect(second.signer.publicKey).toEqual(first.signer.publicKey);
  });

  const openssl = spawnSync("openssl", ["version"], { stdio: "ignore" }).status === 0;
  test.skipIf(!openssl)("is one that OpenSSL reads", () => {
    const at = home();
    const { publicKey } = createKey(at, "user");
    const pem = execFileSync("openssl", ["pkey", "-in", keyPath(at, "user"), "-pubout"], { encoding: "utf8" });
    expect(pem).toBe(publicKeyPem(publicKey));
  });
});

describe("a key that others may open", () => {
  test.each([0o644, 0o640, 0o604, 0o620, 0o601])("is KEY_PERMISSIONS with mode %o, saying how to close it", (mode) => {
    const at = home();
    createKey(at, "user");
    const path = keyPath(at, "user");
    chmodSync(path, mode);
    const refusal = refusalOf(() => readKey(path));
    expect(refusal?.code).toBe("KEY_PERMISSIONS");
    expect(refusal?.message).toContain(`chmod 600 ${path}`);
    expect(codeOf(() => openKey(at, "user"))).toBe("KEY_PERMISSIONS");
  });

  test("is KEY_PERMISSIONS when its folder is open", () => {
    const at = home();
    createKey(at, "user");
    chmodSync(at.keys, 0o755);
    expect(codeOf(() => readKey(keyPath(at, "user")))).toBe("KEY_PERMISSIONS");
  });
});

describe("what is not such a key", () => {
  test.each(["", "A", "../node", "a/b", "a.b", "-a", "ä", "a".repeat(64), "con\u0000"])("the name %j", (name) => {
    expect(codeOf(() => keyPath(home(), name))).toBe("USAGE");
  });

  const other = generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
  const locked = generateKeyPairSync("ed25519").privateKey.export({
    ...{ format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase: "secret" },
  } as const);
  test.each([
    ["text", "hello", "MALFORMED"],
    ["nothing", "", "MALFORMED"],
    ["bytes that are not UTF-8", Buffer.from([0xff, 0xfe]), "MALFORMED"],
    ["a key of another kind", other.export({ format: "pem", type: "pkcs8" }), "MALFORMED"],
    ["an encrypted key", locked, "MALFORMED"],
    ["a file that is too large", Buffer.alloc(100_000), "TOO_LARGE"],
  ])("a file with %s", (_, content, code) => {
    const at = home();
    at.ensure(at.keys);
    const path = keyPath(at, "user");
    writeFileSync(path, content, { mode: 0o600 });
    expect(codeOf(() => readKey(path))).toBe(code);
  });

  test("a signer of another kind", () => {
    expect(codeOf(() => nodeSigner(other))).toBe("KEY_REFUSED");
  });
});

describe("the list of keys", () => {
  test("is empty without a folder, sorted otherwise, and leaves other files out", () => {
    const at = home();
    expect(listKeys(at)).toEqual([]);
    const [b, a] = [createKey(at, "b"), createKey(at, "a")];
    writeFileSync(join(at.keys, "notes.txt"), "");
    expect(listKeys(at).map(({ name, id }) => [name, id])).toEqual([
      ["a", keyId(a.publicKey)],
      ["b", keyId(b.publicKey)],
    ]);
  });
});
