// What every kind of sandbox offers, whatever is inside. A sandbox never sees ledger state, and a guest's
// failure is an exit, never an exception.
import type { Answer, Call, Context, Digest, ErrorCode, Sre, Wall } from "../../chain/protocol/index.ts";

/** One run: the call, the bytes it names (digests already checked by the caller), and a wall-clock limit. */
export interface Task {
  readonly call: Call;
  readonly module: Uint8Array;
  readonly input: Uint8Array;
  readonly context: Context;
  /** The blobs that `context.files` names, by digest. */
  readonly files: ReadonlyMap<Digest, Uint8Array>;
  /**
   * What the module needs besides, piece by piece in the order that its SRE says: an image's layers. Asked for only where
   * the sandbox does not have it. Pieces are checked by whoever takes them.
   */
  readonly parts?: () => AsyncIterable<Uint8Array>;
  /** Milliseconds of wall clock after which the run is killed and becomes the fault `deadline`. */
  readonly wallMs: number;
  /**
   * Asked when the run's turn has come, just before it begins: whoever waits for a free sandbox has promised nothing
   * yet. False gives the run up (fault `closed`).
   */
  readonly begin?: () => boolean;
  /** Called with one line per host call and per return, for `--trace`. */
  readonly trace?: (line: string) => void;
}

/**
 * Why a run has no answer. Never signed, never a vote, never paid: `deadline`, the wall clock ran out; `engine`, the
 * engine failed or contradicts our validator; `lost`, the process running it died; `closed`, the sandbox was closed;
 * `resource`, it needed more than it was given, at a moment that is not the same everywhere (a container's memory).
 */
export type FaultKind = "deadline" | "engine" | "lost" | "closed" | "resource";

/** What a run took of its machine, as the kernel counted it: an observation, never the same twice. */
export interface Usage {
  /** Microseconds of processor time. */
  readonly cpuUs: bigint;
  /** Bytes of memory at the peak. */
  readonly peakBytes: number;
}

/**
 * The end of a run: an exit with its answer and the bytes the answer names, or a fault. `note` says in one sentence
 * why an exit is not `ok` (empty when it is): for people, never signed, never compared.
 */
export type Outcome =
  | {
      readonly kind: "exit";
      readonly answer: Answer;
      readonly output: Uint8Array;
      readonly logs: Uint8Array;
      readonly note: string;
      /** What the run took, where its kind of sandbox counts it. */
      readonly usage?: Usage;
    }
  | {
      readonly kind: "fault";
      readonly fault: FaultKind;
      readonly message: string;
      /** The cause's own code, where it has one besides FAULT. */
      readonly code?: ErrorCode;
    };

/** What stands around a guest, for the receipt's observations. */
export interface Surroundings {
  /** Engine name and version, for example `v8` and `13.6.233.17`. */
  readonly engine: { readonly name: string; readonly version: string };
  /** The walls in force, outermost first. */
  readonly isolation: readonly Wall[];
}

/** A sandbox of one kind. Concurrency is the implementation's own; `run` may be called again before it resolves. */
export interface Sandbox {
  readonly sre: Sre;
  /** The determinism profiles it runs, newest first. */
  readonly profiles: readonly string[];
  /** What stands around its guests; whole once a run has ended, since walls are proven and not assumed. */
  readonly surroundings: Surroundings;
  /** Runs a task to its end. Rejects only on misuse by the host (a call for another SRE, a closed sandbox). */
  run(task: Task): Promise<Outcome>;
  /** Ends every run in progress (fault `closed`) and gives everything back. */
  close(): Promise<void>;
}
