// A sandbox in the caller's own thread, for browsers and tests. Nothing stands around the guest but WebAssembly
// itself, and nothing can stop it before its fuel ends: production uses the one in `process.ts`.
import { LockstepError, type Sre } from "../../chain/protocol/index.ts";
import type { Outcome, Sandbox, Sha256, Surroundings, Task } from "../core/index.ts";
import type { Means } from "./abi/index.ts";
import { checkInterpreter, checkTask, checkTranspiler, GIVEN_UP, outcomeOf } from "./answer.ts";
import { ModuleCache } from "./cache.ts";
import { execute, prepare } from "./engine.ts";
import { type Kind, sourceOf, WASM } from "./kind.ts";

/** Options of a `LocalSandbox`: SHA-256, the name and version of the engine, for the receipt, and the kind of its guests. */
export interface LocalSandboxOptions {
  /** Default: WebAssembly modules. */
  readonly kind?: Kind;
  readonly sha256: Sha256;
  readonly engine: Surroundings["engine"];
  /** What components need; without it they are not run. */
  readonly means?: Means;
}

/** Runs guests in this thread. `wallMs` can't be enforced: a run blocks until its fuel ends. */
export class LocalSandbox implements Sandbox {
  readonly sre: Sre;
  readonly profiles: readonly string[];
  readonly surroundings: Surroundings;
  private readonly kind: Kind;
  private readonly sha256: Sha256;
  private readonly means: Means | null;
  private readonly cache = new ModuleCache();
  private closed = false;

  /** DIGEST_MISMATCH when the kind's interpreter or the transpiler is another than the pinned one. */
  constructor(options: LocalSandboxOptions) {
    this.kind = options.kind ?? WASM;
    checkInterpreter(this.kind, options.sha256);
    this.sre = this.kind.sre;
    this.profiles = this.kind.profiles.map(({ id }) => id);
    this.sha256 = options.sha256;
    this.means = options.means ?? null;
    if (this.means !== null) checkTranspiler(this.means.transpiler, options.sha256);
    this.surroundings = { engine: options.engine, isolation: ["none"] };
  }

  async run(task: Task): Promise<Outcome> {
    const { abi, profile } = checkTask(task, this.kind);
    if (this.closed) throw new LockstepError("INTERNAL", "the sandbox is closed");
    if (task.begin?.() === false) return GIVEN_UP;
    const { call, context, files, input } = task;
    const { key, bytes, program } = sourceOf(task, this.kind);
    if (abi.needsMeans === true && this.means === null) {
      throw new LockstepError("UNSUPPORTED", `this sandbox was given no means for programs of the ABI ${abi.name}`);
    }
    const made = () => prepare(bytes, abi, profile, this.means);
    const prepared = this.cache.find(key) ?? this.cache.keep(key, made(), bytes.length);
    const { entry, limits } = call;
    const job = { entry, limits, context, files, input, trace: task.trace ?? null };
    return outcomeOf(execute(prepared, program === undefined ? job : { ...job, program }, this.sha256), this.sha256);
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}
