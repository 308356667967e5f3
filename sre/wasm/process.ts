// The sandbox of production: guests run in a small pool of worker processes that hold nothing else and can be
// killed at any moment. For Node alone; browsers have `local.ts`.
import { createHash } from "node:crypto";
import { LockstepError } from "../../chain/protocol/index.ts";
import type { Outcome, Sandbox, Surroundings, Task } from "../core/index.ts";
import { checkTask, GIVEN_UP, outcomeOf } from "./answer.ts";
import { PROFILE } from "./limits.ts";
import { WALLS_IN_FORCE, Worker } from "./process/child.ts";

/** Options of a `WasmSandbox`. */
export interface WasmSandboxOptions {
  /** Worker processes at most, each about 60 MB; one per core is sensible. Default 2. */
  readonly workers?: number;
}

/** Tasks that may wait for a worker; each holds its module and input in memory. */
const QUEUE_LIMIT = 1024;
interface Waiting {
  readonly task: Task;
  readonly settle: (outcome: Outcome) => void;
}

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest());

/** Runs WebAssembly guests in worker processes, started when first needed and kept warm. */
export class WasmSandbox implements Sandbox {
  readonly sre = "wasm";
  readonly profiles = [PROFILE];
  readonly surroundings: Surroundings = {
    engine: { name: "v8", version: process.versions.v8 },
    isolation: WALLS_IN_FORCE,
  };
  private readonly most: number;
  private readonly workers = new Set<Worker>();
  private readonly idle: Worker[] = [];
  private readonly queue: Waiting[] = [];
  private closed = false;

  constructor(options: WasmSandboxOptions = {}) {
    this.most = options.workers ?? 2;
  }

  /** Process ids of the workers alive. */
  get pids(): readonly number[] {
    return [...this.workers].flatMap((worker) => (worker.dead ? [] : (worker.pid ?? [])));
  }

  /** Starts one worker, so that the first job finds it warm; resolves when it is. */
  async warm(): Promise<void> {
    if (this.closed || this.workers.size > 0) return;
    const worker = await this.hire();
    if (worker !== null) this.release(worker);
  }

  async run(task: Task): Promise<Outcome> {
    checkTask(task);
    if (this.closed) throw new LockstepError("INTERNAL", "the sandbox is closed");
    if (!(task.wallMs > 0)) throw new LockstepError("OUT_OF_RANGE", `wallMs must be above 0, not ${task.wallMs}`);
    if (this.queue.length >= QUEUE_LIMIT) {
      throw new LockstepError("BUSY", `${QUEUE_LIMIT} runs are waiting for a worker; try again later`);
    }
    return new Promise((settle) => {
      this.queue.push({ task, settle });
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
    while (this.queue.length > 0) {
      const worker = this.idle.pop();
      if (worker === undefined) break;
      if (!worker.dead) void this.serve(worker, this.queue.shift()!);
      else this.workers.delete(worker);
    }
    const starting = Math.min(this.queue.length, this.most - this.workers.size);
    for (let index = 0; index < starting; index++) void this.hire().then((worker) => this.release(worker));
  }

  private async hire(): Promise<Worker | null> {
    const worker = new Worker();
    this.workers.add(worker);
    if (await worker.ready) return worker;
    this.workers.delete(worker);
    // A machine that can't start workers would try forever: the tasks that wait are given up instead.
    if (this.workers.size > 0) return null;
    for (const waiting of this.queue.splice(0)) waiting.settle(fault("lost", "no worker process could be started"));
    return null;
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
