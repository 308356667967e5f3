// A chain for tests: a real ledger over state in memory, people with real keys, and short ways to say what they do.

import { createPrivateKey, hash } from "node:crypto";
import {
  Admission,
  type Answer,
  type AuthenticTransaction,
  accountRecord,
  amount,
  type BlockTime,
  type Body,
  blockTime,
  type Call,
  callOf,
  chainRecord,
  type Deployment,
  type Digest,
  deploymentId,
  document,
  duration,
  EMPTY_DIGEST,
  type Envelope,
  fuel,
  type Genesis,
  type JobRecord,
  type Json,
  jobRecord,
  type KeyId,
  keyId,
  keyRecord,
  nonce,
  PATHS,
  type Parameters,
  type Path,
  providerRecord,
  readTransaction,
  type Signer,
  sealReceipt,
  signTransaction,
  type TransactionBody,
  utf8Decode,
} from "../../chain/protocol/index.ts";
import { type Candidate, DEVELOPMENT_PARAMETERS, developmentGenesis, Ledger } from "../../chain/state/index.ts";
import { nodeCrypto, nodeSigner } from "../../host/crypto.ts";
import { MemoryView } from "./memory-view.ts";

/** Shared, so that a key is admitted once per test file. */
export const admission = new Admission();

/** Somebody with a key. */
export interface Person {
  readonly name: string;
  readonly id: KeyId;
  readonly signer: Signer;
}

/** DER of a PKCS8 Ed25519 key up to its 32 secret bytes (RFC 8410). */
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

const people = new Map<string, Person>();

/** The person of a name: the same name has the same key in every test. */
export function person(name: string): Person {
  const known = people.get(name);
  if (known !== undefined) return known;
  const seed = hash("sha256", `test person ${name}`, "buffer");
  const signer = nodeSigner(createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: "der", type: "pkcs8" }));
  const made = { name, id: keyId(signer.publicKey), signer };
  people.set(name, made);
  return made;
}

/** When test chains are born. */
export const BIRTH = 1_700_000_000_000n;

/** A digest for something that only needs one. */
export const digestOfText = (text: string): Digest => hash("sha256", text, "hex") as Digest;

/** A deployment that costs 50 and takes every default. */
export function someDeployment(change: Partial<Deployment> = {}): Deployment {
  return {
    sre: "wasm",
    module: { sha256: digestOfText("module"), size: 2000 },
    abi: "bytes-1",
    entry: "run",
    profile: "draft-wasm-1",
    limits: { fuel: fuel(10_000_000n), memory: 1 << 20, stack: 1 << 16, output: 4096, logs: 1024 },
    price: amount(50n),
    callers: null,
    ...change,
  };
}

type Distributive<T> = T extends unknown ? Omit<T, "version" | "chain" | "from" | "nonce" | "expires"> : never;
/** A transaction's own part, with parts of the common one if they must differ. */
export type Wish = Distributive<TransactionBody> &
  Partial<Pick<TransactionBody, "nonce" | "expires" | "chain" | "from">>;

/** What a test chain may have otherwise than a development chain. */
export interface TestChainOptions {
  readonly parameters?: Partial<Parameters>;
  readonly balances?: Readonly<Record<KeyId, bigint>>;
  readonly faucet?: bigint;
}

/** Round numbers that tests can count with; a development chain's follow from the prices of fuel. */
const TIMES = { slowestFuelPerMs: 50_000n, longestDeadline: duration(3_600_000n) };

/** A ledger, its state, and the blocks that made it. */
export class TestChain {
  readonly genesis: Genesis;
  readonly view = new MemoryView();
  ledger: Ledger;
  readonly blocks: Candidate[] = [];
  #nonces = new Map<KeyId, bigint>();

  constructor({ parameters = {}, balances = {}, faucet }: TestChainOptions = {}) {
    const orderer = person("orderer").id;
    const base = developmentGenesis({ name: "test", time: blockTime(BIRTH), orderer });
    this.genesis = {
      ...base,
      faucet: amount(faucet ?? base.faucet),
      balances: Object.fromEntries(Object.entries(balances).map(([id, value]) => [id, amount(value)])),
      parameters: { ...DEVELOPMENT_PARAMETERS, ...TIMES, ...parameters },
    };
    const birth = Ledger.birth(nodeCrypto, this.genesis);
    this.view.change(birth.changes);
    this.blocks.push(birth);
    this.ledger = new Ledger({
      crypto: nodeCrypto,
      admission,
      genesis: this.genesis,
      view: this.view,
      head: birth.head,
    });
  }

