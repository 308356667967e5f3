// A node: the ledger with its HTTP API over one data directory. It wires the rooms together and hands them what they
// may not take themselves: clock, timers, paths, keys.
import { openLedger, Sequencer, type Timing } from "../../chain/consensus/index.ts";
import {
  Admission,
  type Crypto,
  formatVerifierKey,
  type Genesis,
  logOrigin,
  noteKey,
} from "../../chain/protocol/index.ts";
import { SqliteStore } from "../../chain/store/sqlite.ts";
import { type Listen, serveApi } from "../api/index.ts";
import { SOFTWARE_NAME, SOFTWARE_VERSION } from "../software.ts";
import { openGenesis, settleGenesis } from "./beginning.ts";
import { BlobStore } from "./blobs.ts";
import type { Home } from "./home.ts";
import { ORDERER_KEY, openKey } from "./keys.ts";
import { promiseNamed } from "./promises.ts";
import { addTrust } from "./trust-store.ts";

/** What a node is started with. */
export interface NodeOptions {
  readonly home: Home;
  readonly crypto: Crypto;
  readonly listen: Listen;
}

/** A running node. */
export interface RunningNode {
  /** Its address, such as `http://127.0.0.1:7300`. */
  readonly address: string;
  readonly genesis: Genesis;
  /** Answers nothing new, finishes the block in progress, closes the database. */
  close(): Promise<void>;
}

const TIMING: Timing = {
  now: Date.now,
  soon: (action) => void setImmediate(action),
  after: (ms, action) => {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};

/**
 * Starts a node. PORT_IN_USE; STORAGE_LOCKED when another node has the data directory; STORAGE_CORRUPT,
 * STORAGE_VERSION; KEY_PERMISSIONS; KEY_REFUSED when its key is not the orderer that the genesis names.
 */
export async function startNode({ home, crypto, listen }: NodeOptions): Promise<RunningNode> {
  home.ensure(home.root);
  home.ensure(home.blobs);
  const { signer } = openKey(home, ORDERER_KEY);
  const genesis = openGenesis(home, signer);
  const store = new SqliteStore({ crypto, file: home.ledger });
  let orderer: Sequencer | null = null;
  try {
    const admission = new Admission();
    const ledger = openLedger({ crypto, admission, genesis, store, signer });
    settleGenesis(home);
    const logKey = noteKey(crypto, logOrigin(ledger.chain), signer.publicKey);
    const own = {
      role: "log",
      key: formatVerifierKey(logKey),
      vouches: true,
      note: "this installation's own node",
    } as const;
    addTrust(home, crypto, own);
    orderer = new Sequencer({ crypto, admission, ledger, store, signer, timing: TIMING });
    const software = `${SOFTWARE_NAME}/${SOFTWARE_VERSION}`;
    const blobs = new BlobStore(home, crypto);
    orderer.onBlock((block) => promiseNamed(blobs, genesis, block));
    const backend = { crypto, genesis, chain: ledger.chain, orderer, store, prover: ledger, blobs, logKey, software };
    const server = await serveApi(backend, listen);
    const close = async () => {
      // The doors are shut first; whoever is inside still hears how the last block went.
      const served = server.close();
      await backend.orderer.close();
      await served;
      store.close();
    };
    return { address: server.address, genesis, close };
  } catch (error) {
    await orderer?.close();
    store.close();
    throw error;
  }
}
