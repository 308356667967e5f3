// Verifying a receipt file with what this machine has: trusted keys, files, and if wanted a sandbox to run it again.
import {
  Admission,
  type Answer,
  LockstepError,
  readReceiptFile,
  readStatement,
} from "../../chain/protocol/index.ts";
import { type Outcome, type Report, Trust, type TrustedKey, verifyReceipt } from "../../chain/light/index.ts";
import { refOf } from "./functions.ts";
import { runAgain } from "./sandbox.ts";
import type { Session } from "./session.ts";

/** What a verification has to go by. */
export interface Evidence {
  readonly receipt: Uint8Array;
  readonly trust: readonly TrustedKey[];
  readonly module?: Uint8Array | undefined;
  readonly input?: Uint8Array | undefined;
  readonly output?: Uint8Array | undefined;
  readonly requireLedger?: boolean;
  readonly requireFinal?: boolean;
  readonly reexecute?: boolean;
}

/** Runs the receipt's call on the verifier's own module and input; they are compared with the receipt's elsewhere. */
async function answerAgain({ crypto }: Session, { receipt, module, input }: Evidence): Promise<Answer> {
  if (module === undefined || input === undefined) {
    throw new LockstepError("NOT_FOUND", "running it again needs --module and --input");
  }
  const { call } = readStatement(readReceiptFile(receipt).bundle.dsseEnvelope.payload).predicate.result;
  return (await runAgain(crypto, call, { module, input })).outcome.answer;
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
  };
  const first = verifyReceipt(crypto, new Admission(), evidence.receipt, policy);
  // A guest runs only for a receipt that holds otherwise: what is refused anyway is not worth its time.
  if (!evidence.reexecute || first.verdict === "MALFORMED" || first.verdict === "REJECT") return first;
  const reexecuted = await answerAgain(session, evidence);
  return verifyReceipt(crypto, new Admission(), evidence.receipt, { ...policy, reexecuted });
}

const MARKS: Readonly<Record<Outcome, string>> = { pass: "ok", fail: "FAIL", missing: "??", skipped: "-" };

/** A report for people: one line per check, the verdict last. */
export function reportLines({ checks, verdict }: Report): string[] {
  return [...checks.map(({ name, outcome, detail }) => `${MARKS[outcome].padEnd(5)}${name.padEnd(13)}${detail}`), verdict];
}
