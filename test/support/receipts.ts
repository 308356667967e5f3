// Real receipts for tests: a log of transactions, receipts and block entries, a state tree, a signed tree head, all
// made by the product's own parts. Every knob that a test turns is a field of `Plan`; nothing is stubbed.
import { Trust, type TrustedKey } from "../../chain/light/index.ts";
import {
  type Answer,
  type BlockEntry,
  type BlockTime,
  blockLeaf,
  buildReceiptFile,
  type Call,
  callDigest,
  canonicalize,
  type Digest,
  EMPTY_DIGEST,
  encodeDocument,
  Frontier,
  formatCheckpoint,
  formatVerifierKey,
  fuel,
  hexEncode,
  inclusionProof,
  type JobRecord,
  jobRecord,
  keyId,
  type LedgerProofs,
  type LedgerResult,
  leafHash,
  logOrigin,
  noteKey,
  PATHS,
  portableSigner,
  type RecordProof,
  receiptLeaf,
  type SealedReceipt,
  type Signer,
  sealReceipt,
  signNote,
  transactionLeaf,
  utf8Decode,
  utf8Encode,
} from "../../chain/protocol/index.ts";
import { StateTree } from "../../chain/state/index.ts";
import { nodeCrypto as crypto } from "../../host/crypto.ts";

/** Signers that are the same in every run, so that receipts are too. */
export const SIGNERS = {
  provider: portableSigner(new Uint8Array(32).fill(1)),
  log: portableSigner(new Uint8Array(32).fill(2)),
  requester: portableSigner(new Uint8Array(32).fill(3)),
  stranger: portableSigner(new Uint8Array(32).fill(4)),
} as const;

/** The digest of a text. */
export const digestOfText = (text: string): Digest => hexEncode(crypto.sha256(utf8Encode(text))) as Digest;

const blob = (text: string) => ({ sha256: digestOfText(text), size: utf8Encode(text).length });

/** The verifier's own files for a receipt of `basicPlan`. */
export const FILES = { module: blob("module"), input: blob("input"), output: blob("output") } as const;

/** What a receipt is made from. */
export interface Plan {
  readonly provider: Signer;
  readonly log: Signer;
  /** The log's name; by default the chain's. */
  readonly origin: string;
  readonly result: LedgerResult;
  readonly started: bigint;
  /** The job's record, given the receipt that was sealed. */
  readonly record: (sealed: SealedReceipt) => JobRecord;
  /** The block entry, given the one that the state calls for. */
  readonly block: (entry: BlockEntry) => BlockEntry;
  /** Leaves before the receipt's, between it and its block's entry, and after that. */
  readonly leaves: readonly [before: number, between: number, after: number];
  /** Other jobs in the state. */
  readonly jobs: number;
}

const time = (value: bigint) => value as BlockTime;
const amount = (value: bigint) => value as JobRecord["ceiling"];

export const CALL: Call = {
  sre: "wasm",
  module: FILES.module.sha256,
  entry: "run",
  abi: "bytes-1",
  profile: "draft-1",
  input: FILES.input,
  context: digestOfText("context"),
  limits: { fuel: fuel(1_000_000n), memory: 1 << 20, stack: 65_536, output: 4096, logs: 4096 },
  before: null,
};

export const ANSWER: Answer = {
  exit: { kind: "ok", code: 0 },
  output: FILES.output,
  logs: { sha256: EMPTY_DIGEST, size: 0, truncated: false },
  calls: { sha256: EMPTY_DIGEST, count: 0n },
  fuel: fuel(123_456n),
  after: null,
};

/** The record of a job whose result was accepted at block time 1,700,000,002,000 and is open for 5 minutes more. */
export function acceptedRecord(result: LedgerResult, sealed: SealedReceipt, provider: Signer): JobRecord {
  const key = keyId(provider.publicKey);
  return {
    status: "accepted",
    requester: keyId(SIGNERS.requester.publicKey),
    deployment: digestOfText("deployment"),
    call: callDigest(crypto, result.call),
    fuel: result.call.limits.fuel,
    ceiling: amount(1000n),
    placed: time(1_700_000_000_000n),
    deadline: time(1_700_000_060_000n),
    attempt: result.attempt,
    tried: [],
    assignment: { provider: key, base: amount(1n), perMegafuel: amount(1n), reserved: amount(1n), due: time(0n) },
    accepted: {
      receipt: sealed.id,
      key,
      time: time(1_700_000_002_000n),
      finalAt: time(1_700_000_302_000n),
      pay: { provider: amount(2n), owner: amount(3n) },
    },
  };
}

