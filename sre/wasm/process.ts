// The sandbox of production: guests run in a small pool of worker processes that hold nothing else and can be
// killed at any moment. For Node alone; browsers have `local.ts`.
import { createHash } from "node:crypto";
import { type Grade, gradeOf, isAtLeast, LockstepError, type Wall, wallsMissing } from "../../chain/protocol/index.ts";
import type { Outcome, Sandbox, Surroundings, Task } from "../core/index.ts";
import { checkTask, GIVEN_UP, outcomeOf } from "./answer.ts";
import { PROFILE } from "./limits.ts";
import { Worker } from "./process/child.ts";
import { type Proof, proveWalls } from "./process/walls/index.ts";

/** Options of a `WasmSandbox`. */
export interface WasmSandboxOptions {
  /** Worker processes at most, each about 60 MB; one per core is sensible. Default 2. */
  readonly workers?: number;
  /** The least grade of isolation that will do; where the walls of this machine are less, nothing runs (ISOLATION). */
  readonly isolation?: Grade;
}

/** Tasks that may wait for a worker; each holds its module and input in memory. */
const QUEUE_LIMIT = 1024;
interface Waiting {
  readonly task: Task;
  readonly settle: (outcome: Outcome) => void;
  readonly refuse: (reason: LockstepError) => void;
}

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest());

/** Runs WebAssembly guests in worker processes, started when first needed and kept warm. */
export class WasmSandbox implements Sandbox {
  readonly sre = "wasm";
  readonly profiles = [PROFILE];
  private readonly most: number;
  private readonly wanted: Grade;
  /** What this machine's walls were proven to be; null until then, and no worker starts before. */
  private proof: Proof | null = null;
  /** The walls of the first worker; each later one must have them all. */
  private walls: readonly Wall[] | null = null;
  private readonly workers = new Set<Worker>();
  private readonly idle: Worker[] = [];
  private readonly queue: Waiting[] = [];
  private closed = false;

  constructor(options: WasmSandboxOptions = {}) {
    this.most = options.workers ?? 2;
    this.wanted = options.isolation ?? "none";
  }

  get surroundings(): Surroundings {
    const engine = { name: "v8", version: process.versions.v8 };
    return { engine, isolation: this.walls ?? ["process"] };
  }

  /** Process ids of the workers alive. */
  get pids(): readonly number[] {
    return [...this.workers].flatMap((worker) => (worker.dead ? [] : (worker.pid ?? [])));
  }

  /** Starts one worker, so that the first job finds it warm; resolves when it is. ISOLATION: the walls are too few. */
  async warm(): Promise<void> {
    this.proof ??= await proveWalls();
    if (this.closed || this.workers.size > 0) return;
    const worker = await this.hire(this.proof);
    const reason = this.shortfall();
    if (reason !== null) throw reason;
    this.release(worker);
  }

  async run(task: Task): Promise<Outcome> {
    checkTask(task);
    if (this.closed) throw new LockstepError("INTERNAL", "the sandbox is closed");
    if (!(task.wallMs > 0)) throw new LockstepError("OUT_OF_RANGE", `wallMs must be above 0, not ${task.wallMs}`);
    if (this.queue.length >= QUEUE_LIMIT) {
      throw new LockstepError("BUSY", `${QUEUE_LIMIT} runs are waiting for a worker; try again later`);
    }
    return new Promise((settle, refuse) => {
      this.queue.push({ task, settle, refuse });
      this.pump();
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const waiting of this.queue.splice(0)) waiting.settle(fault("closed", "the sandbox was closed"));
    for (const worker of this.workers) worker.fail("closed", "the sandbox was closed");
    this.workers.clear();
    this.idle.length = 0;
  }

  /** Gives waiting tasks to idle workers and starts workers while there are more tasks than workers coming. */
  private pump(): void {
    const { proof } = this;
    if (proof === null) {
      this.prove();
      return;
    }
    while (this.queue.length > 0) {
      const worker = this.idle.pop();
      if (worker === undefined) break;
      if (!worker.dead) void this.serve(worker, this.queue.shift()!);
      else this.workers.delete(worker);
    }
    const starting = Math.min(this.queue.length, this.most - this.workers.size);
    for (let index = 0; index < starting; index++) void this.hire(proof).then((worker) => this.release(worker));
  }

  private prove(): void {
    void proveWalls().then((proof) => {
      this.proof = proof;
      this.pump();
    });
  }

  private async hire({ walls }: Proof): Promise<Worker | null> {
    const worker = new Worker(walls);
    this.workers.add(worker);
    if ((await worker.ready) && this.isWalled(worker)) return worker;
    this.workers.delete(worker);
    const reason = this.shortfall();
    // A machine that can't start workers would try forever: the tasks that wait are given up instead.
    if (reason === null && this.workers.size > 0) return null;
    for (const { refuse, settle } of this.queue.splice(0)) {
      if (reason !== null) refuse(reason);
      else settle(fault("lost", "no worker process could be started"));
    }
    return null;
  }

  /** Whether a new worker has every wall that the first one had, and enough of them; ends it otherwise. */
  private isWalled(worker: Worker): boolean {
    this.walls ??= worker.walls;
    const fell = this.walls.some((wall) => !worker.walls.includes(wall));
    if (!fell && this.shortfall() === null) return true;
    worker.fail("lost", "the walls around a worker process were too few");
    return false;
  }

  /** Why the walls of this machine are not enough; null when they are, or not known yet. */
  private shortfall(): LockstepError | null {
    const { proof, walls, wanted } = this;
    if (proof === null || walls === null || isAtLeast(gradeOf(walls), wanted)) return null;
    const reasons = wallsMissing(walls, wanted).map((wall) => {
      const why = proof.findings.find((finding) => finding.wall === wall)?.detail;
      return why === undefined ? wall : `${wall} (${why})`;
    });
    const message = `this machine isolates guests by grade ${gradeOf(walls)} and not ${wanted}; missing: ${reasons.join(", ")}; see: lockstep doctor`;
    return new LockstepError("ISOLATION", message, { grade: gradeOf(walls), wanted });
  }

  private release(worker: Worker | null): void {
    if (worker === null || this.closed) return;
    if (worker.dead) this.workers.delete(worker);
    else this.idle.push(worker);
    this.pump();
  }

  private async serve(worker: Worker, { task, settle }: Waiting): Promise<void> {
    if (task.begin?.() === false) {
      settle(GIVEN_UP);
      return this.release(worker);
    }
    const end = await worker.run(task);
    settle(end.kind === "gone" ? fault(end.fault, end.message) : outcomeOf(end, sha256));
    this.release(worker);
  }
}

function fault(kind: Extract<Outcome, { kind: "fault" }>["fault"], message: string): Outcome {
  return { kind: "fault", fault: kind, message };
}