  get time(): bigint {
    return this.ledger.head.time;
  }

  /** A signed transaction of an account with its next nonce; `key` signs, by default the account's first key. */
  sign(from: Person, wish: Wish, key: Person = from): AuthenticTransaction {
    const next = this.#nonces.get(from.id) ?? 0n;
    if (wish.nonce === undefined) this.#nonces.set(from.id, next + 1n);
    const body = {
      version: 1,
      chain: this.ledger.chain,
      from: from.id,
      nonce: nonce(next),
      expires: blockTime(this.time + 60_000n),
      ...wish,
    } as TransactionBody;
    return readTransaction(nodeCrypto, admission, signTransaction(key.signer, body));
  }

  /** Says again what an account's next nonce is, after a refusal. */
  resync(from: Person): void {
    this.#nonces.set(from.id, this.account(from).nonce);
  }

  /** Applies and commits a block `after` ms after the last one. */
  block(after: number, ...transactions: AuthenticTransaction[]): Candidate {
    const candidate = this.ledger.apply({ time: (this.time + BigInt(after)) as BlockTime, transactions });
    this.commit(candidate);
    return candidate;
  }

  /** Commits a candidate. */
  commit(candidate: Candidate): void {
    this.view.change(candidate.changes);
    this.ledger.commit(candidate);
    this.blocks.push(candidate);
  }

  /** A block of one transaction 1 ms later; its code. */
  do(from: Person, wish: Wish, key: Person = from): string {
    const [code] = this.block(1, this.sign(from, wish, key)).codes;
    if (code !== "OK") this.resync(from);
    return code!;
  }

  /** Like `do`, for what must work; the transaction's id. */
  must(from: Person, wish: Wish, key: Person = from): Digest {
    const tx = this.sign(from, wish, key);
    const { codes, refusals } = this.block(1, tx);
    if (codes[0] !== "OK") {
      this.resync(from);
      throw refusals.get(0)!;
    }
    return tx.id;
  }

  /** A second ledger over the same committed state, as after a restart. */
  reopened(): Ledger {
    return new Ledger({
      crypto: nodeCrypto,
      admission,
      genesis: this.genesis,
      view: this.view,
      head: this.ledger.head,
    });
  }

