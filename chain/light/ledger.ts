// What stands behind a ledger receipt: one tree head signed by a trusted log, the receipt's leaf under it, the job's
// record under it, and a record that is about this very receipt. One head for both, since two heads of one log prove
// nothing about each other unless shown to be consistent, and a log that lies shows each reader another face.
import {
  type BlockTime,
  blockLeaf,
  type Crypto,
  callDigest,
  equalBytes,
  hexDecode,
  hexEncode,
  isoTime,
  type LedgerResult,
  leafHash,
  logOrigin,
  PATHS,
  verifyInclusion,
  verifyPresence,
} from "../protocol/index.ts";
import type { ReceiptForm } from "./form.ts";
import { type Check, fail, missing, pass } from "./report.ts";
import { isWithin, type Trust, type TrustedLog } from "./trust.ts";

/** The block time at which the ledger accepted the result, as far as the receipt says it. */
export const acceptedAt = (form: ReceiptForm): BlockTime | null => form.record?.accepted?.time ?? null;

/** The log that the verifier trusts for this receipt's tree head and time. Its signature is not checked here. */
export function trustedLog(form: ReceiptForm, trust: Trust): TrustedLog | null {
  if (form.log === null) return null;
  return trust.logs(form.log.line).find((log) => isWithin(log.window, acceptedAt(form))) ?? null;
}

/** `form`, so far as it takes a key: Sigstore's log id, which no signature covers, must be that of the log's key. */
export function checkLogId(form: ReceiptForm, trust: Trust): Check {
  const known = form.log === null ? undefined : trust.logs(form.log.line)[0];
  if (form.log !== null && known !== undefined && !equalBytes(form.log.logId, known.key.id)) {
    return fail("form", "logId is not the id of the log key that signed the checkpoint");
  }
  return pass("form", "canonical, complete, and every unsigned field derived from signed ones");
}

/** `checkpoint`: the tree head is the chain's, and a trusted log signed it. */
function checkCheckpoint(crypto: Crypto, form: ReceiptForm, result: LedgerResult, trust: Trust): Check {
  if (form.log === null) return missing("checkpoint", "the receipt has no log entry, so no signed tree head");
  const { head, line, signed } = form.log;
  if (head.origin !== logOrigin(result.chain)) {
    return fail("checkpoint", `the tree head is of log ${head.origin}, which is not the log of chain ${result.chain}`);
  }
  const named = `${line.name}+${hexEncode(line.id)}`;
  const [known] = trust.logs(line);
  if (known === undefined) return missing("checkpoint", `log key ${named} is not among the trusted keys`);
  if (!crypto.verify(known.key.publicKey, signed, line.signature)) {
    return fail("checkpoint", `the tree head's signature is not one of log key ${named}`);
  }
  if (trustedLog(form, trust) === null) {
    return missing("checkpoint", `log key ${named} is not trusted for the time at which the result was accepted`);
  }
  return pass("checkpoint", `tree head of ${head.size} leaves, signed by ${named}`);
}

/** `inclusion`: the receipt's leaf lies under the tree head. That alone proves only that something was logged. */
function checkInclusion(crypto: Crypto, form: ReceiptForm): Check {
  if (form.log === null) return missing("inclusion", "the receipt has no log entry");
  const { index, leaf, hashes, head } = form.log;
  if (!verifyInclusion(crypto, leafHash(crypto, leaf), index, head.size, hashes, head.root)) {
    return fail("inclusion", `the receipt is not leaf ${index} of the log`);
  }
  return pass("inclusion", `the receipt is leaf ${index} of the log`);
}

/** `record`: record ← state root ← block entry ← the same tree head. */
function checkRecord(crypto: Crypto, form: ReceiptForm, result: LedgerResult): Check {
  if (form.log === null || form.proof === null) {
    return missing("record", "the job's record is missing: the result was logged at most, which is not accepted");
  }
  const { block, hashes, index, record, state } = form.proof;
  const { head } = form.log;
  const where = `block ${block.height}`;
  if (block.chain !== result.chain) return fail("record", `${where} is of chain ${block.chain}, not of the receipt's`);
  // Leaves come in order: the block entry that commits an acceptance stands after the receipt's own leaf.
  if (index <= form.log.index) return fail("record", `${where} came before the receipt`);
  if (!verifyInclusion(crypto, leafHash(crypto, blockLeaf(block)), index, head.size, hashes, head.root)) {
    return fail("record", `the entry of ${where} is not leaf ${index} of the log`);
  }
  if (!verifyPresence(crypto, hexDecode(block.stateRoot), PATHS.job(result.job), record, state)) {
    return fail("record", `the state of ${where} does not hold this record of job ${result.job}`);
  }
  return pass("record", `the job's record is in the state of ${where}, leaf ${index} of the log`);
}

/** `binding`: the ledger's record is about this receipt and no other. */
function checkBinding(crypto: Crypto, form: ReceiptForm, result: LedgerResult): Check {
  if (form.record === null) return missing("binding", "without the job's record nothing says what the ledger accepted");
  const { accepted, attempt, call, status } = form.record;
  if (accepted === null) return fail("binding", `the ledger accepted no result of this job: it is ${status}`);
  if (accepted.receipt !== form.id) return fail("binding", `the ledger accepted receipt ${accepted.receipt}, not this`);
  if (accepted.key !== form.provider) return fail("binding", `the ledger accepted it from ${accepted.key}`);
  if (attempt !== result.attempt)
    return fail("binding", `the ledger accepted attempt ${attempt}, not ${result.attempt}`);
  if (call !== callDigest(crypto, result.call))
    return fail("binding", "the receipt answers another call than the order");
  return pass(
    "binding",
    `job ${result.job}, attempt ${attempt}: receipt, key and call are the ones that were accepted`,
  );
}

/** `finality`: where the result stands in the ledger's record, and whether that is enough. */
function checkFinality(form: ReceiptForm, requireFinal: boolean): Check {
  const { record } = form;
  if (record === null) return missing("finality", "without the job's record the result can't be told to be accepted");
  const { accepted, status } = record;
  if (accepted === null || (status !== "accepted" && status !== "final")) {
    return fail("finality", `the ledger's word on this job is "${status}"`);
  }
  if (status === "final") return pass("finality", "final: the challenge window is over");
  const open = `accepted at ${isoTime(accepted.time)}, open to challenge until ${isoTime(accepted.finalAt)}`;
  return requireFinal ? missing("finality", `not final yet: ${open}`) : pass("finality", open);
}

/** The checks that only a ledger receipt has, in the order of the protocol. */
export function ledgerChecks(
  crypto: Crypto,
  form: ReceiptForm,
  result: LedgerResult,
  trust: Trust,
  requireFinal: boolean,
): readonly Check[] {
  return [
    checkCheckpoint(crypto, form, result, trust),
    checkInclusion(crypto, form),
    checkRecord(crypto, form, result),
    checkBinding(crypto, form, result),
    checkFinality(form, requireFinal),
  ];
}