/** The plan of an ordinary accepted receipt; `seed` makes another job on the same chain. */
export function basicPlan(changes: Partial<Plan> = {}, seed = ""): Plan {
  const result: LedgerResult = {
    chain: digestOfText("chain"),
    job: digestOfText(`job${seed}`),
    attempt: 1,
    call: CALL,
    answer: ANSWER,
  };
  const provider = changes.provider ?? SIGNERS.provider;
  const own = changes.result ?? result;
  return {
    provider,
    log: SIGNERS.log,
    origin: logOrigin(own.chain),
    result: own,
    started: 1_700_000_001_000n,
    record: (sealed) => acceptedRecord(own, sealed, provider),
    block: (entry) => entry,
    leaves: [3, 2, 4],
    jobs: 20,
    ...changes,
  };
}

const OBSERVED = {
  engine: { name: "v8", version: "13.6" },
  host: { name: "lockstep", version: "0.1.0" },
  isolation: ["process", "no-environment"],
  elapsedUs: 1500n,
};

/** Seals the statement of a plan. */
export function sealOf(plan: Plan): SealedReceipt {
  return sealReceipt(crypto, plan.provider, plan.result, { ...OBSERVED, started: time(plan.started) });
}

/** The state that holds a record for each plan, and other jobs as many as the first plan says. */
function stateOf(plans: readonly Plan[], records: readonly Uint8Array[]): { tree: StateTree; root: Uint8Array } {
  const tree = new StateTree(crypto);
  const others = Array.from({ length: plans[0]!.jobs }, (_, at) => {
    return [PATHS.job(digestOfText(`other ${at}`)), utf8Encode(`{"n":${at}}`)] as const;
  });
  const own = plans.map((plan, at) => [PATHS.job(plan.result.job), records[at]!] as const);
  const root = tree.update([[PATHS.chain(), utf8Encode("{}")], ...own, ...others]);
  tree.commit();
  return { tree, root };
}

/** A log in memory, with the nodes that proofs need. */
export class TestLog {
  readonly leaves: Uint8Array[] = [];
  readonly #nodes = new Map<string, Uint8Array>();
  readonly #frontier = new Frontier(crypto);

  append(leaf: Uint8Array): number {
    this.#frontier.append(leafHash(crypto, leaf), (level, index, hash) => this.#nodes.set(`${level}/${index}`, hash));
    return this.leaves.push(leaf) - 1;
  }

  get size(): number {
    return this.#frontier.size;
  }

  root(): Uint8Array {
    return this.#frontier.root();
  }

  readonly nodeAt = (level: number, index: number): Uint8Array => this.#nodes.get(`${level}/${index}`)!;

  prove(index: number): { leaf: Uint8Array; index: number; hashes: Uint8Array[] } {
    return { leaf: this.leaves[index]!, index, hashes: inclusionProof(crypto, index, this.size, this.nodeAt) };
  }

  checkpoint(signer: Signer, origin: string): string {
    const text = formatCheckpoint({ origin, size: this.size, root: this.root() });
    return utf8Decode(signNote(crypto, signer, origin, text));
  }

  /** Appends transactions that are about nothing. */
  fill(count: number): void {
    for (let at = 0; at < count; at++) this.append(transactionLeaf("OK", utf8Encode(`{"n":${this.size}}`)));
  }
}

/** A receipt with everything around it. */
export interface MadeReceipt {
  readonly bytes: Uint8Array;
  readonly sealed: SealedReceipt;
  readonly proofs: LedgerProofs;
  readonly log: TestLog;
  readonly vkey: string;
}

/**
 * Makes the receipt files of several jobs whose results one block accepted: one state, one log, one tree head. What
 * concerns all of them (log, origin, block, leaves, jobs) is taken from the first plan.
 */
