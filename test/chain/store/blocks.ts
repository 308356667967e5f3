// Blocks for stores to keep: their form is a ledger's, their content is invented from a seed, so that stores are tested
// on shapes of blocks that the rules of today's ledger may never make. Keys are fresh: nothing depends on them.
import {
  Admission,
  type AuthenticTransaction,
  type BlockEntry,
  type BlockTime,
  blockLeaf,
  canonicalize,
  type Digest,
  Frontier,
  height,
  hexEncode,
  keyId,
  leafHash,
  type Nonce,
  readTransaction,
  seal,
  signTransaction,
  transactionLeaf,
  utf8Encode,
} from "../../../chain/protocol/index.ts";
import type { Candidate, StateChange } from "../../../chain/state/index.ts";
import { generateKey, nodeCrypto, nodeSigner } from "../../../host/crypto.ts";
import { random } from "../../support/state-tree.ts";

/** The shape of one block. */
export interface Shape {
  readonly transactions: number;
  readonly receipts: number;
  readonly changes: number;
}

const digestOfText = (text: string): Digest => hexEncode(nodeCrypto.sha256(utf8Encode(text))) as Digest;

/** Makes block after block of one invented chain, and remembers what a store must know of them. */
export class Blocks {
  readonly #signer = nodeSigner(generateKey());
  readonly #admission = new Admission();
  readonly #random: (bound: number) => number;
  readonly #log: Uint8Array[] = [];
  readonly #records = new Map<string, Uint8Array>();
  readonly chain = digestOfText("an invented chain");
  #height = 0n;
  #nonce = 0n;

  constructor(seed: number) {
    this.#random = random(seed);
  }

  /** Every leaf so far. */
  get leaves(): readonly Uint8Array[] {
    return this.#log;
  }

  /** Every record that the blocks so far leave, by the JSON of its path. */
  get records(): ReadonlyMap<string, Uint8Array> {
    return this.#records;
  }

  /** The next block, not yet counted: `accept` makes it part of the chain. */
  next({ transactions, receipts, changes }: Shape): Candidate {
    const made = Array.from({ length: transactions }, () => this.#transaction());
    const entry = this.#entry(transactions, receipts);
    const accepted = Array.from({ length: receipts }, (_, at) => ({
      job: digestOfText(`job ${this.#log.length + at}`),
      leafOffset: transactions + at,
      envelope: seal(this.#signer, "text/plain", utf8Encode(`receipt ${this.#log.length + at}`)),
    }));
    const leaves = [
      ...made.map(({ bytes }) => transactionLeaf("OK", bytes)),
      ...accepted.map(({ job }) => canonicalize({ kind: "hashedrekord", spec: job })),
      blockLeaf(entry),
    ];
    const { log, subtrees } = this.#growth(leaves);
    return {
      head: { height: entry.height, time: entry.time, stateRoot: entry.stateRoot, log },
      firstLeaf: this.#log.length,
      transactions: made,
      codes: made.map(() => "OK"),
      refusals: new Map(),
      events: [],
      changes: this.#changes(changes),
      leaves,
      subtrees,
      receipts: accepted,
      entry,
    };
  }

  /** Counts a block as written. */
  accept(candidate: Candidate): void {
    this.#log.push(...candidate.leaves);
    for (const [path, value] of candidate.changes) {
      if (value === null) this.#records.delete(JSON.stringify(path));
      else this.#records.set(JSON.stringify(path), value);
    }
    this.#height += 1n;
  }

  #transaction(): AuthenticTransaction {
    const from = keyId(this.#signer.publicKey);
    const bytes = signTransaction(this.#signer, {
      type: "faucet",
      version: 1,
      chain: this.chain,
      from,
      nonce: this.#nonce++ as Nonce,
      expires: 1_000_000n as BlockTime,
    });
    return readTransaction(nodeCrypto, this.#admission, bytes);
  }

  #entry(transactions: number, receipts: number): BlockEntry {
    return {
      kind: "block",
      chain: this.chain,
      height: height(this.#height),
      time: (1000n + this.#height) as BlockTime,
      stateRoot: digestOfText(`root ${this.#height}`),
      transactions,
      receipts,
    };
  }

  #growth(more: readonly Uint8Array[]): { log: Frontier; subtrees: Uint8Array[] } {
    const log = new Frontier(nodeCrypto);
    for (const leaf of this.#log) log.append(leafHash(nodeCrypto, leaf));
    const subtrees: Uint8Array[] = [];
    for (const leaf of more) log.append(leafHash(nodeCrypto, leaf), (_level, _index, hash) => subtrees.push(hash));
    return { log, subtrees };
  }

  /** Sets and removals under few prefixes, with segments whose order differs between UTF-8 and UTF-16. */
  #changes(count: number): StateChange[] {
    const changes = new Map<string, StateChange>();
    const letters = ["a", "b", "/", "é", "\ue000", "\u{1f600}"];
    for (let made = 0; made < count; made++) {
      const parent = ["accounts", "jobs", "due"][this.#random(3)]!;
      const segment = Array.from({ length: 1 + this.#random(4) }, () => letters[this.#random(letters.length)]!).join(
        "",
      );
      const value = this.#random(4) === 0 ? null : utf8Encode(`value ${this.#random(1000)}`);
      changes.set(`${parent}/${segment}`, [[parent, segment], value]);
    }
    changes.set("chain", [["chain"], utf8Encode(`height ${this.#height}`)]);
    return [...changes.values()];
  }
}

/** A signed note stands in as any bytes here: stores keep checkpoints and don't read them. */
export const checkpointOf = (candidate: Candidate): Uint8Array => utf8Encode(`checkpoint ${candidate.head.height}\n`);
