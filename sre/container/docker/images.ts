// Images at an engine, by id: what it lacks is loaded from layers that are fetched by digest and checked.
import { hash } from "node:crypto";
import { type Digest, LockstepError } from "../../../chain/protocol/index.ts";
import { archiveOf, readImage } from "../image.ts";
import { ENGINE_MS, IMAGE_BYTES } from "../limits.ts";
import type { EngineApi } from "./api.ts";

/** Fetches the bytes of a digest. NOT_FOUND when nobody has them. */
export type LayerSource = (digest: Digest) => Promise<Uint8Array>;

/** The images of one engine. */
export class Images {
  private readonly api: EngineApi;
  /** Loads in progress, so that jobs of one image wait for one load. */
  private readonly loading = new Map<Digest, Promise<void>>();

  constructor(api: EngineApi) {
    this.api = api;
  }

  /** Sees to it that the engine has an image, from layers if it lacks it. NOT_FOUND when neither it nor the blobs do, FAULT when it takes it for another. */
  async ready(id: Digest, config: Uint8Array, layer: LayerSource | null): Promise<void> {
    if (await this.holds(id)) return;
    let load = this.loading.get(id);
    if (load === undefined) {
      load = this.load(id, config, layer).finally(() => this.loading.delete(id));
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

  private async load(id: Digest, config: Uint8Array, layer: LayerSource | null): Promise<void> {
    if (layer === null) throw new LockstepError("NOT_FOUND", `the engine has no image sha256:${id}; load it first`);
    const layers = new Map<Digest, Uint8Array>();
    let size = 0;
    for (const digest of new Set(readImage(config).layers)) {
      const bytes = await layer(digest);
      size += bytes.length;
      if (size > IMAGE_BYTES)
        throw new LockstepError("TOO_LARGE", `the image has more than ${IMAGE_BYTES} bytes of layers`);
      if (hash("sha256", bytes, "hex") !== digest) {
        throw new LockstepError(
          "DIGEST_MISMATCH",
          `what was fetched as the image's layer ${digest} has another digest`,
        );
      }
      layers.set(digest, bytes);
    }
    await this.api.call({
      method: "POST",
      path: "/images/load?quiet=1",
      tar: archiveOf(id, config, layers),
      ms: ENGINE_MS.load,
    });
    if (!(await this.holds(id)))
      throw new LockstepError("FAULT", `the engine took the image sha256:${id} for another one`);
  }
}
