// The ledger: committed state, its tree, and the one pure function from a block to what it does. The sequencer drives
// it now, a BFT engine can drive the same later. It reads no clock, keeps nothing on disk and knows no network.
import {
  Admission,
  type AuthenticTransaction,
  type BlockEntry,
  type BlockTime,
  blockLeaf,
  type ChainRecord,
  type Crypto,
  chainId,
  type Digest,
  Frontier,
  type Genesis,
  type Height,
  hexEncode,
  LockstepError,
  leafHash,
  PATHS,
  type Path,
  type TransactionCode,
  type TreeProof,
  transactionLeaf,
} from "../protocol/index.ts";
import { applyTransaction, checkTransaction } from "./apply.ts";
import { assignWaiting } from "./assignment.ts";
import { Block, type Rules } from "./block.ts";
import { Committed, STATE_PREFIXES, scanAll } from "./committed.ts";
import { earliestDue, workOffDue } from "./due.ts";
import { applyGenesis, checkGenesis, UNBORN } from "./genesis.ts";
import { LEDGER_LIMITS } from "./limits.ts";
import { CODECS } from "./records.ts";
import { StateTree } from "./tree.ts";
import type { Candidate, Head, StateChange, StateView } from "./view.ts";

/** What a ledger works with. `head` and `view` are what a store last committed, together. */
export interface LedgerOptions {
  readonly crypto: Crypto;
  readonly admission: Admission;
  readonly genesis: Genesis;
  readonly view: StateView;
  readonly head: Head;
}

/** A block to apply: later than the head, transactions in their order. */
export interface BlockRequest {
  readonly time: BlockTime;
  readonly transactions: readonly AuthenticTransaction[];
}

/** A candidate with what committing it needs. */
interface Pending {
  readonly candidate: Candidate;
  readonly block: Block;
  readonly chain: ChainRecord;
}

const NOTHING: StateView = { get: () => undefined, scan: () => [] };

/** Credits the block's fees to the orderer. */
function payFees(block: Block): void {
  block.credit(block.rules.genesis.orderer, block.fees);
}

function chainRecordOf(block: Block): ChainRecord {
  const { height, time, minted, burned, round } = block;
  return { height, time, minted, burned, round } as ChainRecord;
}

/** Everything that a block changed, as bytes. */
function changesOf(block: Block, chain: ChainRecord): StateChange[] {
  const changes: StateChange[] = [[PATHS.chain(), CODECS.chain.encode(chain)]];
  for (const table of Object.values(block.tables)) table.changes(changes);
  return changes;
}

interface Outcome {
  readonly transactions: readonly AuthenticTransaction[];
  readonly refusals: ReadonlyMap<number, LockstepError>;
}

/** What a finished block leaves: the candidate, given the log before it and the state root after it. */
function seal(block: Block, before: Frontier, outcome: Outcome, changes: StateChange[], stateRoot: Digest): Candidate {
  const { crypto, chain } = block.rules;
  const { height, time, events, receipts } = block;
  const { transactions, refusals } = outcome;
  const codes = transactions.map((_, at): TransactionCode => refusals.get(at)?.code ?? "OK");
  const entry: BlockEntry = {
    kind: "block",
    chain,
    height,
    time,
    stateRoot,
    transactions: transactions.length,
    receipts: receipts.length,
  };
  const leaves = transactions.map(({ bytes }, at) => transactionLeaf(codes[at]!, bytes));
  for (const { leaf } of receipts) leaves.push(leaf);
  leaves.push(blockLeaf(entry));
  const log = Frontier.parse(crypto, before.serialize());
  const subtrees: Uint8Array[] = [];
  for (const leaf of leaves) log.append(leafHash(crypto, leaf), (_level, _index, hash) => subtrees.push(hash));
  return {
    head: { height, time, stateRoot, log },
    firstLeaf: before.size,
    transactions,
    codes,
    refusals,
    events,
    changes,
    leaves,
    subtrees,
    receipts: receipts.map(({ job, envelope }, at) => ({ job, envelope, leafOffset: transactions.length + at })),
    entry,
  };
}

/**
 * A chain's ledger. `apply` makes a candidate and changes nothing; once the store has the candidate on disk, `commit`
 * makes it the head. A candidate that is not committed is forgotten by the next `apply`.
 */
export class Ledger {
  readonly #rules: Rules;
  readonly #committed: Committed;
  readonly #tree: StateTree;
  #head: Head;
  #chain: ChainRecord;
  #pending: Pending | null = null;
  /** Whether the tree holds the pending candidate on top of the committed state. */
  #ahead = false;
  #due: BlockTime | null | undefined;

