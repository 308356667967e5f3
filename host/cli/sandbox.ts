// Running a function on this machine, outside any ledger: for `run`, and to repeat what a receipt claims.
import { existsSync } from "node:fs";
import {
  type Call,
  type CallRequest,
  type Code,
  type Context,
  type ContextRequest,
  callOf,
  digestOfBytes,
  type Grade,
  LockstepError,
  type Sre,
} from "../../chain/protocol/index.ts";
import type { Outcome, Surroundings } from "../../sre/core/index.ts";
import { readInterpreter } from "../../sre/quickjs/file.ts";
import { quickjs } from "../../sre/quickjs/index.ts";
import { SLOWEST_FUEL_PER_MS } from "../../sre/wasm/index.ts";
import { WasmSandbox, type WasmSandboxOptions } from "../../sre/wasm/process.ts";
import type { WebGpuSandbox } from "../../sre/webgpu/sandbox.ts";
import { kernelSandbox } from "./kernels.ts";
import type { Session } from "./session.ts";

/** The bytes that a call names, and those of its context's files. */
export interface Bytes {
  readonly module: Uint8Array;
  readonly input: Uint8Array;
  readonly files: readonly Uint8Array[];
}

/** How a local run went. */
export interface LocalRun {
  readonly call: Call;
  readonly outcome: Extract<Outcome, { kind: "exit" }>;
  readonly surroundings: Surroundings;
  readonly started: number;
  readonly elapsedUs: bigint;
}

/** What a sandbox of each kind is made with besides what is common to all. */
const KINDS: Readonly<Record<"wasm" | "quickjs", () => Pick<WasmSandboxOptions, "kind">>> = {
  wasm: () => ({}),
  quickjs: () => ({ kind: quickjs(readInterpreter()) }),
};

/** The SREs that run here in processes of ours. */
export const PROCESS_SRES = Object.keys(KINDS) as readonly (keyof typeof KINDS)[];

/** A sandbox of an SRE; UNSUPPORTED when it is none of ours. */
export function sandboxOf(sre: Sre, options: Omit<WasmSandboxOptions, "kind">): WasmSandbox | WebGpuSandbox {
  if (sre === "gpu") return kernelSandbox(options.isolation);
  const kind = PROCESS_SRES.find((own) => own === sre);
  if (kind !== undefined) return new WasmSandbox({ ...options, ...KINDS[kind]() });
  throw new LockstepError(
    "UNSUPPORTED",
    `a call of SRE ${sre} can't be run here; this machine runs ${PROCESS_SRES.join(", ")}, gpu`,
  );
}

/** Milliseconds besides those for the fuel: a process to start, a module to compile, memory to touch first. */
const GRACE_MS = 10_000n;

/** How a run is made, beside what is run. */
export interface Manner {
  /** Called with one line per host call. */
  readonly trace?: ((line: string) => void) | undefined;
  /** The least grade of isolation that will do. */
  readonly isolation?: Grade | undefined;
  /** Whether what earlier runs left may be used. Default true. */
  readonly cached?: boolean;
}

/** Runs so many times, by default once, one after the other in one sandbox. */
async function runTimes(
  session: Session,
  call: Call,
  context: Context,
  bytes: Bytes,
  manner: Manner,
  times = 1,
): Promise<LocalRun[]> {
  const { cached = true, isolation = "none", trace } = manner;
  // Running something is no reason to make a data directory.
  const cache = cached && existsSync(session.home.root) ? { cache: session.home.modules } : {};
  const sandbox = sandboxOf(call.sre, { workers: 1, isolation, ...cache });
  session.atEnd(() => sandbox.close());
  try {
    const wallMs = Number(call.limits.fuel / SLOWEST_FUEL_PER_MS + GRACE_MS);
    const files = new Map(bytes.files.map((file) => [digestOfBytes(session.crypto, file), file]));
    const runs: LocalRun[] = [];
    while (runs.length < times) {
      const started = Date.now();
      const before = process.hrtime.bigint();
      const outcome = await sandbox.run({
        call,
        context,
        ...bytes,
        files,
        wallMs,
        ...(trace === undefined ? {} : { trace }),
      });
      const elapsedUs = (process.hrtime.bigint() - before) / 1000n;
      if (outcome.kind === "fault") throw new LockstepError("FAULT", `the run has no answer: ${outcome.message}`);
      runs.push({ call, outcome, surroundings: sandbox.surroundings, started, elapsedUs });
    }
    return runs;
  } finally {
    await sandbox.close();
  }
}

const runOnce = async (...what: Parameters<typeof runTimes>): Promise<LocalRun> => (await runTimes(...what))[0]!;

/** Runs code on an input twice, the second time in what the first left of its process. FAULT: host or engine failed. */
export function runTwice(session: Session, code: Code, request: CallRequest, bytes: Bytes): Promise<LocalRun[]> {
  const { call, context } = callOf(session.crypto, code, request);
  return runTimes(session, call, context, bytes, {}, 2);
}

/** Runs code on an input in a sandbox process of its own. FAULT: host or engine failed. ISOLATION: too few walls. */
export function runLocally(
  session: Session,
  code: Code,
  request: CallRequest,
  bytes: Bytes,
  manner: Manner = {},
): Promise<LocalRun> {
  const { call, context } = callOf(session.crypto, code, request);
  return runOnce(session, call, context, bytes, manner);
}

/** Runs a receipt's call again; UNSUPPORTED when its SRE is not here or its context is another one than this. */
export function runAgain(session: Session, call: Call, request: ContextRequest, bytes: Bytes): Promise<LocalRun> {
  const code = { ...call, module: { sha256: call.module } } as const;
  const { call: own, context } = callOf(session.crypto, code, {
    input: call.input,
    limits: call.limits,
    context: request,
  });
  if (own.context !== call.context) {
    throw new LockstepError(
      "UNSUPPORTED",
      "the receipt's call has another context; name its arguments, variables and files with --arg, --env and --file",
    );
  }
  // A check rests on nothing that was kept.
  return runOnce(session, call, context, bytes, { cached: false });
}
