// Checking a function on this machine: in the sandbox that serves jobs, and in every engine that is asked.
import { type CallRequest, type Code, callOf, digestOfBytes, LockstepError } from "../../chain/protocol/index.ts";
import { JAVASCRIPT } from "../../sre/quickjs/index.ts";
import { findProfile } from "../../sre/wasm/index.ts";
import { check, enginesFor, insideScript, type Report, type Unasked } from "../check/index.ts";
import { type Bytes, runTwice } from "./sandbox.ts";
import type { Session } from "./session.ts";

/** What was found, and who was not asked. */
export interface Checked extends Report {
  readonly unasked: readonly Unasked[];
}

/** Milliseconds that an engine may take: to start and compile, and for each of the sandbox's; some tiers are slow. */
const START_MS = 60_000;
const SLOWER = 200;

/** Checks a function with a job. FAULT: no answer here; NOT_FOUND: a wanted engine is not here. */
export async function checkLocally(
  session: Session,
  code: Code,
  request: CallRequest,
  bytes: Bytes,
  wanted: readonly string[] | undefined,
): Promise<Checked> {
  const profile = code.sre === "quickjs" ? JAVASCRIPT : findProfile(code.profile);
  if (profile === undefined) {
    throw new LockstepError(
      "UNSUPPORTED",
      `a function of SRE ${code.sre} can't be checked; check runs wasm and quickjs`,
    );
  }
  const { engines, unasked } = enginesFor(profile, wanted);
  const { call, context } = callOf(session.crypto, code, request);
  const script = insideScript();
  // Whoever waits for it sees what becomes of it.
  script.catch(() => undefined);
  const ran = await runTwice(session, code, request, bytes);
  const elapsed = ran.reduce((sum, { elapsedUs }) => sum + Number(elapsedUs / 1000n), 0);
  const files = new Map(bytes.files.map((file) => [digestOfBytes(session.crypto, file), file]));
  const report = await check(
    { call, context, module: bytes.module, input: bytes.input, files },
    {
      outcomes: ran.map(({ outcome }) => outcome),
      ...{ engines, script: await script, ms: START_MS + SLOWER * elapsed },
    },
  );
  return { ...report, unasked };
}
