// Transactions and records: handing in, and looking at what the ledger holds.
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import {
  type AccountId,
  accountRecord,
  type Digest,
  DOCUMENT_LIMITS,
  deploymentRecord,
  document,
  formatVerifierKey,
  isDigest,
  jobRecord,
  LockstepError,
  nameRecord,
  PATHS,
  parseCanonical,
  parseKeyId,
  providerRecord,
  transaction,
  utf8Decode,
} from "../../chain/protocol/index.ts";
import * as wire from "../wire.ts";
import { accountParameter, answer, digestParameter } from "./answers.ts";
import type { Backend } from "./backend.ts";
import { API_LIMITS } from "./limits.ts";
import { needJob, needRecord, readAccount, readRecord } from "./records.ts";

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

/** A page of providers in the order of their ids. */
function providersAfter({ store }: Backend, after: AccountId | null) {
  const page = store.scan(PATHS.providers(), after, wire.WIRE_LIMITS.pageItems);
  const providers = page.map(([segment]) => {
    const id = parseKeyId(segment);
    return { id, record: needRecord(store, PATHS.provider(id), providerRecord, `provider ${id}`) };
  });
  return { providers, next: page.length === wire.WIRE_LIMITS.pageItems ? providers.at(-1)!.id : null };
}

/** The jobs that a provider has to do something about among the next due work after a place in its index. */
function openJobsOf({ store }: Backend, provider: AccountId, after: string | null) {
  const due = store.scan(PATHS.dueWork(), after, API_LIMITS.dueEntries);
  const jobs = due
    .map(([segment]) => segment.slice(-64))
    .filter(isDigest)
    .map((id) => ({ id, record: readRecord(store, PATHS.job(id), jobRecord) }))
    .filter((job): job is wire.ListedJob => job.record?.assignment?.provider === provider && isOpen(job.record.status));
  return { jobs, next: due.length === API_LIMITS.dueEntries ? due.at(-1)![0] : null };
}

/** A place in the index of due work, as a page named it. */
function duePlace(text: string): string {
  if (/^[0-9]{20}\/[\x21-\x7e]{1,107}$/.test(text)) return text;
  throw new LockstepError("MALFORMED", "the query's after is not what the page before gave as next");
}

const isOpen = (status: string): boolean => status === "assigned" || status === "running";

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
  routes.get("/providers", (c) => {
    const after = c.req.query("after");
    return answer(
      c,
      wire.providersAnswer,
      providersAfter(backend, after === undefined ? null : accountParameter(after)),
    );
  });
  routes.get("/providers/:id", (c) => {
    const id = accountParameter(c.req.param("id"));
    return answer(c, providerRecord, needRecord(store, PATHS.provider(id), providerRecord, `provider ${id}`));
  });
  routes.get("/jobs", (c) => {
    const provider = c.req.query("provider");
    if (provider === undefined) throw new LockstepError("USAGE", "say whose open jobs: /v1/jobs?provider=did:key:…");
    const after = c.req.query("after");
    const page = openJobsOf(backend, accountParameter(provider), after === undefined ? null : duePlace(after));
    return answer(c, wire.jobsAnswer, page);
  });
  routes.get("/jobs/:id", (c) => {
    const id = digestParameter(c.req.param("id"));
    const record = needJob(store, id);
    const { height } = orderer.head;
    return answer(c, wire.jobAnswer, { id, height, record, order: logged(backend, id).transaction });
  });
  return routes;
}
