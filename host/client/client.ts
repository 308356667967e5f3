// The typed client of a node's HTTP API. Everybody who talks to a node goes through here: the command line, a
// provider on another machine, a provider in the node's own process.
import type { z } from "zod";
import {
  type AccountId,
  accountRecord,
  type BlobRef,
  type Crypto,
  cidOf,
  type Digest,
  DOCUMENT_LIMITS,
  deploymentId,
  digestOfBytes,
  document,
  type Genesis,
  type JobStatus,
  type KeyId,
  type KeyRecord,
  keyRecord,
  LockstepError,
  Lru,
  nameRecord,
  PATHS,
  parseCanonical,
  providerRecord,
  readGenesis,
  transactionId,
  utf8Decode,
} from "../../chain/protocol/index.ts";
import * as wire from "../wire.ts";
import { type Ask, Connection, parseJson } from "./http.ts";
import { CLIENT_LIMITS, type Patience } from "./limits.ts";

/** A query of what is there. */
function queryOf(values: Readonly<Record<string, string | null | undefined>>): Record<string, string> {
  const given = Object.entries(values).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return Object.fromEntries(given);
}

/** A node's API, typed. Errors are `LockstepError`s with the code that the node gave, or UNREACHABLE, TIMEOUT. */
export class Client {
  readonly #connection: Connection;
  readonly #crypto: Crypto;
  readonly #deployments = new Lru<Digest, wire.DeploymentInfo>(CLIENT_LIMITS.deploymentsKept);
  #genesis: Genesis | null = null;

  /** `address` is the node's, such as `http://127.0.0.1:7300`; USAGE when it is not one. */
  constructor(address: string, crypto: Crypto, patience: Patience = CLIENT_LIMITS) {
    this.#connection = new Connection(address, patience);
    this.#crypto = crypto;
  }

  /** The node's address without a slash at the end. */
  get address(): string {
    return this.#connection.url.origin;
  }

  /** The connection, for the event stream. */
  get connection(): Connection {
    return this.#connection;
  }

