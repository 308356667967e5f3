// The sandbox of production: guests run in a small pool of worker processes that hold nothing else and can be
// killed at any moment. For Node alone; browsers have `local.ts`.
import { hash } from "node:crypto";
import { type Grade, LockstepError } from "../../chain/protocol/index.ts";
import type { Outcome, Sandbox, Surroundings, Task } from "../core/index.ts";
import { checkInterpreter, checkTask, GIVEN_UP, outcomeOf } from "./answer.ts";
import { type Ending, execute } from "./engine.ts";
import { refusalIn } from "./form.ts";
import { type Kind, WASM } from "./kind.ts";
import type { Gone } from "./process/child.ts";
import { FormFiles } from "./process/form-files.ts";
import { Forms } from "./process/forms.ts";
import { Hiring } from "./process/hiring.ts";
import { JOBS_PER_WORKER, Pool } from "./process/pool.ts";
import { RewriteQueue } from "./process/rewrite-queue.ts";
import { type Finding, proveWalls, TOOLS, type Tool } from "./process/walls/index.ts";

export { runScript, type Shell } from "./process/script.ts";
export type { Finding, Tool } from "./process/walls/index.ts";

/** What was found about this machine's walls, and the tools that build them. */
export async function examine(): Promise<{ readonly findings: readonly Finding[]; readonly tools: readonly Tool[] }> {
  return { findings: (await proveWalls()).findings, tools: TOOLS };
}

/** Options of a `WasmSandbox`. */
export interface WasmSandboxOptions {
  /** The kind of its guests; default: WebAssembly modules. */
  readonly kind?: Kind;
  /** Guests that run at once; one per core is sensible. Default 2. */
  readonly workers?: number;
  /**
   * Worker processes that keep a program, running or not, each about 65 MB, 25 of them its own: each runs the guests of
   * one program alone, so a program without one waits for a start. One blank process more is kept ready, and one that rewrites modules.
   * Default: 4 more than `workers`.
   */
  readonly kept?: number;
  /** The least grade of isolation that will do; where the walls of this machine are less, nothing runs (ISOLATION). */
  readonly isolation?: Grade;
  /** Folder in which rewritten modules are kept from one start to the next; without it they are kept in memory alone. */
  readonly cache?: string;
  /** Jobs after which a worker process is replaced. Default 10,000. */
  readonly jobsPerWorker?: number;
}

/** Tasks that may wait for a worker or for their module; each holds its module and input in memory. */
const QUEUE_LIMIT = 1024;

const sha256 = (bytes: Uint8Array): Uint8Array => hash("sha256", bytes, "buffer");

/** Runs guests on WebAssembly in worker processes, started when first needed and kept warm. */
export class WasmSandbox implements Sandbox {
  readonly sre: Kind["sre"];
  readonly profiles: readonly string[];
  private readonly kind: Kind;
  private readonly hiring: Hiring;
  private readonly pool: Pool;
  private readonly rewriting: RewriteQueue;
  private readonly forms: Forms;
  /** Tasks whose modules are being rewritten. */
  private preparing = 0;
  private closed = false;

  /** DIGEST_MISMATCH when the kind's interpreter is another than the pinned one. */
  constructor(options: WasmSandboxOptions = {}) {
    const { kind = WASM } = options;
    checkInterpreter(kind, sha256);
    this.kind = kind;
    this.sre = kind.sre;
    this.profiles = kind.profiles.map(({ id }) => id);
    const { workers = 2, kept = workers + 4, isolation = "none", cache, jobsPerWorker = JOBS_PER_WORKER } = options;
    this.hiring = new Hiring(isolation);
    this.pool = new Pool(this.hiring, { running: workers, kept: Math.max(kept, workers) }, jobsPerWorker, kind);
    this.rewriting = new RewriteQueue(this.hiring, kind);
    const files = cache === undefined ? null : new FormFiles(cache);
    this.forms = new Forms(files, (target, source) => this.rewriting.rewrite(target, source), kind);
  }

  get surroundings(): Surroundings {
    return { engine: { name: "v8", version: process.versions.v8 }, isolation: this.hiring.walls };
  }

  /** Process ids of the workers alive, those that run guests first. */
  get pids(): readonly number[] {
    return [...this.pool.pids, ...this.rewriting.pids];
  }

  /** Starts one worker, so that the first job finds it warm; resolves when it is. ISOLATION: the walls are too few. */
  async warm(): Promise<void> {
    if (!this.closed) await this.pool.warm();
  }

  async run(task: Task): Promise<Outcome> {
    checkTask(task, this.kind);
    if (this.closed) throw new LockstepError("INTERNAL", "the sandbox is closed");
    if (!(task.wallMs > 0)) throw new LockstepError("OUT_OF_RANGE", `wallMs must be above 0, not ${task.wallMs}`);
    if (this.pool.waiting + this.preparing >= QUEUE_LIMIT) {
      throw new LockstepError("BUSY", `${QUEUE_LIMIT} runs are waiting for a worker; try again later`);
    }
    const form = this.forms.peek(task) ?? (await this.prepare(task));
    if (form instanceof Uint8Array) return this.runOn(task, form);
    return { kind: "fault", fault: form.kind === "gone" ? form.fault : "engine", message: form.message };
  }

  async close(): Promise<void> {
    this.closed = true;
    this.pool.close();
    this.rewriting.close();
    await this.forms.written();
  }

  private async prepare(task: Task): Promise<Uint8Array | Gone | Extract<Ending, { kind: "fault" }>> {
    this.preparing++;
    // The run that follows needs a process: it starts meanwhile. Why it can't, the run will say.
    this.pool.warm().catch(() => undefined);
    try {
      const end = await this.forms.get(task);
      return end.kind === "form" ? end.form : end;
    } finally {
      this.preparing--;
    }
  }

  private async runOn(task: Task, form: Uint8Array): Promise<Outcome> {
    const note = refusalIn(form);
    if (note !== null) {
      // Nothing of the guest's runs, so no process is needed for it; but what is said of the walls must be known.
      await this.warm();
      if (task.begin?.() === false) return GIVEN_UP;
      const { call, context, files, input } = task;
      const { entry, limits } = call;
      const job = { entry, limits, context, files, input, trace: null };
      return outcomeOf(execute({ kind: "invalid", note }, job, sha256), sha256);
    }
    const end = await this.pool.run(task, form);
    if (end === null) return GIVEN_UP;
    return end.kind === "gone" ? { kind: "fault", fault: end.fault, message: end.message } : outcomeOf(end, sha256);
  }
}
