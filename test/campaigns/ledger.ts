// Random lives on a ledger: many accounts, providers that refuse, lie, answer late or not at all, money moved to the
// last unit, keys rotated, transactions replayed, candidates dropped. One case is one block; after each, all money is
// counted, every job has moved only along its allowed ways, and a second ledger has come to the same root.
import { deepStrictEqual, equal, ok } from "node:assert/strict";
import {
  type AuthenticTransaction,
  amount,
  type BlockTime,
  type Body,
  type Call,
  callOf,
  type Deployment,
  type Digest,
  duration,
  fuel,
  type JobStatus,
  type KeyId,
  rotationMessage,
} from "../../chain/protocol/index.ts";
import { type Candidate, Ledger, readSnapshot, writeSnapshot } from "../../chain/state/index.ts";
import { nodeCrypto } from "../../host/crypto.ts";
import { auditState } from "../support/ledger-money.ts";
import { MemoryView } from "../support/memory-view.ts";
import { random } from "../support/state-tree.ts";
import {
  ANSWER,
  admission,
  idOfDeployment,
  order,
  type Person,
  person,
  REGISTER,
  receipt,
  someDeployment,
  TestChain,
  type Wish,
} from "../support/test-chain.ts";

export const name = "lives on a ledger";
export const whole = 20_000;

/** Blocks of one chain, then a new one begins. */
const BLOCKS_PER_CHAIN = 250;

/** The only ways between statuses within one block, which may take several steps (SPEC J1). */
const WAYS: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  waiting: ["waiting", "assigned", "cancelled", "expired"],
  assigned: ["assigned", "running", "accepted", "waiting", "cancelled", "expired"],
  running: ["running", "accepted", "waiting", "assigned", "expired"],
  accepted: ["accepted", "final"],
  final: ["final"],
  cancelled: ["cancelled"],
  expired: ["expired"],
};

type Next = (bound: number) => number;

/** One chain and its people, moved by chance. */
class Life {
  readonly next: Next;
  readonly chain: TestChain;
  readonly people: Person[];
  /** The key that signs for each account. */
  readonly keys = new Map<KeyId, Person>();
  readonly deployments = new Map<Digest, Deployment>();
  readonly orders = new Map<Digest, { wish: Body<"job">; deployment: Deployment }>();
  readonly statuses = new Map<Digest, JobStatus>();
  readonly applied = new Map<KeyId, bigint>();
  readonly sent: AuthenticTransaction[] = [];
  readonly codes = new Map<string, number>();
  #twin: { view: MemoryView; ledger: Ledger };
  #fresh = 0;

  constructor(next: Next) {
    this.next = next;
    this.people = Array.from({ length: 9 }, (_, at) => person(`life ${at}`));
    this.chain = new TestChain({
      faucet: 100_000_000n,
      parameters: { challengeWindow: duration(500n), acceptWindow: duration(300n), resultGrace: duration(400n) },
    });
    const view = new MemoryView();
    view.change(this.chain.blocks[0]!.changes);
    this.#twin = { view, ledger: this.#open(view) };
    for (const who of this.people) this.keys.set(who.id, who);
  }

