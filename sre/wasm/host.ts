// What stands behind a guest's imports during one run: logs, transcript, logical time, randomness, and the way
// to end the guest. The host never throws through the guest's frames: it sets a flag and the thunk stops the guest.
import type { Context, Digest, ExitKind, Fuel, Limits } from "../../chain/protocol/index.ts";
import { type CallValue, LogicalClock, Logs, Randomness, type Sha256, Transcript } from "../core/index.ts";
import type { Info } from "./form.ts";
import { CROSSING_SHIFT, HOST_CALL_BYTES } from "./limits.ts";
import { INTERNAL_EXPORTS } from "./rewrite/index.ts";

/** Why the host ended a guest. */
export interface GuestEnd {
  readonly exit: ExitKind;
  readonly note: string;
}

/** What a guest that ended itself with a code of its own left: the code, nonzero, and its output. */
export interface Left {
  readonly code: number;
  readonly output: Uint8Array;
}

const NOTHING_LEFT: Left = { code: 0, output: new Uint8Array(0) };

/**
 * Carries an end from host code that no guest frame called, that is before and after the entry runs. Only the exit `code`
 * leaves something.
 */
export class GuestEnded extends Error {
  readonly end: GuestEnd & Left;

  constructor(exit: ExitKind, note: string, left = NOTHING_LEFT) {
    super(note);
    this.end = { exit, note, ...left };
  }
}

/** Until a job is taken nothing is allowed. */
const NO_LIMITS: Limits = { fuel: 0n as Fuel, memory: 0, stack: 0, output: 0, logs: 0 };
const NO_SEED = "00".repeat(32) as Digest;
const NO_CONTEXT: Context = { args: [], capabilities: [], clock: 0n, env: {}, files: {}, seed: NO_SEED };
const NO_FILES: ReadonlyMap<Digest, Uint8Array> = new Map();
const NO_PROGRAM: Uint8Array = new Uint8Array(0);

/** What a job brings for its host. */
export interface HostJob {
  readonly limits: Limits;
  readonly context: Context;
  /** The blobs that `context.files` names. */
  readonly files: ReadonlyMap<Digest, Uint8Array>;
  /** What an interpreter runs, where the call's module is not the engine's. */
  readonly program?: Uint8Array;
  readonly trace: ((line: string) => void) | null;
  /** Who looks at the run besides. */
  readonly watch?: Watch | null;
}

/** What looks at a run besides its answer. Nothing of the answer may depend on it. */
export interface Watch {
  /** An instance was made; nothing of the guest's has run in it. */
  made(host: Host, info: Info, exports: Readonly<Record<string, unknown>>): void;
  /** A host call was made. */
  called(name: string, args: readonly CallValue[], results: readonly CallValue[]): void;
}

/** The globals that rewriting appended, as the host reads and sets them. */
interface Internals {
  readonly fuel: WebAssembly.Global<bigint>;
  readonly stack: WebAssembly.Global<number>;
  readonly end: WebAssembly.Global<number>;
  readonly pages: WebAssembly.Global<number>;
}

/** One run's host. It can be bound to an instance before its job is known: a guest runs only once it has one. */
export class Host {
  limits: Limits = NO_LIMITS;
  context = NO_CONTEXT;
  files = NO_FILES;
  program = NO_PROGRAM;
  logs = new Logs(0);
  readonly transcript: Transcript;
  clock = new LogicalClock(0n);
  random: Randomness;
  /** Why the host ended the guest, if it did; the first reason counts. */
  ended: GuestEnd | null = null;
  /** Whether a host call threw: the run has no answer. */
  broken = false;
  private readonly sha256: Sha256;
  private trace: ((line: string) => void) | null = null;
  private watch: Watch | null = null;
  /** Fuel left while there is no instance. */
  private before = 0n;
  private internals: Internals | null = null;
  private exports: Readonly<Record<string, unknown>> = {};

  constructor(sha256: Sha256) {
    this.sha256 = sha256;
    this.transcript = new Transcript(sha256);
    this.random = new Randomness(NO_SEED, sha256);
  }

