// Private keys on disk: PKCS8 PEM files that OpenSSL reads too, never readable by anyone but their owner.
import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { type KeyId, keyId, LockstepError, type Signer, utf8Decode, utf8Encode } from "../../chain/protocol/index.ts";
import { nodeSigner } from "../crypto.ts";
import { shellWord } from "../shell-word.ts";
import { diskError, readBounded, writeWhole } from "./files.ts";
import type { Home } from "./home.ts";
import { HOST_LIMITS } from "./limits.ts";

/** The name under which the orderer's key lies. */
export const ORDERER_KEY = "node";

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Where the key of a name lies; USAGE for a name that is not lowercase letters, digits and dashes. */
export function keyPath(home: Home, name: string): string {
  if (!NAME.test(name)) {
    throw new LockstepError(
      "USAGE",
      `"${name.slice(0, 80)}" is not a key name: use lowercase letters, digits and dashes`,
    );
  }
  return join(home.keys, `${name}.pem`);
}

/** Makes a new key under a name; USAGE when the name is taken. */
export function createKey(home: Home, name: string): Signer {
  const path = keyPath(home, name);
  home.ensure(home.keys);
  const { privateKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ format: "pem", type: "pkcs8" }) as string;
  writeWhole(path, utf8Encode(pem), 0o600, { existing: "refuse" });
  return nodeSigner(privateKey);
}

function refuseLoose(path: string, what: string, tight: string): void {
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o077) !== 0) {
    throw new LockstepError(
      "KEY_PERMISSIONS",
      `${what} ${path} is open to others (mode ${mode.toString(8)}); run: chmod ${tight} ${shellWord(path)}`,
      { path, mode: mode.toString(8) },
    );
  }
}

function parsePem(path: string, bytes: Uint8Array): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(utf8Decode(bytes));
  } catch {
    throw new LockstepError("MALFORMED", `${path} is not an unencrypted PEM private key`);
  }
  if (key.asymmetricKeyType !== "ed25519") {
    throw new LockstepError(
      "MALFORMED",
      `${path} holds a key of type ${key.asymmetricKeyType}, an Ed25519 key is needed`,
    );
  }
  return key;
}

/** Reads a key file; NOT_FOUND, KEY_PERMISSIONS when others may open the file or its folder, MALFORMED. */
export function readKey(path: string): Signer {
  try {
    refuseLoose(path, "key file", "600");
    refuseLoose(dirname(path), "the key folder", "700");
    return nodeSigner(parsePem(path, readBounded(path, HOST_LIMITS.smallFileBytes)));
  } catch (error) {
    throw diskError(error, path);
  }
}

/** The key of a name, which must be there: NOT_FOUND says how to make it; else as `readKey`. */
export function namedKey(home: Home, name: string): Signer {
  const path = keyPath(home, name);
  try {
    return readKey(path);
  } catch (error) {
    if (!(error instanceof LockstepError) || error.code !== "NOT_FOUND") throw error;
    throw new LockstepError("NOT_FOUND", `there is no key "${name}" (${path}); make it with: lockstep key new ${name}`);
  }
}

/** The key of a name, made when it is not there yet; `created` says which. */
export function openKey(home: Home, name: string): { signer: Signer; created: boolean } {
  const path = keyPath(home, name);
  try {
    return { signer: readKey(path), created: false };
  } catch (error) {
    if (!(error instanceof LockstepError) || error.code !== "NOT_FOUND") throw error;
    return { signer: createKey(home, name), created: true };
  }
}

/** The names of all keys and their ids, sorted by name; a key that can't be read fails the whole list. */
export function listKeys(home: Home): { name: string; id: KeyId; path: string }[] {
  let files: string[];
  try {
    files = readdirSync(home.keys);
  } catch (error) {
    const told = diskError(error, home.keys);
    if (told.code === "NOT_FOUND") return [];
    throw told;
  }
  return files
    .filter((file) => file.endsWith(".pem"))
    .sort()
    .map((file) => {
      const path = join(home.keys, file);
      return { name: file.slice(0, -".pem".length), id: keyId(readKey(path).publicKey), path };
    });
}
