// Rules D1, D2 and D10: what an image is by its configuration, and the archive by which an engine takes it.
import { hash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Digest } from "../../../chain/protocol/index.ts";
import { archiveOf, readImage, readTar, writeImage } from "../../../sre/container/index.ts";
import { codeOf } from "../../support/errors.ts";

const sha256 = (bytes: Uint8Array) => hash("sha256", bytes, "hex") as Digest;
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const LAYER = new Uint8Array(1024);
const RECIPE = { architecture: "amd64", command: ["/bin/x", "y"], env: ["A=b"], layers: [sha256(LAYER)] };
const CONFIG = {
  architecture: "amd64",
  os: "linux",
  config: { Entrypoint: ["/a"], Cmd: ["b"], Env: ["C=d"], WorkingDir: "/e" },
  rootfs: { type: "layers", diff_ids: [`sha256:${"0".repeat(64)}`] },
};

describe("a configuration", () => {
  test("says command, variables, folder and layers", () => {
    expect(readImage(bytes({ ...CONFIG, history: [], created: "2020-01-01T00:00:00Z" }))).toEqual({
      architecture: "amd64",
      layers: ["0".repeat(64)],
      command: ["/a", "b"],
      env: ["C=d"],
      folder: "/e",
      abi: null,
      warm: false,
    });
  });

  test("that we write is read as it was meant, and is the same bytes every time", () => {
    expect(readImage(writeImage(RECIPE))).toEqual({ ...RECIPE, folder: "/", abi: null, warm: false });
    const labelled = { ...RECIPE, abi: "files/1", warm: true };
    expect(readImage(writeImage(labelled))).toEqual({ ...labelled, folder: "/" });
    expect(writeImage(RECIPE)).toEqual(writeImage({ ...RECIPE }));
  });

  test.each([
    ["no JSON", new TextEncoder().encode("{"), "MALFORMED", "it is not JSON"],
    ["no UTF-8", new Uint8Array([0x22, 0xff, 0x22]), "MALFORMED", "it is not JSON"],
    ["another system", bytes({ ...CONFIG, os: "windows" }), "MALFORMED", "at os"],
    ["no layers", bytes({ ...CONFIG, rootfs: {} }), "MALFORMED", "at rootfs.type"],
    [
      "a layer of another digest",
      bytes({ ...CONFIG, rootfs: { type: "layers", diff_ids: ["md5:0"] } }),
      "MALFORMED",
      "at rootfs.diff_ids.0",
    ],
    [
      "too many layers",
      bytes({ ...CONFIG, rootfs: { type: "layers", diff_ids: Array(128).fill(`sha256:${"0".repeat(64)}`) } }),
      "MALFORMED",
      "at rootfs.diff_ids",
    ],
    ["volumes", bytes({ ...CONFIG, config: { Volumes: { "/data": {} } } }), "MALFORMED", "declares volumes"],
    ["too many bytes", new Uint8Array(256 * 1024 + 1), "TOO_LARGE", "at most 262144 bytes"],
  ])("with %s is refused", (_, config, code, why) => {
    expect(codeOf(() => readImage(config))).toBe(code);
    expect(() => readImage(config)).toThrow(why);
  });
});

describe("the archive", () => {
  const config = writeImage(RECIPE);

  test("holds configuration, layers and the manifest, and no tag", () => {
    const files = readTar(archiveOf(sha256(config), config, new Map([[sha256(LAYER), LAYER]])), {
      entries: 9,
      bytes: 1e6,
    });
    const manifest = files.find(({ path }) => path === "manifest.json")!.bytes;
    expect(JSON.parse(new TextDecoder().decode(manifest))).toEqual([
      { Config: `${sha256(config)}.json`, RepoTags: null, Layers: [`${sha256(LAYER)}/layer.tar`] },
    ]);
    expect(files.find(({ path }) => path === `${sha256(config)}.json`)!.bytes).toEqual(config);
  });

  test("wants every layer", () => {
    expect(codeOf(() => archiveOf(sha256(config), config, new Map()))).toBe("NOT_FOUND");
  });
});
