// What a verification says: one line per check and one verdict, derived from the checks by one rule and nothing else.
import type { BlockEntry, Digest, JobRecord, Statement } from "../protocol/index.ts";

/** Every check, in the order in which the protocol makes them. */
export const CHECKS = [
  "form",
  "signature",
  "provider",
  "ledger",
  "checkpoint",
  "inclusion",
  "record",
  "binding",
  "finality",
  "module",
  "input",
  "output",
  "isolation",
  "re-execution",
] as const;
/**
 * A check. `form`: the file is what a receipt looks like, down to the byte. `signature`: the provider's key signed it.
 * `provider`: the verifier trusts that key. `ledger`: whether a ledger stands behind it. `checkpoint`: a trusted log
 * signed the tree head. `inclusion`: the receipt is in that log. `record`: so is the job's record. `binding`: the
 * record is about this receipt. `finality`: accepted or final. `module`, `input`, `output`: the verifier's own files
 * are the ones in it. `isolation`: the walls that its provider names make the wanted grade. `re-execution`: running it again gave the same answer.
 */
export type CheckName = (typeof CHECKS)[number];

/** `pass`; `fail`, the receipt says otherwise; `missing`, it can't be told without more; `skipped`, not asked for. */
export type Outcome = "pass" | "fail" | "missing" | "skipped";

/** One check and what came of it. `detail` is a clear sentence for people. */
export interface Check {
  readonly name: CheckName;
  readonly outcome: Outcome;
  readonly detail: string;
}

const check =
  (outcome: Outcome) =>
  (name: CheckName, detail: string): Check => ({ name, outcome, detail });
/** A check that held. */
export const pass = check("pass");
/** A check that the receipt failed. */
export const fail = check("fail");
/** A check that needs something which is not there. */
export const missing = check("missing");
/** A check that nobody asked for. */
export const skipped = check("skipped");

/** What can be said of a receipt. */
export type Verdict = "ACCEPT" | "REJECT" | "UNVERIFIABLE" | "MALFORMED";

/** What the file holds, once its form was right. Whether it is true is for the verdict. */
export interface ReceiptContent {
  /** The receipt id: digest of the statement's bytes. */
  readonly id: Digest;
  readonly statement: Statement;
  /** The job's record, and the block whose state held it. */
  readonly record: JobRecord | null;
  readonly block: BlockEntry | null;
}

/** The outcome of a verification. */
export interface Report {
  readonly verdict: Verdict;
  readonly checks: readonly Check[];
  readonly receipt: ReceiptContent | null;
}

/**
 * The verdict that checks add up to. A wrong form settles everything; then one failed check rejects, whatever is
 * missing besides; then anything missing leaves it open.
 */
export function verdictOf(checks: readonly Check[]): Verdict {
  const has = (outcome: Outcome) => checks.some((check) => check.outcome === outcome);
  if (checks.some((check) => check.name === "form" && check.outcome !== "pass")) return "MALFORMED";
  if (has("fail")) return "REJECT";
  return has("missing") ? "UNVERIFIABLE" : "ACCEPT";
}