  #open(view: MemoryView, head = this.chain.ledger.head): Ledger {
    return new Ledger({ crypto: nodeCrypto, admission, genesis: this.chain.genesis, view, head });
  }

  pick<T>(from: readonly T[]): T | undefined {
    return from[this.next(from.length)];
  }

  /** A wish of somebody: mostly sensible, often not. */
  #wish(who: Person): Wish | null {
    const { next, chain } = this;
    const all = chain.balance(who);
    const sums = [0n, 1n, 500n, 12_345n, 700_000n, all / 2n, all, all > 100n ? all - 100n : 0n];
    const money = amount(sums[next(8)]!);
    const jobs = [...this.orders.keys()];
    const job = this.pick(jobs.slice(-12));
    switch (next(16)) {
      case 0:
        return { type: "faucet" };
      case 1:
        return { type: "transfer", to: this.pick(this.people)!.id, amount: money };
      case 2:
        return this.#deploy(who);
      case 3:
        return { ...REGISTER, stake: amount([0n, 10_000_000n, 20_000_000n][next(3)]!), base: amount(BigInt(next(40))) };
      case 4:
        return next(3) === 0 ? { type: "drain" } : { type: "unbond", amount: amount(BigInt(next(12_000_000))) };
      case 5:
      case 6:
      case 7:
        return this.#order();
      case 8:
        return job === undefined ? null : { type: "cancel", job };
      case 9:
        if (next(3) === 0)
          return { type: "revoke", key: next(2) === 0 ? who.id : this.pick(this.people)!.id, reason: "old" };
        return next(4) === 0 ? this.#rotate(who) : null;
      default:
        return job === undefined ? null : this.#work(who, job);
    }
  }

  #deploy(who: Person): Wish {
    const deployment = someDeployment({ price: amount(BigInt(this.next(60))), entry: `run${this.next(3)}` });
    this.deployments.set(idOfDeployment(who, deployment), deployment);
    return { type: "deploy", deployment };
  }

  #order(): Wish | null {
    const deployed = this.pick([...this.deployments.keys()]);
    if (deployed === undefined) return null;
    const ceiling = amount([40n, 60n, 1000n, 5_000_000n][this.next(4)]!);
    return order(deployed, { ceiling, deadline: duration([800n, 3000n, 20_000n][this.next(3)]!) });
  }

  #rotate(who: Person): Wish {
    const fresh = person(`life key ${this.#fresh++}`);
    const message = rotationMessage(this.chain.ledger.chain, who.id, this.chain.account(who).nonce);
    return { type: "rotate", key: fresh.id, proof: fresh.signer.sign(message) };
  }

  /** What a provider may do about a job: the step that is due, or any other. */
  #work(who: Person, job: Digest): Wish {
    const { next, chain } = this;
    const record = chain.view.get(["jobs", job]) === undefined ? null : chain.job(job);
    const attempt = Math.max(1, (record?.attempt ?? 1) - (next(12) === 0 ? 1 : 0));
    if (next(8) === 0) return { type: "refuse", job, attempt, reason: "busy" };
    if (record?.status !== "running" && next(8) > 0) return { type: "accept", job, attempt };
    const { wish, deployment } = this.orders.get(job)!;
    const { call } = callOf(nodeCrypto, deployment, wish);
    const lies: (Partial<Call> | null)[] = [null, null, null, { entry: "other" }];
    const used = fuel([0n, 1n, 1_500_000n, 5_000_000n, 5_000_001n][next(5)]!);
    const bound = { chain: chain.ledger.chain, job, attempt, call: { ...call, ...lies[next(4)] } };
    return {
      type: "result",
      job,
      attempt,
      envelope: receipt(this.keys.get(who.id)!, { ...bound, answer: { ...ANSWER, fuel: used } }),
    };
  }

  /** A transaction of somebody: fresh, now and then replayed, or with a nonce or key that is off. */
  #transaction(who: Person, make: () => Wish | null): AuthenticTransaction | null {
    if (this.next(15) === 0 && this.sent.length > 0) return this.pick(this.sent)!;
    const wish = make();
    if (wish === null) return null;
    this.chain.resync(who);
    const key = this.next(30) === 0 ? who : this.keys.get(who.id)!;
    return this.chain.sign(who, wish, key);
  }

  /** Mostly the provider of a recent job with its next step, so that jobs get on; else anybody with anything. */
  #something(): AuthenticTransaction | null {
    const job = this.pick([...this.orders.keys()].slice(-8));
    const record = job === undefined ? null : this.chain.job(job);
    const open = record?.status === "assigned" || record?.status === "running";
    const worker = open ? this.people.find(({ id }) => id === record.assignment!.provider) : undefined;
    if (worker === undefined || this.next(3) === 0) {
      const who = this.pick(this.people)!;
      return this.#transaction(who, () => this.#wish(who));
    }
    return this.#transaction(worker, () => this.#work(worker, job!));
  }

  #time(): BlockTime {
    const { head } = this.chain.ledger;
    const due = this.chain.ledger.nextDue();
    const jump = this.next(30);
    if (jump === 0 && due !== null) return (due > head.time ? due : head.time + 1n) as BlockTime;
    if (jump === 1 && due !== null && due > head.time + 1n) return (due - 1n) as BlockTime;
    return (head.time + BigInt(1 + this.next(jump === 2 ? 3000 : 20))) as BlockTime;
  }

  /** One block, with everything that must hold after it. */
  step(): void {
    const { chain, next } = this;
    const transactions: AuthenticTransaction[] = [];
    const senders = next(4) === 0 ? 4 : 1;
    for (let at = 0; at < senders; at++) {
      const tx = this.#something();
      if (tx !== null) transactions.push(tx);
    }
    const time = this.#time();
    const root = chain.ledger.head.stateRoot;
    if (next(5) === 0) chain.ledger.apply({ time: (time + 5n) as BlockTime, transactions: [] });
    if (next(5) === 0) ok(chain.ledger.prove(["chain"]).value !== null);
    equal(chain.ledger.head.stateRoot, root);
    const candidate = chain.ledger.apply({ time, transactions });
    if (next(5) === 0) chain.ledger.prove(["chain"]);
    chain.commit(candidate);
    this.#checkTransactions(candidate);
    this.#checkJobs();
    auditState(chain.view, chain.genesis.parameters);
    this.#checkTwin(candidate, time);
  }

  #count(what: string): void {
    this.codes.set(what, (this.codes.get(what) ?? 0) + 1);
  }

  #checkTransactions({ transactions, codes, changes, events }: Candidate): void {
    for (const [at, tx] of transactions.entries()) {
      const code = codes[at]!;
      this.#count(`${tx.body.type} ${code}`);
      if (code !== "OK") continue;
      const { from, nonce } = tx.body;
      equal(nonce, this.applied.get(from) ?? 0n, "an account's nonces have no gap and no repetition");
      this.applied.set(from, nonce + 1n);
      this.sent.push(tx);
      if (tx.body.type === "job") {
        this.orders.set(tx.id, { wish: tx.body, deployment: this.deployments.get(tx.body.deployment)! });
      }
      if (tx.body.type === "rotate") this.keys.set(from, this.#personOf(tx.body.key));
    }
    for (const { type } of events) this.#count(`event ${type}`);
    // Due work changes state without transactions, but never without an event or money that arrives.
    if (codes.every((code) => code !== "OK") && events.length === 0) {
      const touched = changes.filter(([[first]]) => first !== "chain" && first !== "due");
      ok(
        touched.every(([[first]]) => first === "providers" || first === "accounts"),
        "a refused transaction changed something",
      );
    }
  }

  #personOf(key: KeyId): Person {
    for (let at = this.#fresh - 1; at >= 0; at--)
      if (person(`life key ${at}`).id === key) return person(`life key ${at}`);
    throw new Error("a rotation to an unknown key was applied");
  }

  #checkJobs(): void {
    for (const id of this.orders.keys()) {
      if (this.chain.view.get(["jobs", id]) === undefined) continue;
      const { status } = this.chain.job(id);
      const before = this.statuses.get(id);
      if (before !== undefined) ok(WAYS[before].includes(status), `a job went from ${before} to ${status}`);
      this.statuses.set(id, status);
    }
  }

  /** The second ledger: the same blocks, now and then opened again, or begun from a snapshot. */
  #checkTwin(candidate: Candidate, time: BlockTime): void {
    const again = this.#twin.ledger.apply({ time, transactions: candidate.transactions });
    deepStrictEqual(again.head.log.serialize(), candidate.head.log.serialize());
    equal(again.head.stateRoot, candidate.head.stateRoot);
    this.#twin.view.change(again.changes);
    this.#twin.ledger.commit(again);
    if (this.next(40) === 0) this.#twin.ledger = this.#open(this.#twin.view);
    if (this.next(40) === 0) {
      const stream = [...writeSnapshot(this.chain.ledger.chain, this.#twin.ledger.head, this.#twin.view)];
      const { head, entries } = readSnapshot(nodeCrypto, stream);
      const view = new MemoryView();
      view.change(entries);
      this.#twin = { view, ledger: this.#open(view, head) };
    }
  }
}

/** What a campaign saw: how often each type ended with each code. */
export type Seen = ReadonlyMap<string, number>;

/** Runs `count` blocks from the seed; throws at the first thing out of order. */
export function run({ seed, count, log }: { seed: number; count: number; log: (line: string) => void }): Seen {
  const next = random(seed);
  const seen = new Map<string, number>();
  let life = new Life(next);
  for (let done = 1; done <= count; done++) {
    try {
      life.step();
    } catch (error) {
      throw new Error(`block ${done} of seed ${seed}: ${(error as Error).message}`, { cause: error });
    }
    if (done % BLOCKS_PER_CHAIN !== 0 && done !== count) continue;
    for (const [what, times] of life.codes) seen.set(what, (seen.get(what) ?? 0) + times);
    for (const status of life.statuses.values()) seen.set(`job ${status}`, (seen.get(`job ${status}`) ?? 0) + 1);
    life = new Life(next);
  }
  log(
    [...seen]
      .sort()
      .map(([what, times]) => `${what} ${times}`)
      .join(", "),
  );
  return seen;
}