  /** Takes its job. */
  take({ limits, context, files, program = NO_PROGRAM, trace, watch = null }: HostJob): void {
    this.limits = limits;
    this.before = limits.fuel;
    this.context = context;
    this.files = files;
    this.program = program;
    this.logs = new Logs(limits.logs);
    this.clock = new LogicalClock(context.clock);
    this.random = new Randomness(context.seed, this.sha256);
    this.trace = trace;
    this.watch = watch;
  }

  /** Says that an instance was made; of one that was made ahead nobody hears. */
  made(info: Info, exports: Readonly<Record<string, unknown>>): void {
    this.watch?.made(this, info, exports);
  }

  /** Takes fuel before there is an instance; false if it is not there. */
  spend(fuel: bigint): boolean {
    this.before -= fuel;
    return this.before >= 0n;
  }

  /** Takes hold of an instance and fills its counters. */
  attach(exports: Readonly<Record<string, unknown>>, pages: number): void {
    const global = <T>(name: string) => exports[name] as WebAssembly.Global<T>;
    this.exports = exports;
    this.internals = {
      fuel: global<bigint>(INTERNAL_EXPORTS.fuel),
      stack: global<number>(INTERNAL_EXPORTS.stack),
      end: global<number>(INTERNAL_EXPORTS.end),
      pages: global<number>(INTERNAL_EXPORTS.pages),
    };
    this.internals.fuel.value = this.before;
    this.internals.stack.value = this.limits.stack;
    this.internals.pages.value = pages;
  }

  /** Fuel left; negative when the guest ran out. */
  get fuel(): bigint {
    return this.internals === null ? this.before : this.internals.fuel.value;
  }

  /** Bytes of stack metric left; negative past the limit. */
  get stack(): number {
    return this.internals === null ? 0 : this.internals.stack.value;
  }

  /** The guest's memory as it is now: growth replaces the buffer, so it is never kept. */
  memory(): Uint8Array {
    return new Uint8Array((this.exports.memory as WebAssembly.Memory).buffer);
  }

  /** Takes the price of `bytes` bytes that cross the boundary; false, and the guest ends, if the fuel is not there. */
  charge(bytes: number): boolean {
    const { fuel, end } = this.internals!;
    fuel.value -= BigInt(bytes) >> CROSSING_SHIFT;
    if (fuel.value >= 0n) return true;
    end.value = 1;
    return false;
  }

  /** Ends the guest as soon as the host call under way returns. */
  end(exit: ExitKind, note: string): void {
    this.ended ??= { exit, note };
    this.stop();
  }

  /** Stops the guest as soon as the host call under way returns, for a reason that the ABI keeps: it ended itself. */
  stop(): void {
    this.internals!.end.value = 1;
  }

  /** Ends a guest whose host call threw. */
  breakDown(): void {
    this.broken = true;
    this.stop();
  }

  /** A range of the guest's memory as a view; null, and the guest ends, if it does not lie in the memory. */
  view(pointer: number, length: number, what: string): Uint8Array | null {
    const start = pointer >>> 0;
    const size = length >>> 0;
    if (!this.holds(start, size, what) || !this.bears(size, what)) return null;
    return this.memory().subarray(start, start + size);
  }

  /** Whether a range lies in the guest's memory; if not, the guest ends. */
  holds(start: number, size: number, what: string): boolean {
    const { length } = this.memory();
    if (start + size <= length) return true;
    this.end("bad-answer", `${what}: ${size} bytes at ${start} do not lie in the guest's memory of ${length} bytes`);
    return false;
  }

  /** Whether a host call may name so many bytes; if not, the guest ends. */
  bears(bytes: number, what: string): boolean {
    if (bytes <= HOST_CALL_BYTES) return true;
    this.end("bad-answer", `${what}: ${bytes} bytes at once; a host call takes at most ${HOST_CALL_BYTES}`);
    return false;
  }

  /** Notes a host call that was made, in the transcript and the trace. */
  called(name: string, args: readonly CallValue[], results: readonly CallValue[]): void {
    this.transcript.record(name, args, results);
    this.watch?.called(name, args, results);
    if (this.trace === null) return;
    this.trace(`==> ${name}(${args.map(show).join(", ")})`);
    this.trace(`<== ${results.length === 0 ? "ok" : results.map(show).join(", ")}`);
  }
}

function show(value: CallValue): string {
  return value.kind === "bytes" ? `${value.value.length} bytes` : String(value.value);
}