  /**
   * Opens the ledger over committed state: reads all of it and rebuilds the tree. STORAGE_CORRUPT when the view does
   * not hold the state that the head names.
   */
  constructor({ crypto, admission, genesis, view, head }: LedgerOptions) {
    checkGenesis(genesis);
    this.#rules = { crypto, admission, genesis, chain: chainId(crypto, genesis) };
    this.#tree = new StateTree(crypto);
    this.#fill(view);
    this.#head = head;
    const root = hexEncode(this.#tree.root);
    if (root !== head.stateRoot) {
      const message = `the stored state of block ${head.height} is damaged: its root is ${root}, not ${head.stateRoot}`;
      throw new LockstepError("STORAGE_CORRUPT", message);
    }
    this.#committed = new Committed(view);
    this.#chain = this.#committed.chain();
  }

  /** The block of height 0: the genesis's state and, as leaf 0, its block entry. OUT_OF_RANGE for a wrong genesis. */
  static birth(crypto: Crypto, genesis: Genesis): Candidate {
    checkGenesis(genesis);
    // No key is admitted at birth: there are no signatures yet.
    const rules: Rules = { crypto, admission: new Admission(1), genesis, chain: chainId(crypto, genesis) };
    const tree = new StateTree(crypto);
    const before = hexEncode(tree.root) as Digest;
    const block = new Block(rules, new Committed(NOTHING), UNBORN, UNBORN.height, genesis.time, before);
    applyGenesis(block);
    const changes = changesOf(block, chainRecordOf(block));
    const root = hexEncode(tree.update(changes)) as Digest;
    return seal(block, new Frontier(crypto), { transactions: [], refusals: new Map() }, changes, root);
  }

  /** The chain id. */
  get chain(): Digest {
    return this.#rules.chain;
  }

  get genesis(): Genesis {
    return this.#rules.genesis;
  }

  /** The newest committed block. */
  get head(): Head {
    return this.#head;
  }

  /**
   * Why a transaction could not be applied in a block of the given time on top of the head, or null. `ahead` counts
   * transactions of the same account that come before it; with any of them only what all types share is tested.
   */
  check(tx: AuthenticTransaction, time: BlockTime, ahead = 0n): LockstepError | null {
    return checkTransaction(this.#block(time), tx, ahead);
  }

  /**
   * What a block would do: due work first, then each transaction, then assignments and fees. Pure: the same ledger
   * gives the same candidate, and nothing is changed. OUT_OF_RANGE unless the time is later than the head's.
   */
  apply({ time, transactions }: BlockRequest): Candidate {
    const block = this.#block(time);
    const refusals = new Map<number, LockstepError>();
    workOffDue(block);
    for (const [at, tx] of transactions.entries()) {
      const refused = applyTransaction(block, tx);
      if (refused !== null) refusals.set(at, refused);
    }
    assignWaiting(block);
    payFees(block);
    const chain = chainRecordOf(block);
    const changes = changesOf(block, chain);
    this.#retreat();
    this.#ahead = true;
    const root = hexEncode(this.#tree.update(changes)) as Digest;
    const candidate = seal(block, this.#head.log, { transactions, refusals }, changes, root);
    this.#pending = { candidate, block, chain };
    return candidate;
  }

  /** Makes the last candidate the head, after the view has its changes. INTERNAL for any other candidate. */
  commit(candidate: Candidate): void {
    const pending = this.#pending;
    if (pending?.candidate !== candidate) {
      throw new LockstepError("INTERNAL", "only the candidate that was made last can be committed, once");
    }
    if (!this.#ahead) this.#tree.update(candidate.changes);
    this.#tree.commit();
    this.#ahead = false;
    this.#committed.update(pending.block.tables);
    this.#chain = pending.chain;
    this.#head = candidate.head;
    this.#pending = null;
    this.#due = undefined;
  }

  /** The earliest block time at which something happens without a transaction, or null. */
  nextDue(): BlockTime | null {
    if (this.#due === undefined) {
      const roundGoesOn = this.#chain.round !== null;
      this.#due = roundGoesOn ? ((this.#head.time + 1n) as BlockTime) : earliestDue(this.#committed.view);
    }
    return this.#due;
  }

  /** A proof, against the head's state root, of the value at a path or of its absence. */
  prove(path: Path): { readonly value: Uint8Array | null; readonly proof: TreeProof } {
    this.#retreat();
    return { value: this.#committed.view.get(path) ?? null, proof: this.#tree.prove(path) };
  }

  /** A proof, against the head's state root, of everything below a prefix. */
  provePrefix(prefix: Path): TreeProof {
    this.#retreat();
    return this.#tree.provePrefix(prefix);
  }

  #block(time: BlockTime): Block {
    const { height, time: last, stateRoot } = this.#head;
    if (time <= last || time > LEDGER_LIMITS.time) {
      throw new LockstepError("OUT_OF_RANGE", `a block's time must be later than ${last}, not ${time}`);
    }
    return new Block(this.#rules, this.#committed, this.#chain, (height + 1n) as Height, time, stateRoot);
  }

  /** Takes the tree back to the committed state; a pending candidate can still be committed. */
  #retreat(): void {
    if (this.#ahead) this.#tree.rollback();
    this.#ahead = false;
  }

  #fill(view: StateView): void {
    const chain = view.get(PATHS.chain());
    if (chain !== undefined) this.#tree.update([[PATHS.chain(), chain]]);
    for (const prefix of STATE_PREFIXES) {
      let portion: StateChange[] = [];
      for (const [segment, value] of scanAll(view, [prefix])) {
        portion.push([[prefix, segment], value]);
        if (portion.length < LEDGER_LIMITS.scan) continue;
        this.#tree.update(portion);
        portion = [];
      }
      this.#tree.update(portion);
    }
    this.#tree.commit();
  }
}
