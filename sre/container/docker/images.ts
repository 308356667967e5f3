// Images at an engine, by id: what it lacks is loaded from layers that come in pieces and are checked on their way.
import { createHash } from "node:crypto";
import { type Digest, LockstepError } from "../../../chain/protocol/index.ts";
import { archiveManifest, archivePaths, readImage } from "../image.ts";
import { ENGINE_MS, IMAGE_BYTES } from "../limits.ts";
import { TAR_END, tarHeader, tarPadding } from "../tar.ts";
import type { EngineApi } from "./api.ts";

/** Where an image's layers come from: the distinct ones in the configuration's order, each in one piece or several. */
export type Pieces = () => AsyncIterable<Uint8Array>;

/** The images of one engine. */
export class Images {
  private readonly api: EngineApi;
  /** Loads in progress, so that jobs of one image wait for one load. */
  private readonly loading = new Map<Digest, Promise<void>>();

  constructor(api: EngineApi) {
    this.api = api;
  }

  /** Sees to it that the engine has an image, from layers if it lacks it. NOT_FOUND when neither it nor the pieces have all, DIGEST_MISMATCH, TOO_LARGE; FAULT when it takes it for another. */
  async ready(id: Digest, config: Uint8Array, pieces: Pieces | null): Promise<void> {
    if (await this.holds(id)) return;
    let load = this.loading.get(id);
    if (load === undefined) {
      load = this.load(id, config, pieces).finally(() => this.loading.delete(id));
      this.loading.set(id, load);
    }
    await load;
  }

  private async holds(id: Digest): Promise<boolean> {
    try {
      await this.api.call({ method: "GET", path: `/images/sha256:${id}/json` });
      return true;
    } catch (error) {
      if (error instanceof LockstepError && error.code === "NOT_FOUND") return false;
      throw error;
    }
  }

  private async load(id: Digest, config: Uint8Array, pieces: Pieces | null): Promise<void> {
    if (pieces === null) throw new LockstepError("NOT_FOUND", `the engine has no image sha256:${id}; load it first`);
    const tar = archiveIn(id, config, pieces);
    await this.api.call({ method: "POST", path: "/images/load?quiet=1", tar, ms: ENGINE_MS.load });
    if (!(await this.holds(id)))
      throw new LockstepError("FAULT", `the engine took the image sha256:${id} for another one`);
  }
}

/** The archive by which an engine takes an image, sent as its pieces come: no more than one layer is held at a time. */
async function* archiveIn(id: Digest, config: Uint8Array, pieces: Pieces): AsyncGenerator<Uint8Array> {
  const file = (path: string, bytes: Uint8Array) => [tarHeader(path, bytes.length), bytes, tarPadding(bytes.length)];
  const { layers } = readImage(config);
  const source = pieces()[Symbol.asyncIterator]();
  try {
    let room = IMAGE_BYTES;
    for (const layer of new Set(layers)) {
      const parts = await piecesOf(layer, source, room);
      const size = parts.reduce((sum, { length }) => sum + length, 0);
      room -= size;
      yield tarHeader(archivePaths.layer(layer), size);
      yield* parts;
      yield tarPadding(size);
    }
  } finally {
    await source.return?.();
  }
  yield* file(archivePaths.config(id), config);
  yield* file("manifest.json", archiveManifest(id, layers));
  yield TAR_END;
}

/** The next pieces up to those that make a layer. */
async function piecesOf(layer: Digest, source: AsyncIterator<Uint8Array>, room: number): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  const sum = createHash("sha256");
  let size = 0;
  while (sum.copy().digest("hex") !== layer) {
    const { done, value } = await source.next();
    if (done === true) {
      const why = `what was given for the image's layer ${layer} has another digest`;
      if (size > 0) throw new LockstepError("DIGEST_MISMATCH", why);
      throw new LockstepError("NOT_FOUND", `the image's layer ${layer} is missing, and the engine lacks it too`);
    }
    size += value.length;
    if (size > room) throw new LockstepError("TOO_LARGE", `the image has more than ${IMAGE_BYTES} bytes of layers`);
    sum.update(value);
    parts.push(value);
  }
  return parts;
}
