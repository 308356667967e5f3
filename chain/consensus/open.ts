// A ledger from its store: born there when the store is empty, found there when not.
import {
  type Admission,
  type Crypto,
  chainId,
  type Genesis,
  height,
  keyId,
  LockstepError,
  type Signer,
} from "../protocol/index.ts";
import { Ledger } from "../state/index.ts";
import type { LedgerStore } from "../store/index.ts";
import { signCheckpoint } from "./checkpoint.ts";

/** What a ledger is opened from. */
export interface OpenOptions {
  readonly crypto: Crypto;
  readonly admission: Admission;
  readonly genesis: Genesis;
  readonly store: LedgerStore;
  /** The orderer's key, which the genesis names. */
  readonly signer: Signer;
}

/**
 * Opens the ledger that a store holds, and begins it with the genesis where the store is empty.
 * KEY_REFUSED when the signer is not the genesis's orderer, WRONG_CHAIN when the store holds another chain,
 * STORAGE_CORRUPT when its state does not have the root that its log says.
 */
export function openLedger({ crypto, admission, genesis, store, signer }: OpenOptions): Ledger {
  const chain = chainId(crypto, genesis);
  if (keyId(signer.publicKey) !== genesis.orderer) {
    throw new LockstepError("KEY_REFUSED", `the genesis names the orderer ${genesis.orderer}, and the key is another`);
  }
  if (store.head() === null) {
    const birth = Ledger.birth(crypto, genesis);
    store.write(birth, signCheckpoint(crypto, signer, chain, birth.head));
  }
  const stored = store.block(height(0n))?.entry.chain;
  if (stored !== chain) {
    throw new LockstepError("WRONG_CHAIN", `the store holds the chain ${stored}, and the genesis is of chain ${chain}`);
  }
  return new Ledger({ crypto, admission, genesis, view: store, head: store.head()! });
}