export function makeReceipts(plans: readonly Plan[]): MadeReceipt[] {
  const [first] = plans as [Plan];
  const sealed = plans.map(sealOf);
  const records = plans.map((plan, at) => canonicalize(encodeDocument(jobRecord, plan.record(sealed[at]!))));
  const state = stateOf(plans, records);
  const block = first.block({
    kind: "block",
    chain: first.result.chain,
    height: 7n as BlockEntry["height"],
    time: time(1_700_000_002_000n),
    stateRoot: hexEncode(state.root) as Digest,
    transactions: first.leaves[0] + first.leaves[1],
    receipts: plans.length,
  });
  const log = new TestLog();
  log.fill(first.leaves[0]);
  const indexes = plans.map(({ provider }, at) =>
    log.append(receiptLeaf(crypto, sealed[at]!.envelope, provider.publicKey)),
  );
  log.fill(first.leaves[1]);
  const blockAt = log.append(blockLeaf(block));
  log.fill(first.leaves[2]);
  const key = noteKey(crypto, first.origin, first.log.publicKey);
  const head = { checkpoint: log.checkpoint(first.log, first.origin), key };
  const { index, hashes } = log.prove(blockAt);
  return plans.map((plan, at) => {
    const proof = state.tree.prove(PATHS.job(plan.result.job));
    const record: RecordProof = { record: records[at]!, state: proof, block, index, hashes };
    const proofs = { logged: log.prove(indexes[at]!), head, record };
    const bytes = buildReceiptFile(sealed[at]!.envelope, proofs);
    return { bytes, sealed: sealed[at]!, proofs, log, vkey: formatVerifierKey(key) };
  });
}

/** Makes the receipt file of one plan. */
export const makeReceipt = (plan: Plan): MadeReceipt => makeReceipts([plan])[0]!;

/** A receipt of the same statement and record, whose log has the block's entry before the receipt's leaf. */
export function makeBackwards({ proofs, sealed }: MadeReceipt, signer: Signer = SIGNERS.log): Uint8Array {
  const log = new TestLog();
  const blockAt = log.append(blockLeaf(proofs.record!.block));
  const at = log.append(proofs.logged.leaf);
  const head = { ...proofs.head, checkpoint: log.checkpoint(signer, proofs.head.key.name) };
  const { index, hashes } = log.prove(blockAt);
  const record = { ...proofs.record!, index, hashes };
  return buildReceiptFile(sealed.envelope, { logged: log.prove(at), head, record });
}

/** Seals the local statement of the same equation. */
export const sealLocal = (signer: Signer = SIGNERS.provider): SealedReceipt =>
  sealReceipt(crypto, signer, { call: CALL, answer: ANSWER }, { ...OBSERVED, started: time(1n) });

/** A local receipt of the same equation. */
export const makeLocalReceipt = (signer?: Signer): Uint8Array => buildReceiptFile(sealLocal(signer).envelope, null);

/** A local receipt that somebody put into a log all the same. */
export function makeLoggedLocal(): Uint8Array {
  const { envelope } = sealLocal();
  const log = new TestLog();
  const at = log.append(receiptLeaf(crypto, envelope, SIGNERS.provider.publicKey));
  const key = noteKey(crypto, logOrigin(digestOfText("chain")), SIGNERS.log.publicKey);
  const head = { checkpoint: log.checkpoint(SIGNERS.log, key.name), key };
  return buildReceiptFile(envelope, { logged: log.prove(at), head, record: null });
}

/** A receipt whose tree head says it is of its own log and is signed by the log's key under another name. */
export function makeMisnamed({ proofs, sealed, log }: MadeReceipt, name: string): { bytes: Uint8Array; vkey: string } {
  const text = formatCheckpoint({ origin: proofs.head.key.name, size: log.size, root: log.root() });
  const key = noteKey(crypto, name, SIGNERS.log.publicKey);
  const head = { checkpoint: utf8Decode(signNote(crypto, SIGNERS.log, name, text)), key };
  return { bytes: buildReceiptFile(sealed.envelope, { ...proofs, head }), vkey: formatVerifierKey(key) };
}

/** The trust of a verifier that lists the provider and the log of `basicPlan`. */
export function trustedKeys(plan: Plan = basicPlan()): TrustedKey[] {
  const key = formatVerifierKey(noteKey(crypto, plan.origin, plan.log.publicKey));
  return [
    { role: "log", key },
    { role: "provider", key: keyId(plan.provider.publicKey) },
  ];
}

/** `trustedKeys`, ready for use. */
export const trustOf = (keys: readonly TrustedKey[] = trustedKeys()): Trust => new Trust(crypto, keys);
