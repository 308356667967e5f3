// Images on the command line, without an engine: what `build` finds, what `deploy` leaves on the ledger, what is refused.
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Digest } from "../../chain/protocol/index.ts";
import { Client } from "../../host/client/index.ts";
import { nodeCrypto } from "../../host/crypto.ts";
import { archiveOf, writeImage, writeTar } from "../../sre/container/index.ts";
import { type Around, json, lockstep, refusal, scratchFolder, startNode } from "../support/command-line.ts";

const folder = scratchFolder();
const home = join(folder, "home");
const archive = join(folder, "image.tar");
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex") as Digest;
const LAYER = writeTar([{ path: "hello", bytes: new TextEncoder().encode("hello"), executable: true }]);
const CONFIG = writeImage({
  architecture: "amd64",
  command: ["/hello", "a b"],
  env: [],
  layers: [sha256(LAYER)],
  abi: "files/1",
});
let around: Around;

beforeAll(async () => {
  writeFileSync(archive, archiveOf(sha256(CONFIG), CONFIG, new Map([[sha256(LAYER), LAYER]])));
  const [url] = await startNode(home, []);
  around = { home, url };
});

describe("an image's archive", () => {
  test("is shown by build", async () => {
    const { status, stdout } = await lockstep(["build", archive], around);
    expect(status).toBe(0);
    const lines = stdout.toString();
    expect(lines).toContain(`image     sha256:${sha256(CONFIG)} for linux/amd64, runs /hello 'a b'\n`);
    expect(lines).toContain(`layers    sha256:${sha256(LAYER)}\n`);
    expect(lines).toMatch(/^abi {7}files\/1$/m);
  });

  test("is deployed with its layers, under an ABI that a person may overrule, the same id every time", async () => {
    const deploy = ["deploy", archive, "--name", "hello", "--abi", "stdio/1", "--json"];
    const told = json(await lockstep(deploy, around));
    expect(told).toMatchObject({ language: "image", abi: "stdio/1", entry: "main", layers: [sha256(LAYER)] });
    expect(json(await lockstep(deploy, around))).toMatchObject({ deployment: told["deployment"], existed: true });
    const client = new Client(around.url!, nodeCrypto);
    const { deployment } = (await client.deployment(told["deployment"] as Digest)).record;
    expect(deployment).toMatchObject({ sre: "container", module: { sha256: sha256(CONFIG) } });
    expect(await client.blob(deployment.parts![0]!)).toEqual(LAYER);
    await client.close();
  });
});

describe("what names no function", () => {
  test.each([
    ["both a path and an image", [archive, "--image", "x@sha256:00"], [2, "USAGE"], "name one function"],
    ["neither", [], [2, "USAGE"], "name one function"],
    ["an image that is no reference", ["--image", "../x"], [2, "USAGE"], "names no image"],
    [
      "an image where no engine is",
      ["--image", "x", "--docker", "/nowhere.sock"],
      [3, "UNREACHABLE"],
      "there is no engine at",
    ],
  ])("%s is refused", async (_, args, codes, why) => {
    const { code, message, status } = await refusal(["deploy", ...args], around);
    expect([status, code]).toEqual(codes);
    expect(message).toContain(why);
  });
});
