// The log and its proofs: what outsiders check, and what `ledger export` reads.
import { Hono } from "hono";
import { consistencyProof, encodeGenesis, inclusionProof, LockstepError } from "../../chain/protocol/index.ts";
import * as wire from "../wire.ts";
import { answer, bytesAnswer, digestParameter, numberQuery } from "./answers.ts";
import type { Backend } from "./backend.ts";
import { API_LIMITS } from "./limits.ts";
import { receiptFileOf, stateAnswerOf } from "./receipt.ts";

/** As many leaves as fit a page, at least one where there is one. */
function leavesFrom({ orderer, store }: Backend, from: number, count: number) {
  const { size } = orderer.head.log;
  const leaves: Uint8Array[] = [];
  let bytes = 0;
  for (const leaf of store.leaves(Math.min(from, size), count)) {
    bytes += leaf.length;
    if (leaves.length > 0 && bytes > API_LIMITS.leavesBytes) break;
    leaves.push(leaf);
  }
  return { from: BigInt(from), leaves, size: BigInt(size) };
}

function statePath(text: string | undefined): string[] {
  if (text === undefined || text === "") throw new LockstepError("USAGE", "say which value: /v1/state?path=jobs/<id>");
  try {
    return text.split("/").map(decodeURIComponent);
  } catch {
    throw new LockstepError("MALFORMED", "the query's path is not percent-encoded UTF-8");
  }
}

/** Routes of the log, receipts and proofs. */
export function proofRoutes(backend: Backend): Hono {
  const { crypto, genesis, orderer, store } = backend;
  const routes = new Hono();
  const nodeAt = (level: number, index: number) => store.node(level, index);
  routes.get("/genesis", (c) => bytesAnswer(c, encodeGenesis(genesis), "application/json"));
  routes.get("/checkpoint", (c) => bytesAnswer(c, store.checkpoint(), "text/plain; charset=utf-8"));
  routes.get("/jobs/:id/receipt", (c) => {
    const file = receiptFileOf(backend, digestParameter(c.req.param("id")));
    return bytesAnswer(c, file, "application/json");
  });
  routes.get("/log", (c) => {
    const from = Number(numberQuery(c, "from", BigInt(Number.MAX_SAFE_INTEGER), 0n));
    const count = Number(
      numberQuery(c, "count", BigInt(wire.WIRE_LIMITS.pageLeaves), BigInt(wire.WIRE_LIMITS.pageLeaves)),
    );
    return answer(c, wire.leavesAnswer, leavesFrom(backend, from, count));
  });
  routes.get("/log/inclusion", (c) => {
    const now = BigInt(orderer.head.log.size);
    const size = Number(numberQuery(c, "size", now, now));
    const index = Number(numberQuery(c, "index", BigInt(Math.max(size - 1, 0)), 0n));
    return answer(c, wire.hashesAnswer, { hashes: inclusionProof(crypto, index, size, nodeAt) });
  });
  routes.get("/log/consistency", (c) => {
    const to = Number(numberQuery(c, "to", BigInt(orderer.head.log.size), BigInt(orderer.head.log.size)));
    const from = Number(numberQuery(c, "from", BigInt(to), 0n));
    return answer(c, wire.hashesAnswer, { hashes: consistencyProof(crypto, from, to, nodeAt) });
  });
  routes.get("/state", (c) => answer(c, wire.stateAnswer, stateAnswerOf(backend, statePath(c.req.query("path")))));
  return routes;
}
