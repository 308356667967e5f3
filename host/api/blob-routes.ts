// Blobs over HTTP. Blobs are public, immutable and named by content, so whoever knows a name may have the bytes.
import { Hono } from "hono";
import { cidOf, LockstepError } from "../../chain/protocol/index.ts";
import { blobAnswer } from "../wire.ts";
import { answer, blobParameter, bytesAnswer } from "./answers.ts";
import type { Backend } from "./backend.ts";
import { limitBody } from "./ledger-routes.ts";

/** Routes of blobs. */
export function blobRoutes({ blobs }: Backend): Hono {
  const routes = new Hono();
  routes.post("/blobs", limitBody(blobs.largest, "a blob"), async (c) => {
    const ref = blobs.put(new Uint8Array(await c.req.arrayBuffer()));
    return answer(c, blobAnswer, { ...ref, cid: cidOf(ref.sha256) });
  });
  // Hono answers HEAD by GET without its body; a blob's size should not cost reading it.
  routes.get("/blobs/:cid", (c) => {
    const digest = blobParameter(c.req.param("cid"));
    if (c.req.method !== "HEAD") return bytesAnswer(c, blobs.get(digest), "application/octet-stream");
    const size = blobs.size(digest);
    if (size === null) throw new LockstepError("NOT_FOUND", `blob ${cidOf(digest)} is not here`);
    return c.body(null, 200, { "content-length": String(size), "content-type": "application/octet-stream" });
  });
  return routes;
}
