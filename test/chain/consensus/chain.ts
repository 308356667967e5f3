// A small development chain with a real ledger, store and sequencer, driven by a clock and a timer that a test turns.

import { openLedger, Sequencer, type Timing } from "../../../chain/consensus/index.ts";
import {
  type AccountId,
  Admission,
  amount,
  type BlockTime,
  blockTime,
  type Genesis,
  keyId,
  type Nonce,
  type Signer,
  signTransaction,
  type TransactionBody,
} from "../../../chain/protocol/index.ts";
import { developmentGenesis, type Ledger } from "../../../chain/state/index.ts";
import { type LedgerStore, MemoryStore } from "../../../chain/store/index.ts";
import { generateKey, nodeCrypto, nodeSigner } from "../../../host/crypto.ts";

/** When the chain is born. */
export const BIRTH = 1_000_000;

/** A clock that stands still until told, and timers that run when told: nothing in a test depends on real time. */
export class ManualTiming implements Timing {
  clock = BIRTH + 1;
  #soon: (() => void)[] = [];
  readonly #later = new Set<{ readonly at: number; readonly action: () => void }>();

  now(): number {
    return this.clock;
  }

  soon(action: () => void): void {
    this.#soon.push(action);
  }

  after(ms: number, action: () => void): () => void {
    const timer = { at: this.clock + ms, action };
    this.#later.add(timer);
    return () => void this.#later.delete(timer);
  }

  /** When the next timer is due, or null. */
  get next(): number | null {
    return this.#later.size === 0 ? null : Math.min(...[...this.#later].map(({ at }) => at));
  }

  /** Runs what was to run soon, once round; whether there was anything. */
  turn(): boolean {
    const actions = this.#soon.splice(0);
    for (const action of actions) action();
    return actions.length > 0;
  }

  /** Runs until nothing is to run soon. */
  settle(): void {
    while (this.turn());
  }

  /** Moves the clock on and runs what has become due, in order of time. */
  advance(ms: number): void {
    const end = this.clock + ms;
    for (;;) {
      this.settle();
      const due = [...this.#later].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#later.delete(due);
      this.clock = Math.max(this.clock, due.at);
      due.action();
    }
    this.clock = end;
    this.settle();
  }
}

/** Somebody with a key, who numbers their transactions. */
export class Person {
  readonly signer: Signer;
  readonly id: AccountId;
  nonce = 0n;

  constructor(signer: Signer = nodeSigner(generateKey())) {
    this.signer = signer;
    this.id = keyId(signer.publicKey);
  }
}

type OwnPart<B> = B extends unknown ? Omit<B, "version" | "chain" | "from" | "nonce" | "expires"> : never;
/** A transaction's body without what is common to all. */
export type Ask = OwnPart<TransactionBody>;

/** A chain with everything that runs it. */
export class Chain {
  readonly timing = new ManualTiming();
  readonly orderer: Person;
  readonly genesis: Genesis;
  readonly store: LedgerStore;
  readonly ledger: Ledger;
  readonly sequencer: Sequencer;
  readonly admission = new Admission();

  constructor(
    options: { store?: LedgerStore; orderer?: Person; genesis?: Genesis; clock?: number; rich?: Person[] } = {},
  ) {
    this.orderer = options.orderer ?? new Person();
    this.store = options.store ?? new MemoryStore(nodeCrypto);
    const balances = Object.fromEntries((options.rich ?? []).map(({ id }) => [id, amount(1_000_000_000n)]));
    this.genesis =
      options.genesis ??
      developmentGenesis({ name: "test", time: blockTime(BigInt(BIRTH)), orderer: this.orderer.id, balances });
    if (options.clock !== undefined) this.timing.clock = options.clock;
    const { genesis, store, admission, timing } = this;
    const common = { crypto: nodeCrypto, admission, store, signer: this.orderer.signer };
    this.ledger = openLedger({ ...common, genesis });
    this.sequencer = new Sequencer({ ...common, ledger: this.ledger, timing });
  }

  /** A signed transaction with the person's next nonce. */
  sign(person: Person, ask: Ask, changes: Partial<TransactionBody> = {}): Uint8Array {
    const body = {
      version: 1,
      chain: this.ledger.chain,
      from: person.id,
      nonce: person.nonce++ as Nonce,
      expires: (this.ledger.head.time + 300_000n) as BlockTime,
      ...ask,
      ...changes,
    } as TransactionBody;
    return signTransaction(person.signer, body);
  }
}
