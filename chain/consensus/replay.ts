// A ledger derived again from nothing but its genesis and its log: every signature, code, receipt leaf and state root.
// Whoever has the leaves needs nobody's word for what they lead to.
import {
  type Admission,
  type AuthenticTransaction,
  type BlockEntry,
  type Crypto,
  equalBytes,
  type Genesis,
  type Height,
  type Leaf,
  LockstepError,
  parseLeaf,
  readTransaction,
} from "../protocol/index.ts";
import { type Head, Ledger } from "../state/index.ts";
import { Records } from "../store/index.ts";
import { SEQUENCER_LIMITS } from "./limits.ts";

/** Where a log first says something else than its own transactions lead to. */
export interface Difference {
  readonly height: Height;
  /** Index of the leaf in the log. */
  readonly leaf: number;
  /** What is different, in one sentence. */
  readonly what: string;
}

/** What a replay found. `head` is the newest block that agreed, null when not even the genesis did. */
export interface ReplayReport {
  readonly blocks: number;
  readonly transactions: number;
  readonly head: Head | null;
  readonly difference: Difference | null;
}

/** What a replay starts from. */
export interface ReplayOptions {
  readonly crypto: Crypto;
  readonly admission: Admission;
  readonly genesis: Genesis;
}

/** One block as the log has it: its leaves, read, and where they begin. */
interface LoggedBlock {
  readonly first: number;
  readonly bytes: readonly Uint8Array[];
  readonly leaves: readonly Leaf[];
  readonly entry: BlockEntry;
}

/** Ends a replay at a leaf; `replay` turns it into the report's difference. */
class Disagreement extends Error {
  readonly leaf: number;

  constructor(leaf: number, what: string) {
    super(what);
    this.leaf = leaf;
  }
}

function readAt<T>(leaf: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof LockstepError) throw new Disagreement(leaf, error.message);
    throw error;
  }
}

/** Cuts the log into blocks: each ends with its block entry. */
function* blocksOf(log: Iterable<Uint8Array>): Generator<LoggedBlock> {
  let first = 0;
  let bytes: Uint8Array[] = [];
  let leaves: Leaf[] = [];
  for (const leaf of log) {
    const parsed = readAt(first + bytes.length, () => parseLeaf(leaf));
    bytes.push(leaf);
    leaves.push(parsed);
    if (parsed.kind === "block") {
      yield { first, bytes, leaves, entry: parsed.entry };
      first += bytes.length;
      bytes = [];
      leaves = [];
    } else if (bytes.length > SEQUENCER_LIMITS.replayedBlockLeaves) {
      throw new Disagreement(first, `no block entry among ${bytes.length} leaves`);
    }
  }
  if (bytes.length > 0)
    throw new Disagreement(first, `the log ends with ${bytes.length} leaves that no block entry closes`);
}

/** What a leaf says, for a sentence about two that differ. */
function describe(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) return "nothing";
  const leaf = parseLeaf(bytes);
  if (leaf.kind === "transaction") return `a transaction with code ${leaf.code}`;
  if (leaf.kind === "receipt") return "an accepted receipt";
  const { height, time, stateRoot } = leaf.entry;
  return `block ${height} at ${time} with state root ${stateRoot}`;
}

/** Holds a block's leaves against those that its transactions lead to. */
function compare(block: LoggedBlock, derived: readonly Uint8Array[]): void {
  const count = Math.max(block.bytes.length, derived.length);
  for (let at = 0; at < count; at++) {
    const [logged, own] = [block.bytes[at], derived[at]];
    if (logged !== undefined && own !== undefined && equalBytes(logged, own)) continue;
    throw new Disagreement(block.first + at, `the log has ${describe(logged)}, and the rules lead to ${describe(own)}`);
  }
}

function transactionsOf(block: LoggedBlock, { crypto, admission }: ReplayOptions): AuthenticTransaction[] {
  const transactions: AuthenticTransaction[] = [];
  for (const [at, leaf] of block.leaves.entries()) {
    if (leaf.kind !== "transaction") continue;
    transactions.push(readAt(block.first + at, () => readTransaction(crypto, admission, leaf.bytes)));
  }
  return transactions;
}

/** A replay under way: the state so far, and what was counted. */
class Replay {
  readonly #options: ReplayOptions;
  readonly #records = new Records();
  #ledger: Ledger | null = null;
  blocks = 0;
  transactions = 0;

  constructor(options: ReplayOptions) {
    this.#options = options;
  }

  get head(): Head | null {
    return this.#ledger?.head ?? null;
  }

  /** Derives the next block and throws where the log's one is another. */
  next(block: LoggedBlock): void {
    if (this.#ledger === null) this.#ledger = this.#birth(block);
    else this.#apply(this.#ledger, block);
    this.blocks++;
  }

  #birth(block: LoggedBlock): Ledger {
    const { crypto, admission, genesis } = this.#options;
    const candidate = Ledger.birth(crypto, genesis);
    compare(block, candidate.leaves);
    this.#records.change(candidate.changes);
    return new Ledger({ crypto, admission, genesis, view: this.#records, head: candidate.head });
  }

  #apply(ledger: Ledger, block: LoggedBlock): void {
    const { time } = block.entry;
    if (time <= ledger.head.time) {
      throw new Disagreement(block.first + block.bytes.length - 1, `block time ${time} is not after the block before`);
    }
    const transactions = transactionsOf(block, this.#options);
    const candidate = ledger.apply({ time, transactions });
    compare(block, candidate.leaves);
    this.#records.change(candidate.changes);
    ledger.commit(candidate);
    this.transactions += transactions.length;
  }
}

/** Derives a ledger again from its log, leaf by leaf, and says where the log first disagrees with the rules. */
export function replay(options: ReplayOptions, log: Iterable<Uint8Array>): ReplayReport {
  const state = new Replay(options);
  const report = (difference: Difference | null): ReplayReport => ({
    blocks: state.blocks,
    transactions: state.transactions,
    head: state.head,
    difference,
  });
  try {
    for (const block of blocksOf(log)) state.next(block);
    return report(null);
  } catch (error) {
    if (!(error instanceof Disagreement)) throw error;
    return report({ height: BigInt(state.blocks) as Height, leaf: error.leaf, what: error.message });
  }
}
