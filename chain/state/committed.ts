// Committed records, decoded: accounts, deployments and jobs in bounded caches, providers all in memory because every
// draw looks at all of them, the rest read when asked for.
import {
  type AccountId,
  type AccountRecord,
  type BlockTime,
  type ChainRecord,
  type DeploymentRecord,
  type Digest,
  type DueRecord,
  type JobRecord,
  type KeyId,
  type KeyRecord,
  LockstepError,
  Lru,
  type NameRecord,
  PATHS,
  type Path,
  type ProviderRecord,
  type WaitingRecord,
} from "../protocol/index.ts";
import { LEDGER_LIMITS } from "./limits.ts";
import { CODECS, type Codec } from "./records.ts";
import { Table } from "./table.ts";
import type { StateView } from "./view.ts";

/** A segment of the index of due work: 20 digits of time, a slash, and what is due. */
export type DueKey = string;
/** A segment of the index of waiting jobs: 20 digits of time, a slash, and the job. */
export type WaitingKey = string;

/** The segment for work due at a time. */
export function dueKey(time: BlockTime, what: string): DueKey {
  return PATHS.due(time, what)[1]!;
}

/** The time that a due segment begins with. */
export function timeOfDueKey(key: DueKey): bigint {
  return BigInt(key.slice(0, 20));
}

/** The segment for a job that waits since a time. */
export function waitingKey(since: BlockTime, job: Digest): WaitingKey {
  return PATHS.waiting(since, job)[1]!;
}

/** Every table over the committed state: what a block reads and changes. */
export interface Tables {
  readonly accounts: Table<AccountId, AccountRecord>;
  readonly keys: Table<KeyId, KeyRecord>;
  readonly deployments: Table<Digest, DeploymentRecord>;
  readonly names: Table<string, NameRecord>;
  readonly providers: Table<AccountId, ProviderRecord>;
  readonly jobs: Table<Digest, JobRecord>;
  readonly due: Table<DueKey, DueRecord>;
  readonly waiting: Table<WaitingKey, WaitingRecord>;
}

/** The first segments under which state lies, in order; besides them there is the chain's own record. */
export const STATE_PREFIXES = [
  "accounts",
  "deployments",
  "due",
  "jobs",
  "keys",
  "names",
  "providers",
  "waiting",
] as const;

/** Ids in the order of their bytes, which for ASCII is the order of code units. */
export function sortedIds(ids: Iterable<AccountId>): AccountId[] {
  return [...ids].sort();
}

/** Committed records of a kind that is never removed, the last used of them kept decoded. */
class Cached<K extends string, R> {
  readonly #known: Lru<K, R>;
  readonly #read: (key: K) => R | undefined;

  constructor(limit: number, read: (key: K) => R | undefined) {
    this.#known = new Lru(limit);
    this.#read = read;
  }

  get(key: K): R | undefined {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const record = this.#read(key);
    if (record !== undefined) this.#known.set(key, record);
    return record;
  }

  /** Takes over what a committed block changed. */
  update(table: Table<K, R>): void {
    for (const [key, record] of table.entries()) if (record !== null) this.#known.set(key, record);
  }
}

/** The committed state of a ledger as typed records. */
export class Committed {
  readonly view: StateView;
  readonly #accounts: Cached<AccountId, AccountRecord>;
  readonly #deployments: Cached<Digest, DeploymentRecord>;
  readonly #jobs: Cached<Digest, JobRecord>;
  readonly #providers = new Map<AccountId, ProviderRecord>();
  #providerIds: readonly AccountId[];

  /** Reads the providers; STORAGE_CORRUPT when the view holds something else. */
  constructor(view: StateView) {
    this.view = view;
    this.#accounts = this.#cached(LEDGER_LIMITS.cachedAccounts, CODECS.account, PATHS.account);
    this.#deployments = this.#cached(LEDGER_LIMITS.cachedDeployments, CODECS.deployment, PATHS.deployment);
    this.#jobs = this.#cached(LEDGER_LIMITS.cachedJobs, CODECS.job, PATHS.job);
    for (const [id, value] of scanAll(view, ["providers"])) {
      this.#providers.set(id as AccountId, CODECS.provider.decode(value));
    }
    this.#providerIds = sortedIds(this.#providers.keys());
  }

  /** The chain's record. */
  chain(): ChainRecord {
    const record = this.#read(PATHS.chain(), CODECS.chain);
    if (record === undefined) throw new LockstepError("STORAGE_CORRUPT", "the stored state has no chain record");
    return record;
  }

  /** Every committed provider's id, sorted. */
  providerIds(): readonly AccountId[] {
    return this.#providerIds;
  }

  /** Whether an account is a committed provider. */
  isProvider(id: AccountId): boolean {
    return this.#providers.has(id);
  }

  /** Fresh tables for a block. */
  tables(): Tables {
    const table = <K extends string, R>(codec: Codec<R>, path: (key: K) => Path): Table<K, R> =>
      new Table({ codec, path, read: (key) => this.#read(path(key), codec) });
    return {
      accounts: new Table({ codec: CODECS.account, path: PATHS.account, read: (id) => this.#accounts.get(id) }),
      keys: table(CODECS.key, PATHS.key),
      deployments: new Table({
        codec: CODECS.deployment,
        path: PATHS.deployment,
        read: (id) => this.#deployments.get(id),
      }),
      names: table(CODECS.name, PATHS.name),
      providers: new Table({ codec: CODECS.provider, path: PATHS.provider, read: (id) => this.#providers.get(id) }),
      jobs: new Table({ codec: CODECS.job, path: PATHS.job, read: (id) => this.#jobs.get(id) }),
      due: table(CODECS.due, (key) => ["due", key]),
      waiting: table(CODECS.waiting, (key) => ["waiting", key]),
    };
  }

  /** Takes over what a committed block changed, after the view has it. */
  update(tables: Tables): void {
    this.#accounts.update(tables.accounts);
    this.#jobs.update(tables.jobs);
    // Deployments never change, so what is cached of them stays right.
    let sameIds = true;
    for (const [id, record] of tables.providers.entries()) {
      sameIds &&= this.#providers.has(id) === (record !== null);
      if (record === null) this.#providers.delete(id);
      else this.#providers.set(id, record);
    }
    if (!sameIds) this.#providerIds = sortedIds(this.#providers.keys());
  }

  #cached<K extends string, R>(limit: number, codec: Codec<R>, path: (key: K) => Path): Cached<K, R> {
    return new Cached(limit, (key) => this.#read(path(key), codec));
  }

  #read<R>(path: Path, codec: Codec<R>): R | undefined {
    const value = this.view.get(path);
    return value === undefined ? undefined : codec.decode(value);
  }
}

/** Everything directly below a prefix, read in portions. */
export function* scanAll(view: StateView, prefix: Path): Generator<readonly [segment: string, value: Uint8Array]> {
  let after: string | null = null;
  for (;;) {
    const portion = view.scan(prefix, after, LEDGER_LIMITS.scan);
    yield* portion;
    if (portion.length < LEDGER_LIMITS.scan) return;
    after = portion[portion.length - 1]![0];
  }
}
