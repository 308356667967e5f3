// Which blobs a block's transactions name: those are kept, since somebody paid for the transaction that names them.
import { type BlobRef, type Genesis, readStatement, type TransactionBody } from "../../chain/protocol/index.ts";
import type { Candidate } from "../../chain/state/index.ts";
import type { BlobStore } from "./blobs.ts";
import { HOST_LIMITS } from "./limits.ts";

function namedBy(body: TransactionBody): readonly BlobRef[] {
  switch (body.type) {
    case "deploy":
      return [body.deployment.module, ...(body.deployment.parts ?? [])];
    case "job":
      return [body.input, ...Object.values(body.context.files ?? {})];
    case "result": {
      const { output, logs } = readStatement(body.envelope.payload).predicate.result.answer;
      return [output, logs];
    }
    default:
      return [];
  }
}

/** Promises what a committed block names: modules and their parts for good, the rest for a week or as long as a job may take. */
export function promiseNamed(blobs: BlobStore, { parameters }: Genesis, { transactions }: Candidate): void {
  const lasting = Math.max(HOST_LIMITS.namedBlobMs, Number(parameters.longestDeadline));
  for (const { body } of transactions) {
    const until = body.type === "deploy" ? HOST_LIMITS.foreverMs : Date.now() + lasting;
    // By the size that was paid for, and no other blob's.
    for (const { sha256, size } of namedBy(body)) if (blobs.size(sha256) === size) blobs.promise(sha256, until);
  }
}
