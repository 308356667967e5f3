// Verifying a receipt file with what this machine has: trusted keys, files, and if wanted a sandbox to run it again.

import {
  missing,
  type Outcome,
  type ReceiptContent,
  type Report,
  Trust,
  type TrustedKey,
  verdictOf,
  verifyReceipt,
} from "../../chain/light/index.ts";
import {
  Admission,
  type Answer,
  assuranceOf,
  type ContextRequest,
  cidOf,
  type Grade,
  isRepeatable,
  LockstepError,
  readReceiptFile,
  readStatement,
} from "../../chain/protocol/index.ts";
import type { WantedContext } from "./context.ts";
import { exitText } from "./job-files.ts";
import { oneLine } from "./output.ts";
import type { Bytes } from "./sandbox.ts";
import type { Session } from "./session.ts";
import { refOf } from "./values.ts";

/** What a verification has to go by. */
export interface Evidence {
  readonly receipt: Uint8Array;
  readonly trust: readonly TrustedKey[];
  readonly module?: Uint8Array | undefined;
  readonly input?: Uint8Array | undefined;
  readonly output?: Uint8Array | undefined;
  /** Arguments, environment and files that a run again is to have; by default the context's defaults. */
  readonly context?: WantedContext | undefined;
  readonly requireLedger?: boolean;
  readonly requireFinal?: boolean;
  readonly isolation?: Grade | undefined;
  readonly reexecute?: boolean;
}

/** Runs the receipt's call on the verifier's own module and input; that they are the receipt's is checked elsewhere. */
async function answerAgain(
  session: Session,
  receipt: Uint8Array,
  context: ContextRequest,
  bytes: Bytes,
): Promise<Answer> {
  const { call } = readStatement(readReceiptFile(receipt).bundle.dsseEnvelope.payload).predicate.result;
  // Loaded here, since most verifications run nothing.
  const { runAgain } = await import("./sandbox.ts");
  return (await runAgain(session, call, context, bytes)).outcome.answer;
}

/** The report with the check of a re-execution that could not be made. */
function withoutAnswer({ checks, receipt }: Report, why: string): Report {
  const all = checks.map((check) => (check.name === "re-execution" ? missing("re-execution", why) : check));
  return { verdict: verdictOf(all), checks: all, receipt };
}

/** Verifies a receipt. Only a sandbox is started, when asked for, and no network is used. */
export async function verify(session: Session, evidence: Evidence): Promise<Report> {
  const { crypto } = session;
  const ref = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : refOf(crypto, bytes));
  const policy = {
    trust: new Trust(crypto, evidence.trust),
    module: ref(evidence.module),
    input: ref(evidence.input),
    output: ref(evidence.output),
    requireLedger: evidence.requireLedger ?? false,
    requireFinal: evidence.requireFinal ?? false,
    isolation: evidence.isolation,
  };
  const first = verifyReceipt(crypto, new Admission(), evidence.receipt, policy);
  // A guest runs only for a receipt that holds otherwise: what is refused anyway is not worth its time.
  if (!evidence.reexecute || first.verdict === "MALFORMED" || first.verdict === "REJECT") return first;
  const { module, input } = evidence;
  const sre = first.receipt?.statement.predicate.result.call.sre;
  if (sre !== undefined && !isRepeatable(sre)) {
    return withoutAnswer(
      first,
      `answers of ${sre} can't be repeated to the bit: this receipt is its provider's word and no more`,
    );
  }
  if (module === undefined || input === undefined)
    return withoutAnswer(first, "running it again needs --module and --input");
  let reexecuted: Answer;
  try {
    const { request, files } = evidence.context ?? { request: {}, files: [] };
    reexecuted = await answerAgain(session, evidence.receipt, request, { module, input, files });
  } catch (error) {
    // What this machine can't run says nothing against the receipt.
    if (error instanceof LockstepError && error.code === "UNSUPPORTED") return withoutAnswer(first, error.message);
    throw error;
  }
  return verifyReceipt(crypto, new Admission(), evidence.receipt, { ...policy, reexecuted });
}

const MARKS: Readonly<Record<Outcome, string>> = { pass: "ok", fail: "FAIL", missing: "??", skipped: "-" };

/** A report for people: one line per check, then what the receipt says, the verdict last. */
export function reportLines({ checks, receipt, verdict }: Report): string[] {
  const line = (mark: string, name: string, text: string) => `${mark.padEnd(5)}${name.padEnd(13)}${oneLine(text)}`;
  return [
    ...checks.map(({ name, outcome, detail }) => line(MARKS[outcome], name, detail)),
    ...(receipt === null ? [] : [line("", "says", contentText(receipt))]),
    verdict,
  ];
}

/** What a receipt says in one sentence: which function ended how. */
function contentText({ statement }: ReceiptContent): string {
  const { call, answer } = statement.predicate.result;
  const told = `${call.entry} of ${cidOf(call.module)} (${call.abi}): ${exitText(answer)}`;
  return `${told}; assurance: ${assuranceOf(call.sre)}`;
}
