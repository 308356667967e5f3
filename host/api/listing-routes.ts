// Listings of what the ledger holds: jobs, deployments, names, providers, a page at a time. A page looks at so many
// records and no more, whatever a filter leaves of them, so that no question keeps the node from others for long.
import { type Context, Hono } from "hono";
import type { z } from "zod";
import {
  type AccountId,
  DOCUMENT_LIMITS,
  deploymentRecord,
  document,
  isDigest,
  JOB_STATUSES,
  jobRecord,
  LockstepError,
  nameRecord,
  nameText,
  PATHS,
  type Path,
  parseCanonical,
  parseKeyId,
  providerRecord,
} from "../../chain/protocol/index.ts";
import * as wire from "../wire.ts";
import { accountParameter, answer } from "./answers.ts";
import type { Backend } from "./backend.ts";
import { API_LIMITS } from "./limits.ts";
import { readRecord } from "./records.ts";

/** The next records below a path, and where to go on; null at the end. */
function pageOf<S extends z.ZodType>({ store }: Backend, below: Path, after: string | null, schema: S) {
  const found = store.scan(below, after, wire.WIRE_LIMITS.pageItems);
  const records = found.map(([segment, bytes]) => {
    const json = parseCanonical(bytes, DOCUMENT_LIMITS.recordBytes, "record");
    return [segment, document(schema, json, "record")] as const;
  });
  return { records, next: found.length === wire.WIRE_LIMITS.pageItems ? found.at(-1)![0] : null };
}

/** A parameter of the query, if it is there. */
function optional<T>(context: Context, name: string, parse: (text: string) => T): T | null {
  const text = context.req.query(name);
  return text === undefined ? null : parse(text);
}

/** A parser of what `is` takes; MALFORMED otherwise. */
const one =
  <T extends string>(what: string, is: (text: string) => text is T) =>
  (text: string): T => {
    if (is(text)) return text;
    throw new LockstepError("MALFORMED", `the query's ${what}`);
  };
const afterId = one("after needs a digest of 64 lowercase hexadecimal digits", isDigest);
const afterName = one("after needs a name", (text): text is string => nameText.safeParse(text).success);
const status = one(`status is one of ${JOB_STATUSES.join(", ")}`, (text): text is (typeof JOB_STATUSES)[number] =>
  (JOB_STATUSES as readonly string[]).includes(text),
);
/** A place in the index of due work, as a page named it. */
const afterDue = one("after is not what the page before gave as next", (text): text is string =>
  /^[0-9]{20}\/[\x21-\x7e]{1,107}$/.test(text),
);

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

const isOpen = (state: string): boolean => state === "assigned" || state === "running";

/** Routes of listings. */
export function listingRoutes(backend: Backend): Hono {
  const routes = new Hono();
  routes.get("/providers", (c) => {
    const { records, next } = pageOf(
      backend,
      PATHS.providers(),
      optional(c, "after", accountParameter),
      providerRecord,
    );
    const providers = records.map(([segment, record]) => ({ id: parseKeyId(segment), record }));
    return answer(c, wire.providersAnswer, { providers, next: next === null ? null : parseKeyId(next) });
  });
  routes.get("/deployments", (c) => {
    const owner = optional(c, "owner", accountParameter);
    const { records, next } = pageOf(backend, PATHS.deployments(), optional(c, "after", afterId), deploymentRecord);
    const deployments = records
      .filter(([, record]) => owner === null || record.owner === owner)
      .map(
        ([
          id,
          {
            owner,
            time,
            deployment: { sre, abi, entry, module, price },
          },
        ]) => {
          return { id: afterId(id), owner, time, sre, abi, entry, module, price };
        },
      );
    return answer(c, wire.deploymentsAnswer, { deployments, next: next === null ? null : afterId(next) });
  });
  routes.get("/names", (c) => {
    const owner = optional(c, "owner", accountParameter);
    const { records, next } = pageOf(backend, PATHS.names(), optional(c, "after", afterName), nameRecord);
    const names = records.filter(([, record]) => owner === null || record.owner === owner);
    return answer(c, wire.namesAnswer, { names: names.map(([name, record]) => ({ name, record })), next });
  });
  routes.get("/jobs", (c) => {
    const provider = optional(c, "provider", accountParameter);
    const [requester, wanted] = [optional(c, "requester", accountParameter), optional(c, "status", status)];
    if (provider !== null) {
      if (requester !== null || wanted !== null) {
        throw new LockstepError("USAGE", "a provider's open jobs are listed without requester and status");
      }
      return answer(c, wire.jobsAnswer, openJobsOf(backend, provider, optional(c, "after", afterDue)));
    }
    const { records, next } = pageOf(backend, PATHS.jobs(), optional(c, "after", afterId), jobRecord);
    const jobs = records
      .filter(([, record]) => requester === null || record.requester === requester)
      .filter(([, record]) => wanted === null || record.status === wanted)
      .map(([id, record]) => ({ id: afterId(id), record }));
    return answer(c, wire.jobsAnswer, { jobs, next });
  });
  return routes;
}
