// Offline verification of a receipt, as the protocol reads: form, signature, provider's key, ledger, the verifier's
// own files, re-execution. Everything in the receipt is attacker-controlled; the trusted keys and the expected code,
// input and output come from the verifier. Nothing here signs, and nothing here asks a network.
import {
  type Admission,
  type Answer,
  answer,
  assuranceOf,
  type BlobRef,
  type Crypto,
  canonicalize,
  cidOf,
  encodeDocument,
  equalBytes,
  type Grade,
  gradeOf,
  isAtLeast,
  isoTime,
  isRepeatable,
  LOCAL_RECEIPT_PREDICATE,
  LockstepError,
  pae,
} from "../protocol/index.ts";
import { type ReceiptForm, readForm } from "./form.ts";
import { acceptedAt, checkLogId, ledgerChecks, trustedLog } from "./ledger.ts";
import { type Check, type CheckName, fail, missing, pass, type Report, skipped, verdictOf } from "./report.ts";
import { isWithin, type Trust } from "./trust.ts";

/** What a verifier brings along. */
export interface Policy {
  /** Whom it trusts. */
  readonly trust: Trust;
  /** Its own copies of module, input and output, by digest and length in bytes. */
  readonly module?: BlobRef | undefined;
  readonly input?: BlobRef | undefined;
  readonly output?: BlobRef | undefined;
  /** Refuse local receipts. */
  readonly requireLedger?: boolean;
  /** Wait for the end of the challenge window; implies `requireLedger`. */
  readonly requireFinal?: boolean;
  /** The least grade of isolation that the guest must have run under, by the provider's word. */
  readonly isolation?: Grade | undefined;
  /** What came of running the receipt's call again. */
  readonly reexecuted?: Answer | undefined;
}

function checkSignature(crypto: Crypto, admission: Admission, form: ReceiptForm): Check {
  const { envelope, provider } = form;
  let publicKey: Uint8Array;
  try {
    publicKey = admission.admitted(provider);
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    return fail("signature", error.message);
  }
  const signed = pae(envelope.payloadType, envelope.payload);
  if (!crypto.verify(publicKey, signed, envelope.signatures[0].sig)) {
    return fail("signature", `the signature is not one of key ${provider}`);
  }
  return pass("signature", `signed by ${provider}`);
}

function checkProvider(form: ReceiptForm, trust: Trust): Check {
  const windows = trust.provider(form.provider);
  if (windows.some((window) => isWithin(window, acceptedAt(form)))) {
    return pass("provider", `provider key ${form.provider} is trusted`);
  }
  // Worth as much as the checks of checkpoint, record and binding, which decide the verdict along with this one.
  if (form.record !== null && trustedLog(form, trust)?.vouches) {
    return pass("provider", `provider key ${form.provider} is vouched for by the log of the ledger that accepted it`);
  }
  if (windows.length === 0) {
    return missing("provider", `provider key ${form.provider} is not among the trusted keys`);
  }
  const time = acceptedAt(form);
  const when = time === null ? "without a ledger's block time" : `at ${isoTime(time)}`;
  return missing("provider", `provider key ${form.provider} is not trusted ${when}`);
}

function checkLedger(form: ReceiptForm, policy: Policy): Check {
  if (form.statement.predicateType !== LOCAL_RECEIPT_PREDICATE) return pass("ledger", "a receipt of a job on a ledger");
  const what = "a local receipt: no ledger stands behind it, only the word of the key that signed it";
  return policy.requireLedger || policy.requireFinal ? fail("ledger", what) : skipped("ledger", what);
}

function sameBlob(name: CheckName, own: BlobRef | undefined, theirs: BlobRef): Check {
  if (own === undefined) return skipped(name, `no ${name} file given to compare`);
  if (own.sha256 !== theirs.sha256 || own.size !== theirs.size) {
    return fail(
      name,
      `the ${name} file given is ${cidOf(own.sha256)}, the receipt's ${name} is ${cidOf(theirs.sha256)}`,
    );
  }
  return pass(name, `the ${name} file given is the receipt's, ${cidOf(own.sha256)}`);
}

function checkFiles(form: ReceiptForm, policy: Policy): readonly Check[] {
  const { call, answer: told } = form.statement.predicate.result;
  // A call names its module by digest alone, which fixes the length too.
  const module = { sha256: call.module, size: policy.module?.size ?? 0 };
  return [
    sameBlob("module", policy.module, module),
    sameBlob("input", policy.input, call.input),
    sameBlob("output", policy.output, told.output),
  ];
}

/** Rule V17: the walls are an observation, so they are worth as much as the key that signed them. */
function checkIsolation(form: ReceiptForm, wanted: Grade | undefined): Check {
  const grade = gradeOf(form.statement.predicate.observations.isolation);
  if (wanted === undefined)
    return skipped("isolation", `not asked for; the provider says that it was of grade ${grade}`);
  if (isAtLeast(grade, wanted)) return pass("isolation", `the provider says that it was of grade ${grade}`);
  return fail("isolation", `the provider says that it was of grade ${grade}, which is less than ${wanted}`);
}

/** Rule V18: what can't be repeated to the bit is never said to have been, and that it differs says nothing against it. */
function checkAnswer(form: ReceiptForm, again: Answer | undefined): Check {
  const { sre } = form.statement.predicate.result.call;
  if (!isRepeatable(sre)) {
    const why = `answers of ${sre} can't be repeated to the bit: this receipt is its provider's word and no more`;
    return again === undefined ? skipped("re-execution", why) : missing("re-execution", why);
  }
  if (again === undefined) return skipped("re-execution", "not run again");
  const told = canonicalize(encodeDocument(answer, form.statement.predicate.result.answer));
  if (equalBytes(told, canonicalize(encodeDocument(answer, again)))) {
    return pass("re-execution", "running it again gave the same answer to the byte");
  }
  if (assuranceOf(sre) === "reexecutable") return fail("re-execution", "running it again gave another answer");
  const why = "a kernel whose invocations race has many, so this proves nothing against the receipt";
  return missing("re-execution", `running it again gave another answer; ${why}`);
}

function checkAll(crypto: Crypto, admission: Admission, form: ReceiptForm, policy: Policy): readonly Check[] {
  const { predicateType, predicate } = form.statement;
  const ledger =
    predicateType === LOCAL_RECEIPT_PREDICATE
      ? []
      : ledgerChecks(crypto, form, predicate.result, policy.trust, policy.requireFinal ?? false);
  return [
    checkLogId(form, policy.trust),
    checkSignature(crypto, admission, form),
    checkProvider(form, policy.trust),
    checkLedger(form, policy),
    ...ledger,
    ...checkFiles(form, policy),
    checkIsolation(form, policy.isolation),
    checkAnswer(form, policy.reexecuted),
  ];
}

/**
 * Verifies a receipt file offline. Never throws on what the bytes hold: that is the report. `admission` remembers
 * provider keys between calls.
 */
export function verifyReceipt(crypto: Crypto, admission: Admission, bytes: Uint8Array, policy: Policy): Report {
  let form: ReceiptForm;
  try {
    form = readForm(crypto, bytes);
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    const checks = [fail("form", error.message)];
    return { verdict: verdictOf(checks), checks, receipt: null };
  }
  const checks = checkAll(crypto, admission, form, policy);
  const { id, statement, record, block } = form;
  return { verdict: verdictOf(checks), checks, receipt: { id, statement, record, block } };
}