  async #ask<S extends z.ZodType>(schema: S, ask: Ask): Promise<z.output<S>> {
    const body = await this.#connection.exchange(ask);
    return document(schema, parseJson(body, this.address), `the answer of ${this.address} to ${ask.path}`);
  }

  #get<S extends z.ZodType>(
    schema: S,
    path: string,
    query: Readonly<Record<string, string>> = {},
  ): Promise<z.output<S>> {
    return this.#ask(schema, { method: "GET", path, query });
  }

  /** What the node is and where its ledger stands. */
  status(): Promise<wire.Status> {
    return this.#get(wire.statusAnswer, "/v1/status");
  }

  /** The chain's genesis, asked once. */
  async genesis(): Promise<Genesis> {
    this.#genesis ??= readGenesis(await this.#connection.exchange({ method: "GET", path: "/v1/genesis" }));
    return this.#genesis;
  }

  /** The newest checkpoint: the text of a signed note. */
  async checkpoint(): Promise<string> {
    return utf8Decode(await this.#connection.exchange({ method: "GET", path: "/v1/checkpoint", most: 4096 }));
  }

  /** Hands in a signed transaction and waits until it is on the ledger's disk; or throws why it was refused. */
  submit(bytes: Uint8Array): Promise<wire.AppliedTransaction> {
    const path = "/v1/transactions";
    return this.#ask(wire.appliedAnswer, { method: "POST", path, body: bytes, type: "application/json" });
  }

  /** A transaction of the log. */
  transaction(id: Digest): Promise<wire.LoggedTransaction> {
    return this.#get(wire.transactionAnswer, `/v1/transactions/${id}`);
  }

  /** Stores bytes as a blob; the node's name for them is checked against our own. */
  async putBlob(bytes: Uint8Array): Promise<BlobRef> {
    const type = "application/octet-stream";
    const { sha256, size } = await this.#ask(wire.blobAnswer, { method: "POST", path: "/v1/blobs", body: bytes, type });
    if (sha256 !== this.#digest(bytes) || size !== bytes.length) {
      throw new LockstepError("DIGEST_MISMATCH", `${this.address} stored something else than it was given`);
    }
    return { sha256, size };
  }

  /** The bytes of a blob, checked; never more than its size. DIGEST_MISMATCH when the node sends others. */
  async blob(ref: BlobRef): Promise<Uint8Array> {
    const { blobBytes } = wire.WIRE_LIMITS;
    if (ref.size > blobBytes) throw new LockstepError("TOO_LARGE", `a blob has at most ${blobBytes} bytes`);
    const path = `/v1/blobs/${cidOf(ref.sha256)}`;
    const body = await this.#connection.exchange({ method: "GET", path, most: ref.size });
    if (body.length !== ref.size || this.#digest(body) !== ref.sha256) {
      throw new LockstepError("DIGEST_MISMATCH", `${this.address} sent other bytes than blob ${cidOf(ref.sha256)} has`);
    }
    return body;
  }

  #digest(bytes: Uint8Array): Digest {
    return digestOfBytes(this.#crypto, bytes);
  }

  /** An account; one that was never used has balance and nonce 0. */
  account(id: AccountId) {
    return this.#get(accountRecord, `/v1/accounts/${id}`);
  }

  /** What the ledger knows of a key, by the node's word; null for one that speaks for the account of its own name. */
  async key(id: KeyId): Promise<KeyRecord | null> {
    const { value } = await this.state(PATHS.key(id));
    if (value === null) return null;
    return document(
      keyRecord,
      parseCanonical(value, DOCUMENT_LIMITS.recordBytes),
      `what ${this.address} says of a key`,
    );
  }

  /**
   * A deployment; NOT_FOUND, DIGEST_MISMATCH when the node answers with another one: the id commits to owner and
   * content, so a node can't put another module behind it. It never changes, so it is asked once.
   */
  async deployment(id: Digest): Promise<wire.DeploymentInfo> {
    const known = this.#deployments.get(id);
    if (known !== undefined) return known;
    const answered = await this.#get(wire.deploymentAnswer, `/v1/deployments/${id}`);
    const { owner, deployment } = answered.record;
    this.#mustBe(id, "deployment", answered.id, deploymentId(this.#crypto, owner, deployment));
    this.#deployments.set(id, answered);
    return answered;
  }

  /** What a name points to; NOT_FOUND. */
  name(name: string) {
    return this.#get(nameRecord, `/v1/names/${encodeURIComponent(name)}`);
  }

  /** A provider; NOT_FOUND. */
  provider(id: AccountId) {
    return this.#get(providerRecord, `/v1/providers/${id}`);
  }

  /** A page of providers. */
  providers(after: AccountId | null = null) {
    return this.#get(wire.providersAnswer, "/v1/providers", queryOf({ after }));
  }

  /** A page of deployments, of one owner or all; `after` is the page before's `next`. */
  deployments(of: { readonly owner?: AccountId }, after: Digest | null = null) {
    return this.#get(wire.deploymentsAnswer, "/v1/deployments", queryOf({ ...of, after }));
  }

  /** A page of names, of one owner or all; `after` is the page before's `next`. */
  names(of: { readonly owner?: AccountId }, after: string | null = null) {
    return this.#get(wire.namesAnswer, "/v1/names", queryOf({ ...of, after }));
  }

  /** A page of jobs, of one requester, in one state, or all; `after` is the page before's `next`. */
  jobs(of: { readonly requester?: AccountId; readonly status?: JobStatus }, after: string | null = null) {
    return this.#get(wire.jobsAnswer, "/v1/jobs", queryOf({ ...of, after }));
  }

  /** A job with its order; NOT_FOUND, DIGEST_MISMATCH when the order is not the one that the id is the digest of. */
  async job(id: Digest): Promise<wire.Job> {
    const answered = await this.#get(wire.jobAnswer, `/v1/jobs/${id}`);
    this.#mustBe(id, "job", answered.id, transactionId(this.#crypto, answered.order.body));
    return answered;
  }

  /** What is named by content must have that name, whatever the node says. */
  #mustBe(id: Digest, what: string, ...names: readonly Digest[]): void {
    if (names.every((name) => name === id)) return;
    throw new LockstepError("DIGEST_MISMATCH", `${this.address} answered with another ${what} than ${id}`);
  }

  /** A page of the jobs that are assigned to a provider and not yet accepted; `after` is the page before's `next`. */
  openJobs(provider: AccountId, after: string | null = null) {
    return this.#get(wire.jobsAnswer, "/v1/jobs", queryOf({ provider, after }));
  }

  /** The receipt file of a job, as bytes to keep; NOT_FOUND until it is accepted. Verify it before believing it. */
  async receipt(job: Digest): Promise<Uint8Array> {
    return this.#connection.exchange({ method: "GET", path: `/v1/jobs/${job}/receipt` });
  }

  /** A page of the log's leaves. */
  leaves(from: bigint, count: number) {
    return this.#get(wire.leavesAnswer, "/v1/log", { from: String(from), count: String(count) });
  }

  /** A value of the state with its proof; `path` has at most eight segments. */
  state(path: readonly string[]): Promise<wire.StateAnswer> {
    return this.#get(wire.stateAnswer, "/v1/state", { path: path.map(encodeURIComponent).join("/") });
  }

  /** Closes the connections; nothing may be asked afterwards. */
  close(): Promise<void> {
    return this.#connection.close();
  }
}
