// Images in archives as other people's tools write them (rule D1): what is found in them, and what is refused.
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import type { Digest } from "../../chain/protocol/index.ts";
import { build, buildImage, readImageArchive } from "../../host/build/index.ts";
import { archiveOf, CONTAINER_PROFILE, type TarFile, writeImage, writeTar } from "../../sre/container/index.ts";
import { codeOf } from "../support/errors.ts";
import { withLink } from "../support/tar.ts";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex") as Digest;
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const file = (path: string, bytes: Uint8Array): TarFile => ({ path, bytes, executable: false });
const layerOf = (text: string) => writeTar([file("x", new TextEncoder().encode(text))]);

const LAYERS = [layerOf("one"), layerOf("two"), layerOf("one")];
const RECIPE = { architecture: "amd64", command: ["/x"], env: [], layers: LAYERS.map(sha256) };
const CONFIG = writeImage(RECIPE);
const BY_DIGEST = new Map(LAYERS.map((layer) => [sha256(layer), layer]));
const WANTED = { config: CONFIG, layers: [LAYERS[0], LAYERS[1]] };

/** An OCI layout; `pack` is done to each layer. */
function layout({ pack = (bytes: Uint8Array) => bytes, index = (list: unknown[]) => list } = {}) {
  const blobs: TarFile[] = [];
  const put = (bytes: Uint8Array) => {
    const path = `blobs/sha256/${sha256(bytes)}`;
    if (!blobs.some((blob) => blob.path === path)) blobs.push(file(path, bytes));
    return { digest: `sha256:${sha256(bytes)}` };
  };
  const manifest = put(json({ config: put(CONFIG), layers: LAYERS.map((layer) => put(new Uint8Array(pack(layer)))) }));
  const platform = { os: "linux", architecture: "amd64" };
  const inner = put(
    json({
      manifests: [
        { ...manifest, platform },
        { ...manifest, platform: { os: "unknown", architecture: "unknown" } },
      ],
    }),
  );
  const top = json({ manifests: index([{ ...inner, mediaType: "application/vnd.oci.image.index.v1+json" }]) });
  return writeTar([...blobs, file("index.json", top), file("oci-layout", json({ imageLayoutVersion: "1.0.0" }))]);
}

/** What an older Docker saves: a layer that comes twice is a link to the first. */
function savedWithLink(target: string): Uint8Array {
  const manifest = json([
    { Config: "config.json", RepoTags: null, Layers: ["a/layer.tar", "b/layer.tar", "c/layer.tar"] },
  ]);
  const files = [file("a/layer.tar", LAYERS[0]!), file("b/layer.tar", LAYERS[1]!), file("config.json", CONFIG)];
  return withLink(writeTar([...files, file("manifest.json", manifest)]), "c/layer.tar", target);
}

describe("an archive", () => {
  test.each([
    ["as we write it", archiveOf(sha256(CONFIG), CONFIG, BY_DIGEST)],
    ["as an older Docker saves it, with links", savedWithLink("../a/layer.tar")],
    ["of OCI, below an index in an index", layout()],
    ["with layers packed by gzip", layout({ pack: (bytes) => gzipSync(bytes) })],
    ["with layers packed by zstd", layout({ pack: (bytes) => zstdCompressSync(bytes) })],
    ["packed as a whole", new Uint8Array(gzipSync(layout()))],
  ])("%s is read", (_, archive) => {
    expect(readImageArchive(archive)).toEqual(WANTED);
  });

  test.each([
    ["with a link out of the tree", savedWithLink("../../etc/passwd"), "INVALID_MODULE", "leads out of it"],
    ["with an absolute link", savedWithLink("/etc/passwd"), "INVALID_MODULE", "leads out of it"],
    ["with a link to nothing", savedWithLink("../d/layer.tar"), "INVALID_MODULE", "leads to no file"],
    ["that is cut short", layout().subarray(0, 5000), "INVALID_MODULE", "ends in the middle"],
    ["of something else", writeTar([file("a", CONFIG)]), "INVALID_MODULE", "lacks index.json"],
    ["of two images", layout({ index: (list) => [...list, ...list] }), "INVALID_MODULE", "holds 2 images"],
    [
      "whose packed layer is broken",
      layout({ pack: () => new Uint8Array([0x1f, 0x8b, 1]) }),
      "INVALID_MODULE",
      "unpacked",
    ],
    ["whose layer is another", layout({ pack: () => layerOf("other") }), "DIGEST_MISMATCH", "has another digest"],
    [
      "without a configuration's form",
      writeTar([file("manifest.json", json([{ Config: "c", Layers: [] }])), file("c", json({}))]),
      "MALFORMED",
      "no image configuration",
    ],
  ])("%s is refused", (_, archive, code, why) => {
    expect(codeOf(() => readImageArchive(archive))).toBe(code);
    expect(() => readImageArchive(archive)).toThrow(why);
  });
});

describe("an image", () => {
  const image = (change: Partial<typeof RECIPE> & { abi?: string }) => ({
    config: writeImage({ ...RECIPE, ...change }),
    layers: [],
  });
  const folder = mkdtempSync(join(tmpdir(), "lockstep-image-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("in a file is built: its configuration is the module, its layers are the parts", async () => {
    const path = join(folder, "image.tar");
    writeFileSync(path, layout());
    const { image, manifest, module, parts } = await build(path);
    expect([module, parts]).toEqual([CONFIG, WANTED.layers]);
    expect(manifest).toMatchObject({
      ...{ sre: "container", abi: "stdio/1", profile: CONTAINER_PROFILE, entries: ["main"], language: "image" },
      module: { sha256: sha256(CONFIG), size: CONFIG.length },
    });
    expect(image?.layers).toEqual(RECIPE.layers);
  });

  test("has the ABI that a person says, or that its label says, or stdio/1", () => {
    const abiOf = (change: { abi?: string }, abi?: string) => buildImage(image(change), { abi }).manifest.abi;
    expect([abiOf({}), abiOf({ abi: "files/1" }), abiOf({ abi: "files/1" }, "stdio/1")]).toEqual([
      "stdio/1",
      "files/1",
      "stdio/1",
    ]);
  });

  test.each([
    ["a label that names no ABI", image({ abi: "bytes/1" }), {}, "INVALID_MODULE", 'names ABI "bytes/1"'],
    ["an ABI that containers lack", image({}), { abi: "bytes/1" }, "USAGE", "stdio/1 and files/1"],
    ["another entry", image({}), { entry: "other" }, "USAGE", "one entry main"],
    ["no program", image({ command: [] }), {}, "INVALID_MODULE", "names no program"],
  ])("with %s is refused", (_, files, options, code, why) => {
    expect(codeOf(() => buildImage(files, options))).toBe(code);
    expect(() => buildImage(files, options)).toThrow(why);
  });
});
