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
import { DockerSandbox, findBusybox } from "../../sre/container/docker.ts";
import type { Outcome, Sandbox, Surroundings } from "../../sre/core/index.ts";
import { readInterpreter } from "../../sre/quickjs/file.ts";
import { quickjs } from "../../sre/quickjs/index.ts";
import { SLOWEST_FUEL_PER_MS } from "../../sre/wasm/index.ts";
import { WasmSandbox, type WasmSandboxOptions } from "../../sre/wasm/process.ts";
import type { WebGpuSandbox } from "../../sre/webgpu/sandbox.ts";
import { type EngineOptions, engineSocket } from "./engine.ts";
import { kernelSandbox } from "./kernels.ts";
import type { Session } from "./session.ts";

/** The bytes that a call names, and those of its context's files. */
export interface Bytes {
  readonly module: Uint8Array;
  readonly input: Uint8Array;
  readonly files: readonly Uint8Array[];
  /** What the module is made of besides: an image's layers. */
  readonly parts?: readonly Uint8Array[];
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

/** A sandbox of an SRE that runs in processes of ours; UNSUPPORTED for containers, and where this machine lacks what it needs. */
export function sandboxOf(sre: Sre, options: Omit<WasmSandboxOptions, "kind">): WasmSandbox | WebGpuSandbox {
  if (sre === "gpu") return kernelSandbox(options.isolation);
  if (sre === "container") throw new LockstepError("UNSUPPORTED", "an image runs at an engine, not in a process");
  return new WasmSandbox({ ...options, ...KINDS[sre]() });
}

/**
 * Containers at the engine that is meant. `use` is what they are for: by it and the data directory a later start finds what
 * this one leaves. NOT_FOUND without a static busybox; whether there is an engine shows when it is warmed.
 */
export function containerSandbox(session: Session, engine: EngineOptions, use: string): DockerSandbox {
  const owner = `${session.home.root} ${use}`;
  return new DockerSandbox({ socket: engineSocket(session, engine), busybox: findBusybox(session.path), owner });
}

/** A sandbox of an SRE for one run; UNSUPPORTED where this machine lacks what it needs. */
function sandboxFor(session: Session, sre: Sre, manner: Manner): Sandbox {
  const { cached = true, engine = {}, isolation = "none" } = manner;
  if (sre === "container") return containerSandbox(session, engine, "run");
  // Running something is no reason to make a data directory.
  const cache = cached && existsSync(session.home.root) ? { cache: session.home.modules } : {};
  return sandboxOf(sre, { workers: 1, isolation, ...cache });
}

/** Milliseconds besides those for the fuel: a process to start, a module to compile, memory to touch first. */
const GRACE_MS = 10_000n;

/** How a run is made, beside what is run. */
export interface Manner {
  /** Called with one line per host call. */
  readonly trace?: ((line: string) => void) | undefined;
  /** The least grade of isolation that will do. */
  readonly isolation?: Grade | undefined;
  /** Where containers run. */
  readonly engine?: EngineOptions;
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
  const { trace } = manner;
  const { parts = [], ...given } = bytes;
  const sandbox = sandboxFor(session, call.sre, manner);
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
        ...given,
        files,
        parts: async function* () {
          yield* parts;
        },
        wallMs,
        ...(trace === undefined ? {} : { trace }),
      });
      const elapsedUs = (process.hrtime.bigint() - before) / 1000n;
      if (outcome.kind === "fault") {
        throw new LockstepError(outcome.code ?? "FAULT", `the run has no answer: ${outcome.message}`);
      }
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
