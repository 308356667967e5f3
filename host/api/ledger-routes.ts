// Transactions and records: handing in, and looking at what the ledger holds.
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import {
  accountRecord,
  type Digest,
  DOCUMENT_LIMITS,
  deploymentRecord,
  document,
  formatVerifierKey,
  LockstepError,
  nameRecord,
  PATHS,
  parseCanonical,
  providerRecord,
  transaction,
  utf8Decode,
} from "../../chain/protocol/index.ts";
import * as wire from "../wire.ts";
import { accountParameter, answer, digestParameter } from "./answers.ts";
import type { Backend } from "./backend.ts";
import { needJob, needRecord, readAccount } from "./records.ts";

/** Refuses a body above `most` bytes while it arrives, whatever its headers say. */
export const limitBody = (most: number, what: string) =>
  bodyLimit({
    maxSize: most,
    onError: () => {
      throw new LockstepError("TOO_LARGE", `${what} has at most ${most} bytes`);
    },
  });

function logged({ store }: Backend, id: Digest): wire.LoggedTransaction {
  const found = store.transaction(id);
  if (found === null) throw new LockstepError("NOT_FOUND", `the log has no transaction ${id}`);
  const { bytes, code, height, index } = found;
  const parsed = document(transaction, parseCanonical(bytes, DOCUMENT_LIMITS.transactionBytes), "transaction");
  return { id, code, height, index: BigInt(index), transaction: parsed };
}

function statusOf({ chain, genesis, logKey, orderer, software, store }: Backend): wire.Status {
  const { height, time, stateRoot, log } = orderer.head;
  return {
    ...{ chain, height, time, stateRoot, software },
    name: genesis.name,
    development: genesis.faucet > 0n,
    logSize: BigInt(log.size),
    checkpoint: utf8Decode(store.checkpoint()),
    logKey: formatVerifierKey(logKey),
    orderer: genesis.orderer,
  };
}

/** Routes of transactions and records. */
export function ledgerRoutes(backend: Backend): Hono {
  const { orderer, store } = backend;
  const routes = new Hono();
  routes.get("/status", (c) => answer(c, wire.statusAnswer, statusOf(backend)));
  routes.post("/transactions", limitBody(DOCUMENT_LIMITS.transactionBytes, "a transaction"), async (c) => {
    const applied = await orderer.submit(new Uint8Array(await c.req.arrayBuffer()));
    return answer(c, wire.appliedAnswer, { ...applied, index: BigInt(applied.index) });
  });
  routes.get("/transactions/:id", (c) =>
    answer(c, wire.transactionAnswer, logged(backend, digestParameter(c.req.param("id")))),
  );
  routes.get("/accounts/:id", (c) => answer(c, accountRecord, readAccount(store, accountParameter(c.req.param("id")))));
  routes.get("/deployments/:id", (c) => {
    const id = digestParameter(c.req.param("id"));
    const record = needRecord(store, PATHS.deployment(id), deploymentRecord, `deployment ${id}`);
    return answer(c, wire.deploymentAnswer, { id, record });
  });
  routes.get("/names/:name", (c) => {
    const name = c.req.param("name").slice(0, 64);
    return answer(c, nameRecord, needRecord(store, PATHS.name(name), nameRecord, `name "${name}"`));
  });
  routes.get("/providers/:id", (c) => {
    const id = accountParameter(c.req.param("id"));
    return answer(c, providerRecord, needRecord(store, PATHS.provider(id), providerRecord, `provider ${id}`));
  });
  routes.get("/jobs/:id", (c) => {
    const id = digestParameter(c.req.param("id"));
    const record = needJob(store, id);
    const { height } = orderer.head;
    return answer(c, wire.jobAnswer, { id, height, record, order: logged(backend, id).transaction });
  });
  return routes;
}
