// Blobs over HTTP. Blobs are public, immutable and named by content, so whoever knows a name may have the bytes.
import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { cidOf, LockstepError } from "../../chain/protocol/index.ts";
import { blobAnswer } from "../wire.ts";
import { answer, blobParameter, bytesAnswer } from "./answers.ts";
import type { Backend } from "./backend.ts";
import { Gate } from "./gate.ts";
import { limitBody } from "./ledger-routes.ts";
import { API_LIMITS } from "./limits.ts";

type Environment = { Bindings: Partial<HttpBindings> };

/** How many bytes a request brings at most: what it declares, which HTTP then holds it to, or the largest blob. */
function arriving(context: Context<Environment>, largest: number): number {
  const declared = Number(context.req.header("content-length") ?? largest);
  return declared >= 0 && declared < largest ? declared : largest;
}

/** Routes of blobs. */
export function blobRoutes({ blobs }: Backend): Hono<Environment> {
  const routes = new Hono<Environment>();
  const gate = new Gate(API_LIMITS.blobBytesOnTheirWay);
  routes.use("/blobs", async (c, next) => {
    const leave = gate.enter(arriving(c, blobs.largest));
    await next().finally(leave);
  });
  routes.post("/blobs", limitBody(blobs.largest, "a blob"), async (c) => {
    const ref = blobs.put(new Uint8Array(await c.req.arrayBuffer()));
    return answer(c, blobAnswer, { ...ref, cid: cidOf(ref.sha256) });
  });
  // Hono answers HEAD by GET without its body; a blob's size should not cost reading it.
  routes.get("/blobs/:cid", (c) => {
    const digest = blobParameter(c.req.param("cid"));
    const size = blobs.size(digest);
    if (size === null) throw new LockstepError("NOT_FOUND", `blob ${cidOf(digest)} is not here`);
    if (c.req.method !== "HEAD") {
      gate.untilSent(size, c.env?.outgoing);
      return bytesAnswer(c, blobs.get(digest), "application/octet-stream");
    }
    return c.body(null, 200, { "content-length": String(size), "content-type": "application/octet-stream" });
  });
  return routes;
}
