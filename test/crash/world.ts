// The chain that crash tests run. Everybody's keys follow from their names, so that any process can go on where
// another was killed, and judge what it left.

import { openLedger, Sequencer, type Timing } from "../../chain/consensus/index.ts";
import {
  type AccountId,
  Admission,
  accountRecord,
  amount,
  type BlockTime,
  blockTime,
  document,
  duration,
  type Genesis,
  keyId,
  type Nonce,
  PATHS,
  parseCanonical,
  type Signer,
  signTransaction,
} from "../../chain/protocol/index.ts";
import { developmentGenesis, type Ledger } from "../../chain/state/index.ts";
import { SqliteStore } from "../../chain/store/sqlite.ts";
import { nodeCrypto } from "../../host/crypto.ts";
import { namedSigner } from "../support/keys.ts";

/** The orderer's key. */
export const ORDERER = namedSigner("orderer");

/** Somebody who sends transfers. */
export interface Sender {
  readonly signer: Signer;
  readonly id: AccountId;
  nonce: bigint;
}

const PEOPLE = 8;
const signers = Array.from({ length: PEOPLE }, (_, at) => namedSigner(`person ${at}`));

const born = developmentGenesis({
  name: "crash",
  time: blockTime(1_000_000n),
  orderer: keyId(ORDERER.publicKey),
  balances: Object.fromEntries(signers.map(({ publicKey }) => [keyId(publicKey), amount(1_000_000_000_000n)])),
});
// With the parameters of the day when the stored sample was written, which is a ledger of this very chain.
const parameters = { ...born.parameters, slowestFuelPerMs: 50_000n, longestDeadline: duration(3_600_000n) };
/** The genesis: eight people with money. */
export const GENESIS: Genesis = { ...born, parameters };

/** The machine's own clock and timers. */
export const TIMING: Timing = {
  now: () => Date.now(),
  soon: (action) => void setImmediate(action),
  after(ms, action) {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};

/** A ledger on the disk with its sequencer, and the people with the nonces that they have there. */
export interface World {
  readonly store: SqliteStore;
  readonly ledger: Ledger;
  readonly sequencer: Sequencer;
  readonly people: Sender[];
}

/** Opens the crash tests' chain in a file, or begins it there. */
export function openWorld(file: string, synchronous: "FULL" | "NORMAL" = "FULL"): World {
  const store = new SqliteStore({ crypto: nodeCrypto, file, synchronous });
  const common = { crypto: nodeCrypto, admission: new Admission(), store, signer: ORDERER };
  const ledger = openLedger({ ...common, genesis: GENESIS });
  const people = signers.map((signer) => {
    const id = keyId(signer.publicKey);
    const bytes = store.get(PATHS.account(id))!;
    return { signer, id, nonce: document(accountRecord, parseCanonical(bytes, 4096), "account").nonce };
  });
  return { store, ledger, sequencer: new Sequencer({ ...common, ledger, timing: TIMING }), people };
}

/** A transfer of one micro-credit, signed, with the sender's next nonce. */
export function transfer(world: World, from: Sender, to: Sender): Uint8Array {
  return signTransaction(from.signer, {
    type: "transfer",
    version: 1,
    chain: world.ledger.chain,
    from: from.id,
    nonce: from.nonce++ as Nonce,
    expires: BigInt(Date.now() + 300_000) as BlockTime,
    to: to.id,
    amount: amount(1n),
  });
}
