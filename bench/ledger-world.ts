// A ledger for benchmarks: a real sequencer over a real file, its blocks cut on command, and a crowd with money and keys.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { type Applied, openLedger, Sequencer, type Timing } from "../chain/consensus/index.ts";
import {
  type AccountId,
  Admission,
  type Amount,
  amount,
  type BlockTime,
  blockTime,
  type Genesis,
  keyId,
  type Nonce,
  type Signer,
  signTransaction,
  type TransactionBody,
} from "../chain/protocol/index.ts";
import { developmentGenesis, type Ledger } from "../chain/state/index.ts";
import { SqliteStore } from "../chain/store/sqlite.ts";
import { nodeCrypto } from "../host/crypto.ts";
import { namedSigner } from "../test/support/keys.ts";

/** What everybody has at first. */
export const BALANCE = 1_000_000_000_000n;
const BIRTH = 1_800_000_000_000;

/** Somebody who signs. */
export interface Sender {
  readonly signer: Signer;
  readonly id: AccountId;
  nonce: bigint;
}

/** A clock that moves a millisecond per block and runs what is to come soon when told. */
class Steps implements Timing {
  clock = BIRTH;
  #soon: (() => void)[] = [];

  now(): number {
    return this.clock;
  }

  soon(action: () => void): void {
    this.#soon.push(action);
  }

  after(): () => void {
    return () => undefined;
  }

  turn(): void {
    this.clock++;
    for (const action of this.#soon.splice(0)) action();
  }
}

/** A transaction's body without what is common to all. */
export type Ask<B = TransactionBody> = B extends unknown
  ? Omit<B, "version" | "chain" | "from" | "nonce" | "expires">
  : never;

/** A ledger under measurement. */
export class LedgerWorld {
  readonly senders: Sender[];
  /** Accounts by number: the senders first, then those who only receive. */
  readonly accounts: readonly AccountId[];
  readonly store: SqliteStore;
  readonly ledger: Ledger;
  readonly sequencer: Sequencer;
  readonly #timing = new Steps();

  constructor(folder: string, senders: number, accounts: number) {
    this.senders = Array.from({ length: senders }, (_, at) => {
      const signer = namedSigner(`sender ${at}`);
      return { signer, id: keyId(signer.publicKey), nonce: 0n };
    });
    const others = Array.from({ length: accounts - senders }, () => keyId(randomBytes(32)));
    this.accounts = [...this.senders.map(({ id }) => id), ...others];
    const balances: Record<AccountId, Amount> = {};
    for (const id of this.accounts) balances[id] = amount(BALANCE);
    const orderer = namedSigner("orderer");
    const time = blockTime(BigInt(BIRTH));
    const genesis: Genesis = developmentGenesis({ name: "bench", time, orderer: keyId(orderer.publicKey), balances });
    this.store = new SqliteStore({ crypto: nodeCrypto, file: join(folder, "ledger.db") });
    const common = { crypto: nodeCrypto, admission: new Admission(), store: this.store, signer: orderer };
    for (const { id } of this.senders) common.admission.admitted(id);
    this.ledger = openLedger({ ...common, genesis });
    this.sequencer = new Sequencer({ ...common, ledger: this.ledger, timing: this.#timing });
  }

  /** A signed transaction with the sender's next nonce. */
  sign(sender: Sender, ask: Ask): Uint8Array {
    return signTransaction(sender.signer, {
      version: 1,
      chain: this.ledger.chain,
      from: sender.id,
      nonce: sender.nonce++ as Nonce,
      expires: BigInt(this.#timing.clock + 500_000) as BlockTime,
      ...ask,
    } as TransactionBody);
  }

  /** Submits transactions together and cuts one block of them; rejects when any is refused. */
  block(transactions: readonly Uint8Array[]): Promise<Applied[]> {
    const asked = Promise.all(transactions.map((bytes) => this.sequencer.submit(bytes)));
    this.#timing.turn();
    return asked;
  }

  /** Lets block time pass. */
  pass(ms: number): void {
    this.#timing.clock += ms;
  }

  async close(): Promise<void> {
    await this.sequencer.close();
    this.store.close();
  }
}
