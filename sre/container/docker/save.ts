// An image that an engine holds, as the archive that it saves of it.
import { LockstepError } from "../../../chain/protocol/index.ts";
import { ENGINE_MS, IMAGE_BYTES } from "../limits.ts";
import { EngineApi } from "./api.ts";

/** References as engines take them: a name with a tag or digest, or an id. */
const REFERENCE = /^[a-zA-Z0-9][a-zA-Z0-9._/:@-]{0,255}$/u;
/** Bytes around the layers. */
const AROUND_BYTES = 16 * 1024 * 1024;

/** The archive of an image at the engine of a socket. USAGE for what is no reference, NOT_FOUND, UNREACHABLE, TIMEOUT, TOO_LARGE. */
export async function saveImage(socket: string, reference: string): Promise<Uint8Array> {
  if (!REFERENCE.test(reference) || reference.split("/").includes("..")) {
    throw new LockstepError(
      "USAGE",
      `"${reference.slice(0, 100)}" names no image; it looks like NAME@sha256:… or sha256:…`,
    );
  }
  const api = new EngineApi(socket);
  try {
    const found = (await api.call({ method: "GET", path: `/images/${reference}/json` })) as { Id?: unknown } | null;
    const id = String(found?.Id);
    if (!/^sha256:[0-9a-f]{64}$/u.test(id)) throw new LockstepError("FAULT", "the engine does not say the image's id");
    return await api.download(
      { method: "GET", path: `/images/${id}/get`, ms: ENGINE_MS.load },
      IMAGE_BYTES + AROUND_BYTES,
    );
  } finally {
    await api.close();
  }
}