  #json(path: Path): Json | undefined {
    const value = this.view.get(path);
    return value && (JSON.parse(utf8Decode(value)) as Json);
  }

  account({ id }: Person) {
    return document(
      accountRecord,
      this.#json(PATHS.account(id)) ?? { balance: "0", nonce: "0", key: id, faucet: false },
      "account",
    );
  }

  balance(who: Person): bigint {
    return this.account(who).balance;
  }

  provider({ id }: Person) {
    const json = this.#json(PATHS.provider(id));
    return json === undefined ? null : document(providerRecord, json, "provider");
  }

  key({ id }: Person) {
    const json = this.#json(PATHS.key(id));
    return json === undefined ? null : document(keyRecord, json, "key");
  }

  job(id: Digest): JobRecord {
    return document(jobRecord, this.#json(PATHS.job(id))!, "job");
  }

  chain() {
    return document(chainRecord, this.#json(PATHS.chain())!, "chain");
  }

  /** How many entries lie below a prefix. */
  count(prefix: string): number {
    return this.view.scan([prefix], null, 10_000).length;
  }
}

/** A registration that offers the profile of `someDeployment` at 10 plus 1 per million fuel units. */
export const REGISTER = {
  type: "register",
  stake: amount(20_000_000n),
  offers: [{ sre: "wasm", profile: "draft-wasm-1" }],
  base: amount(10n),
  perMegafuel: amount(1n),
} as const satisfies Wish;

/** An order for a deployment, of at most 1,000 and 5 million fuel units. */
export function order(deployment: Digest, change: Partial<Body<"job">> = {}): Wish {
  return {
    type: "job",
    deployment,
    input: { sha256: digestOfText("input"), size: 5 },
    context: {},
    limits: { fuel: fuel(5_000_000n), memory: 1 << 20, stack: 1 << 16, output: 4096, logs: 1024 },
    comparator: "bits",
    trust: { providers: 1 },
    ceiling: amount(1000n),
    deadline: duration(60_000n),
    ...change,
  } as Wish;
}

/** An answer that ends ok after 1.5 million fuel units. */
export const ANSWER: Answer = {
  exit: { kind: "ok", code: 0 },
  output: { sha256: digestOfText("output"), size: 6 },
  logs: { sha256: EMPTY_DIGEST, size: 0, truncated: false },
  calls: { sha256: EMPTY_DIGEST, count: 0n },
  fuel: fuel(1_500_000n),
  after: null,
};

/** The call of an order. */
export function callOfOrder(deployment: Deployment, wish: Wish): Call {
  return callOf(nodeCrypto, deployment, wish as unknown as Body<"job">).call;
}

/** What a receipt says, with whatever must differ. */
export interface ReceiptWish {
  readonly chain: Digest;
  readonly job: Digest;
  readonly attempt: number;
  readonly call: Call;
  readonly answer?: Answer;
}

/** A provider's sealed receipt. */
export function receipt(by: Person, { answer = ANSWER, ...bound }: ReceiptWish): Envelope {
  const observed = {
    engine: { name: "v8", version: "1" },
    host: { name: "lockstep", version: "0" },
    isolation: ["none"],
    started: blockTime(BIRTH),
    elapsedUs: 1000n,
  };
  return sealReceipt(nodeCrypto, by.signer, { ...bound, answer }, observed).envelope;
}

/** The id of a deployment. */
export const idOfDeployment = (owner: Person, value: Deployment): Digest => deploymentId(nodeCrypto, owner.id, value);

/** A chain on which one deployment can be ordered: who is on it and what they made. */
export interface Market {
  readonly chain: TestChain;
  readonly alice: Person;
  readonly owner: Person;
  readonly providers: readonly Person[];
  readonly deployment: Deployment;
  readonly deployed: Digest;
  /** Orders the deployment as alice; the job's id. */
  place(change?: Partial<Body<"job">>): Digest;
  /** The provider that the job is assigned to. */
  assigned(job: Digest): Person;
  /** The receipt of the attempt in force, with whatever must differ. */
  receiptFor(job: Digest, change?: Partial<ReceiptWish>, by?: Person): Envelope;
  /** Takes an assigned job to its accepted result. */
  answer(job: Digest): void;
  /** Moves block time to a moment by one empty block. */
  at(time: bigint): Candidate;
}

/** Funds alice, an owner and some registered providers, deploys. */
export function market(providerCount = 1, options: TestChainOptions = {}, change: Partial<Deployment> = {}): Market {
  const chain = new TestChain(options);
  const [alice, owner] = [person("alice"), person("owner")];
  const providers = Array.from({ length: providerCount }, (_, at) => person(`provider ${at}`));
  for (const who of [alice, owner, ...providers]) chain.must(who, { type: "faucet" });
  const deployment = someDeployment(change);
  chain.must(owner, { type: "deploy", deployment });
  const deployed = idOfDeployment(owner, deployment);
  for (const who of providers) chain.must(who, REGISTER);
  const orders = new Map<Digest, Wish>();
  const assigned = (job: Digest): Person => {
    const id = chain.job(job).assignment!.provider;
    return providers.find((who) => who.id === id)!;
  };
  const receiptFor = (job: Digest, wish: Partial<ReceiptWish> = {}, by: Person = assigned(job)): Envelope => {
    const call = callOfOrder(deployment, orders.get(job)!);
    return receipt(by, { chain: chain.ledger.chain, job, attempt: chain.job(job).attempt, call, ...wish });
  };
  return {
    chain,
    alice,
    owner,
    providers,
    deployment,
    deployed,
    assigned,
    receiptFor,
    place(wish) {
      const made = order(deployed, wish);
      const job = chain.must(alice, made);
      orders.set(job, made);
      return job;
    },
    answer(job) {
      const by = assigned(job);
      const { attempt } = chain.job(job);
      chain.must(by, { type: "accept", job, attempt });
      chain.must(by, { type: "result", job, attempt, envelope: receiptFor(job) });
    },
    at: (time) => chain.block(Number(time - chain.time)),
  };
}
