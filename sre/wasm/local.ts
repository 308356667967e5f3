// A sandbox in the caller's own thread, for browsers and tests. Nothing stands around the guest but WebAssembly
// itself, and nothing can stop it before its fuel ends: production uses the one in `process.ts`.
import { LockstepError } from "../../chain/protocol/index.ts";
import type { Outcome, Sandbox, Sha256, Surroundings, Task } from "../core/index.ts";
import { checkTask, GIVEN_UP, outcomeOf } from "./answer.ts";
import { cacheKey, ModuleCache } from "./cache.ts";
import { execute, prepare } from "./engine.ts";
import { PROFILES } from "./profile.ts";

/** Options of a `LocalSandbox`: SHA-256, and the name and version of the engine, for the receipt. */
export interface LocalSandboxOptions {
  readonly sha256: Sha256;
  readonly engine: Surroundings["engine"];
}

/** Runs WebAssembly guests in this thread. `wallMs` can't be enforced: a run blocks until its fuel ends. */
export class LocalSandbox implements Sandbox {
  readonly sre = "wasm";
  readonly profiles = PROFILES.map(({ id }) => id);
  readonly surroundings: Surroundings;
  private readonly sha256: Sha256;
  private readonly cache = new ModuleCache();
  private closed = false;

  constructor(options: LocalSandboxOptions) {
    this.sha256 = options.sha256;
    this.surroundings = { engine: options.engine, isolation: ["none"] };
  }

  async run(task: Task): Promise<Outcome> {
    const { abi, profile } = checkTask(task);
    if (this.closed) throw new LockstepError("INTERNAL", "the sandbox is closed");
    if (task.begin?.() === false) return GIVEN_UP;
    const { call, context, input } = task;
    const key = cacheKey(call);
    const made = () => prepare(task.module, abi, profile);
    const prepared = this.cache.find(key) ?? this.cache.keep(key, made(), task.module.length);
    const job = { entry: call.entry, limits: call.limits, context, input, trace: task.trace ?? null };
    return outcomeOf(execute(prepared, job, this.sha256), this.sha256);
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}
