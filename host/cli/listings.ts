// `ledger jobs`, `functions`, `names`, `providers`: what a ledger holds, read from a node page by page.
import { type Command, Option } from "commander";
import {
  type AccountId,
  type Digest,
  encodeDocument,
  isoTime,
  JOB_STATUSES,
  type JobStatus,
  type Json,
} from "../../chain/protocol/index.ts";
import type { Client } from "../client/index.ts";
import { credits } from "../credits.ts";
import { deploymentsAnswer, jobsAnswer, namesAnswer, providersAnswer } from "../wire.ts";
import { withCommon, withDefault } from "./options.ts";
import type { Session } from "./session.ts";
import { countOption, keyOption } from "./values.ts";

/** Pages of 200 that are looked through at most: what a small ledger has, in some seconds. */
const MOST_PAGES = 50;

interface Options {
  readonly limit: number;
  readonly url?: string;
  readonly owner?: AccountId;
  readonly requester?: AccountId;
  readonly status?: JobStatus;
}

/** What was found, and whether that is all there is. */
interface Gathered<T> {
  readonly items: readonly T[];
  readonly whole: boolean;
}

/** A page: its items, and where the next begins. */
type Page<T, P> = { readonly items: readonly T[]; readonly next: P | null };

async function gather<T, P>(ask: (after: P | null) => Promise<Page<T, P>>): Promise<Gathered<T>> {
  const items: T[] = [];
  let after: P | null = null;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const page: Page<T, P> = await ask(after);
    items.push(...page.items);
    after = page.next;
    if (after === null) return { items, whole: true };
  }
  return { items, whole: false };
}

const namesOf = (client: Client, owner: AccountId | undefined) =>
  gather(async (after: string | null) => {
    const { names, next } = await client.names(owner === undefined ? {} : { owner }, after);
    return { items: names, next };
  });

/** Names by the deployment that they point to, joined where there are several. */
async function calledBy(client: Client): Promise<ReadonlyMap<Digest, string>> {
  const called = new Map<Digest, string>();
  for (const { name, record } of (await namesOf(client, undefined)).items) {
    const before = called.get(record.deployment);
    called.set(record.deployment, before === undefined ? name : `${before}, ${name}`);
  }
  return called;
}

/** Rows with their columns lined up. */
function lined(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]!.length))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Says what was found, the first of it, and how much there is besides. */
function tell<T>(
  { output }: Session,
  what: string,
  { items, whole }: Gathered<T>,
  limit: number,
  row: (item: T) => readonly string[],
  document: (shown: readonly T[]) => Json,
): void {
  const shown = items.slice(0, limit);
  output.result(lined(shown.map(row)), {
    [what]: document(shown),
    found: items.length,
    whole,
  });
  if (items.length === 0) output.note(`no ${what} here${whole ? "" : " among those looked at"}`);
  if (items.length > shown.length) output.note(`${items.length - shown.length} more; show them with --limit`);
  if (!whole) output.note(`the ledger has more than were looked at (${MOST_PAGES * 200})`);
}

const latestFirst =
  <T>(time: (item: T) => bigint) =>
  (a: T, b: T) =>
    time(a) < time(b) ? 1 : -1;

/** Adds the subcommands. */
export function defineListings(command: Command, session: Session): void {
  const add = (name: string, description: string) =>
    withCommon(command.command(name).description(description))
      .addOption(withDefault("--limit <count>", "how many to show", countOption, "20"))
      .option("--url <address>", "the node, by default LOCKSTEP_URL or this machine's");
  add("jobs", "list jobs, the latest first")
    .addOption(new Option("--status <status>", "those in one state").choices(JOB_STATUSES))
    .option("--requester <account>", "those that one account ordered", keyOption)
    .addHelpText("after", "\nExample:\n  lockstep ledger jobs --status accepted")
    .action(async ({ limit, url, requester, status }: Options) => {
      const client = await session.client(url);
      const found = await gather(async (after: string | null) => {
        const { jobs, next } = await client.jobs({ ...(requester && { requester }), ...(status && { status }) }, after);
        return { items: jobs, next };
      });
      const called = await calledBy(client);
      const items = found.items.toSorted(latestFirst(({ record }) => record.placed));
      tell(
        ...([session, "jobs", { ...found, items }, limit] as const),
        ({ id, record }) => {
          return [id, record.status, isoTime(record.placed), called.get(record.deployment) ?? record.deployment];
        },
        (jobs) => encodeDocument(jobsAnswer.shape.jobs, [...jobs]),
      );
    });
  add("functions", "list deployed functions, the latest first")
    .option("--owner <account>", "those of one account", keyOption)
    .addHelpText("after", "\nExample:\n  lockstep ledger functions")
    .action(async ({ limit, owner, url }: Options) => {
      const client = await session.client(url);
      const found = await gather(async (after: Digest | null) => {
        const { deployments, next } = await client.deployments(owner === undefined ? {} : { owner }, after);
        return { items: deployments, next };
      });
      const called = await calledBy(client);
      const items = found.items.toSorted(latestFirst(({ time }) => time));
      tell(
        ...([session, "functions", { ...found, items }, limit] as const),
        ({ id, abi, entry, price }) => [id, called.get(id) ?? "-", entry, abi, `${credits(price)} credits a job`],
        (deployments) => {
          const rows = encodeDocument(deploymentsAnswer.shape.deployments, [...deployments]) as Record<string, Json>[];
          return rows.map((one) => ({ ...one, names: called.get(one["id"] as Digest)?.split(", ") ?? [] }));
        },
      );
    });
  add("names", "list names and what they point to")
    .option("--owner <account>", "those of one account", keyOption)
    .addHelpText("after", "\nExample:\n  lockstep ledger names")
    .action(async ({ limit, owner, url }: Options) => {
      tell(
        ...([session, "names", await namesOf(await session.client(url), owner), limit] as const),
        ({ name, record }) => [name, record.deployment, isoTime(record.time)],
        (names) => encodeDocument(namesAnswer.shape.names, [...names]),
      );
    });
  add("providers", "list providers and what they ask")
    .addHelpText("after", "\nExample:\n  lockstep ledger providers")
    .action(async ({ limit, url }: Options) => {
      const client = await session.client(url);
      const found = await gather(async (after: AccountId | null) => {
        const { providers, next } = await client.providers(after);
        return { items: providers, next };
      });
      tell(
        ...([session, "providers", found, limit] as const),
        ({ id, record: { base, draining, offers, perMegafuel, reserved, stake } }) => [
          id,
          `${credits(base)} credits a job and ${credits(perMegafuel)} a million of fuel`,
          `${credits(stake)} at stake, ${credits(reserved)} of it reserved`,
          draining ? "takes no more jobs" : [...new Set(offers.map(({ sre }) => sre))].join(", "),
        ],
        (providers) => encodeDocument(providersAnswer.shape.providers, [...providers]),
      );
    });
}
