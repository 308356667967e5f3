// Images in archives, as `docker save`, Podman and other tools of OCI write them: the configuration is the module, the
// layers are its parts. Everything in an archive is a stranger's: what it says of itself counts only where the digests
// agree, and unpacking it is bounded.
import { createHash } from "node:crypto";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { z } from "zod";
import { type Digest, LockstepError } from "../../chain/protocol/index.ts";
import {
  CONTAINER_ABIS,
  CONTAINER_ENTRY,
  CONTAINER_PROFILE,
  IMAGE_BYTES,
  type Image,
  readImage,
  readTar,
  TarRefused,
} from "../../sre/container/index.ts";
import { BUILD_LIMITS } from "./limits.ts";

/** An image with all that it is made of. */
export interface ImageFiles {
  /** Its configuration, whose digest is its id. */
  readonly config: Uint8Array;
  /** The tars of its distinct layers, in the configuration's order. */
  readonly layers: readonly Uint8Array[];
}

type Files = ReadonlyMap<string, Uint8Array>;

const digestText = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const saved = z.array(z.object({ Config: z.string(), Layers: z.array(z.string()) }));
const descriptor = z.object({
  digest: digestText,
  mediaType: z.string().optional(),
  platform: z.object({ os: z.string(), architecture: z.string() }).optional(),
});
const index = z.object({ manifests: z.array(descriptor) });
const ociManifest = z.object({ config: descriptor, layers: z.array(descriptor) });

const refuse = (why: string) => new LockstepError("INVALID_MODULE", `the archive is no image: ${why}`);

/** Whether bytes begin as an archive does, packed or not. */
export function isArchive(head: Uint8Array): boolean {
  const magic = new TextDecoder("latin1").decode(head.subarray(257, 262));
  return magic === "ustar" || packing(head) !== null;
}

/** Reads an archive. INVALID_MODULE in one sentence, TOO_LARGE, DIGEST_MISMATCH where a layer is another than the configuration says. */
export function readImageArchive(archive: Uint8Array): ImageFiles {
  const files = filesOf(unpacked(archive));
  const { config, layers } = files.has("manifest.json") ? bySaved(files) : byIndex(files);
  const { layers: ids } = readImage(config);
  if (ids.length !== layers.length) {
    throw refuse(`its configuration names ${ids.length} layers, and it holds ${layers.length}`);
  }
  const distinct = new Map<Digest, Uint8Array>();
  let size = 0;
  for (const [at, id] of ids.entries()) {
    if (distinct.has(id)) continue;
    const layer = unpacked(layers[at]!);
    size += layer.length;
    if (size > IMAGE_BYTES) throw tooLarge();
    if (sha256(layer) !== id)
      throw new LockstepError("DIGEST_MISMATCH", `the archive's layer ${id} has another digest`);
    distinct.set(id, layer);
  }
  return { config, layers: [...distinct.values()] };
}

/** The digest of bytes. */
export const sha256 = (bytes: Uint8Array): Digest => createHash("sha256").update(bytes).digest("hex") as Digest;
const tooLarge = () => new LockstepError("TOO_LARGE", `an image has at most ${IMAGE_BYTES} bytes of layers`);

function filesOf(archive: Uint8Array): Files {
  try {
    const limits = { entries: BUILD_LIMITS.archiveEntries, bytes: IMAGE_BYTES, foreign: true };
    return new Map(readTar(archive, limits).map(({ path, bytes }) => [path, bytes]));
  } catch (error) {
    if (error instanceof TarRefused) throw refuse(`it ${error.message}`);
    throw error;
  }
}

/** How bytes are packed, by how they begin; null when they are not. */
function packing(bytes: Uint8Array): ((bytes: Uint8Array, limits: { maxOutputLength: number }) => Uint8Array) | null {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return gunzipSync;
  const zstd = [0x28, 0xb5, 0x2f, 0xfd].every((byte, at) => bytes[at] === byte);
  return zstd ? zstdDecompressSync : null;
}

function unpacked(bytes: Uint8Array): Uint8Array {
  const unpack = packing(bytes);
  if (unpack === null) return bytes;
  try {
    return new Uint8Array(unpack(bytes, { maxOutputLength: IMAGE_BYTES }));
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge();
    throw refuse("what it holds can't be unpacked");
  }
}

function at(files: Files, path: string): Uint8Array {
  const bytes = files.get(path);
  if (bytes === undefined) throw refuse(`it lacks ${path}`);
  return bytes;
}

function json<S extends z.ZodType>(schema: S, files: Files, path: string): z.output<S> {
  try {
    return schema.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(at(files, path))));
  } catch (error) {
    if (error instanceof LockstepError) throw error;
    throw refuse(`its ${path} is not what it should be`);
  }
}

interface Held {
  readonly config: Uint8Array;
  readonly layers: readonly Uint8Array[];
}

/** The one image of what `docker save` writes. */
function bySaved(files: Files): Held {
  const images = json(saved, files, "manifest.json");
  const [image] = images;
  if (image === undefined || images.length > 1) throw refuse(`it holds ${images.length} images; save one`);
  return { config: at(files, image.Config), layers: image.Layers.map((path) => at(files, path)) };
}

/** The one image of an OCI layout, below as many indexes as there are. */
function byIndex(files: Files): Held {
  let list = json(index, files, "index.json").manifests;
  for (let depth = 0; depth < BUILD_LIMITS.archiveIndexes; depth++) {
    // Attestations lie beside images, for no platform.
    const images = list.filter(({ platform }) => platform?.os !== "unknown");
    const [image] = images;
    if (image === undefined || images.length > 1) {
      const platforms = images.map(({ platform }) => `${platform?.os ?? "?"}/${platform?.architecture ?? "?"}`);
      throw refuse(`it holds ${images.length} images (${platforms.join(", ")}); save the one for your platform`);
    }
    const path = blobPath(image.digest);
    if (image.mediaType?.includes("index") || image.mediaType?.includes("manifest.list")) {
      list = json(index, files, path).manifests;
      continue;
    }
    const { config, layers } = json(ociManifest, files, path);
    return {
      config: at(files, blobPath(config.digest)),
      layers: layers.map(({ digest }) => at(files, blobPath(digest))),
    };
  }
  throw refuse("its indexes lead on and on");
}

const blobPath = (digest: string): string => `blobs/${digest.replace(":", "/")}`;

/** What is known of an image, without running it. */
export interface ImageInspection {
  readonly profile: string;
  readonly abi: string;
  readonly entries: readonly string[];
  readonly image: Image;
}

/** Inspects an image's configuration; the ABI is the one named, or that of its label, or `stdio/1`. INVALID_MODULE, USAGE. */
export function inspectImage(config: Uint8Array, abi: string | undefined, entry: string | undefined): ImageInspection {
  const image = readImage(config);
  if (image.command.length === 0) throw new LockstepError("INVALID_MODULE", "the image names no program to run");
  const name = abi ?? image.abi ?? CONTAINER_ABIS[0];
  if (!CONTAINER_ABIS.some((own) => own === name)) {
    const whose = abi === undefined ? "the image's label names" : "there is";
    const code = abi === undefined ? "INVALID_MODULE" : "USAGE";
    throw new LockstepError(code, `${whose} ABI "${name}", and containers have ${CONTAINER_ABIS.join(" and ")}`);
  }
  if (entry !== undefined && entry !== CONTAINER_ENTRY) {
    throw new LockstepError("USAGE", `there is no entry "${entry}"; an image has the one entry ${CONTAINER_ENTRY}`);
  }
  return { profile: CONTAINER_PROFILE, abi: name, entries: [CONTAINER_ENTRY], image };
}
