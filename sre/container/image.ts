// An image by its content: the configuration is the module, and its digest is the image's id on every engine. The layers
// are files that it names by digest, so that nothing about an image rests on a tag, a registry or an engine's word.
import { z } from "zod";
import { DEPLOYMENT_PARTS, type Digest, LockstepError } from "../../chain/protocol/index.ts";
import { type TarFile, writeTar } from "./tar.ts";

/** Bytes of an image's configuration: those of real images have 2 to 30 KB, most of it history. */
export const CONFIG_BYTES = 256 * 1024;
/** Layers of an image: what a deployment can name, and below what overlayfs takes at once. */
export const LAYERS = DEPLOYMENT_PARTS;

const WARM_LABEL = "lockstep.warm";
const ABI_LABEL = "lockstep.abi";
const layerId = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const words = z.array(z.string().max(4096)).max(256);
/** What of an OCI image configuration counts here; the rest is the engine's to know. */
const configuration = z.object({
  architecture: z.string().max(64),
  os: z.literal("linux"),
  config: z
    .object({
      Entrypoint: words.nullish(),
      Cmd: words.nullish(),
      Env: words.nullish(),
      WorkingDir: z.string().max(4096).nullish(),
      Labels: z.record(z.string(), z.string()).nullish(),
      // An engine would make folders of them that have no limit.
      Volumes: z.record(z.string(), z.unknown()).nullish(),
    })
    .refine(({ Volumes }) => Object.keys(Volumes ?? {}).length === 0, "it declares volumes; build it without VOLUME")
    .nullish(),
  rootfs: z.object({ type: z.literal("layers"), diff_ids: z.array(layerId).max(LAYERS) }),
});

/** What an image's configuration says. */
export interface Image {
  /** As the image format names it, for example `amd64`. */
  readonly architecture: string;
  /** Digests of the layers' uncompressed tars, the lowest first. */
  readonly layers: readonly Digest[];
  /** The program and its first arguments: entry point, then command. */
  readonly command: readonly string[];
  /** Variables, as `NAME=value`. */
  readonly env: readonly string[];
  /** The folder that the program begins in, absolute. */
  readonly folder: string;
  /** The ABI that it says it is for, by the label `lockstep.abi`; null when it does not. */
  readonly abi: string | null;
  /** Whether it asks, by the label `lockstep.warm`, that a container waits ahead for its next job. */
  readonly warm: boolean;
}

/** Reads an image's configuration. MALFORMED or TOO_LARGE in one sentence. */
export function readImage(bytes: Uint8Array): Image {
  if (bytes.length > CONFIG_BYTES) {
    throw new LockstepError(
      "TOO_LARGE",
      `an image's configuration has at most ${CONFIG_BYTES} bytes, not ${bytes.length}`,
    );
  }
  const parsed = configuration.safeParse(jsonIn(bytes));
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new LockstepError(
      "MALFORMED",
      `the module is no image configuration: at ${path.join(".") || "its root"}: ${message}`,
    );
  }
  const { architecture, config, rootfs } = parsed.data;
  return {
    architecture,
    layers: rootfs.diff_ids.map((id) => id.slice("sha256:".length) as Digest),
    command: [...(config?.Entrypoint ?? []), ...(config?.Cmd ?? [])],
    env: config?.Env ?? [],
    folder: config?.WorkingDir || "/",
    abi: config?.Labels?.[ABI_LABEL] ?? null,
    warm: config?.Labels?.[WARM_LABEL] === "true",
  };
}

function jsonIn(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new LockstepError("MALFORMED", "the module is no image configuration: it is not JSON");
  }
}

/** Where an archive for engines keeps what it holds. */
export const archivePaths = {
  config: (id: Digest): string => `${id}.json`,
  layer: (id: Digest): string => `${id}/layer.tar`,
};

/** The manifest of an archive for engines: it ties configuration and layers, without a tag. */
export function archiveManifest(id: Digest, layers: readonly Digest[]): Uint8Array {
  const manifest = [{ Config: archivePaths.config(id), RepoTags: null, Layers: layers.map(archivePaths.layer) }];
  return new TextEncoder().encode(JSON.stringify(manifest));
}

/**
 * The archive by which an engine takes an image: configuration, layers, and the manifest that ties them, without a tag.
 * The engine's id for it is the configuration's digest, `id`.
 */
export function archiveOf(id: Digest, config: Uint8Array, layers: ReadonlyMap<Digest, Uint8Array>): Uint8Array {
  const { layers: ids } = readImage(config);
  const file = (path: string, bytes: Uint8Array): TarFile => ({ path, bytes, executable: false });
  const files = [...new Set(ids)].map((layer) => {
    const bytes = layers.get(layer);
    if (bytes === undefined) throw new LockstepError("NOT_FOUND", `the image's layer ${layer} is missing`);
    return file(archivePaths.layer(layer), bytes);
  });
  const manifest = file("manifest.json", archiveManifest(id, ids));
  return writeTar([...files, file(archivePaths.config(id), config), manifest]);
}

/** What a new image says of itself. */
export interface ImageRecipe {
  readonly architecture: string;
  readonly command: readonly string[];
  readonly env: readonly string[];
  readonly layers: readonly Digest[];
  /** The ABI that it is for, to be said in a label; the default is said by none. */
  readonly abi?: string | null;
  /** Whether a container is to wait ahead for its next job. Default false. */
  readonly warm?: boolean;
}

/** The configuration of an image made here: no time and no history, so that the same files have the same id everywhere. */
export function writeImage({ architecture, command, env, layers, abi = null, warm = false }: ImageRecipe): Uint8Array {
  const created = "1970-01-01T00:00:00Z";
  const labels = { ...(abi === null ? {} : { [ABI_LABEL]: abi }), ...(warm ? { [WARM_LABEL]: "true" } : {}) };
  const labelled = Object.keys(labels).length === 0 ? {} : { Labels: labels };
  const config = {
    architecture,
    os: "linux",
    created,
    config: { Entrypoint: command, Env: env, WorkingDir: "/", ...labelled },
    rootfs: { type: "layers", diff_ids: layers.map((layer) => `sha256:${layer}`) },
    history: layers.map(() => ({ created })),
  };
  return new TextEncoder().encode(JSON.stringify(config));
}
