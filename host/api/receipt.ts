// Assembling what proves something to outsiders: the receipt file of a job, and a value of the state. Everything
// under one answer is proved against one checkpoint, the newest one.
import {
  buildReceiptFile,
  type Digest,
  inclusionProof,
  LockstepError,
  PATHS,
  type Path,
  utf8Decode,
} from "../../chain/protocol/index.ts";
import type { StateAnswer } from "../wire.ts";
import type { Backend } from "./backend.ts";
import { needJob } from "./records.ts";

/** The newest block's entry with its place in the log, and the signed head over the log up to it. */
function newest({ crypto, orderer, store }: Backend) {
  const { height, log } = orderer.head;
  const block = store.block(height);
  if (block === null)
    throw new LockstepError("STORAGE_CORRUPT", `the store has no block ${height}, which is its newest`);
  const nodeAt = (level: number, index: number) => store.node(level, index);
  const prove = (index: number) => inclusionProof(crypto, index, log.size, nodeAt);
  const checkpoint = utf8Decode(store.checkpoint());
  return { block: block.entry, index: block.index, hashes: prove(block.index), checkpoint, prove };
}

/** The receipt file of a job: NOT_FOUND until its result is accepted. */
export function receiptFileOf(backend: Backend, job: Digest): Uint8Array {
  const { store, prover, logKey } = backend;
  const { status } = needJob(store, job);
  const receipt = store.receipt(job);
  if (receipt === null) throw new LockstepError("NOT_FOUND", `job ${job} has no receipt: it is ${status}`, { status });
  const { block, index, hashes, checkpoint, prove } = newest(backend);
  const { value, proof } = prover.prove(PATHS.job(job));
  return buildReceiptFile(receipt.envelope, {
    logged: { leaf: store.leaf(receipt.index), index: receipt.index, hashes: prove(receipt.index) },
    head: { checkpoint, key: logKey },
    record: { record: value!, state: proof, block, index, hashes },
  });
}

/** A value of the state or its absence, with its proof. */
export function stateAnswerOf(backend: Backend, path: Path): StateAnswer {
  const { block, index, hashes, checkpoint } = newest(backend);
  return { ...backend.prover.prove(path), block, index: BigInt(index), hashes, checkpoint };
}
