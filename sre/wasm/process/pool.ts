// The worker processes: up to so many that have run guests, and a spare that has run none. The spare rewrites modules
// and takes the place of a worker that died or has served long enough; then another one is started.
import type { LockstepError } from "../../../chain/protocol/index.ts";
import type { FaultKind, Task } from "../../core/index.ts";
import type { Target } from "../wire.ts";
import type { FormEnd, Gone, JobEnd, Worker } from "./child.ts";
import type { Hiring } from "./hiring.ts";

/** Jobs after which a worker is replaced: whatever an engine leaks, or a guest left behind, ends with it. */
export const JOBS_PER_WORKER = 10_000;
/** Milliseconds after a job until the spare is started: not while a short-lived program waits for its only job. */
const SPARE_AFTER_MS = 200;

/** Starts in a row that may fail before the machine is taken for one that starts none; any may be killed for once. */
const FAILED_STARTS = 3;

interface WaitingJob {
  readonly task: Task;
  readonly form: Uint8Array;
  readonly settle: (end: JobEnd) => void;
  readonly giveUp: () => void;
  readonly refuse: (reason: LockstepError) => void;
}
interface WaitingRewriting {
  readonly target: Target;
  readonly source: Uint8Array;
  readonly settle: (end: FormEnd) => void;
  readonly refuse: (reason: LockstepError) => void;
}

/** Worker processes that share queues. */
export class Pool {
  private readonly hiring: Hiring;
  private readonly most: number;
  private readonly jobsPerWorker: number;
  private readonly workers = new Set<Worker>();
  private readonly jobs: WaitingJob[] = [];
  private readonly rewritings: WaitingRewriting[] = [];
  private spareTimer: NodeJS.Timeout | null = null;
  private failures = 0;
  private closed = false;

  /** A pool of at most so many workers with guests, each replaced after so many jobs. */
  constructor(hiring: Hiring, most: number, jobsPerWorker: number) {
    this.hiring = hiring;
    this.most = most;
    this.jobsPerWorker = jobsPerWorker;
  }

  /** Process ids of the workers alive. */
  get pids(): readonly number[] {
    return [...this.workers].flatMap(({ pid }) => pid ?? []);
  }

  /** Jobs that wait for a worker. */
  get waiting(): number {
    return this.jobs.length;
  }

  /** Starts a worker unless there is one; resolves when it is ready. ISOLATION: the walls are too few. */
  async warm(): Promise<void> {
    await this.hiring.prepare();
    if (this.workers.size === 0 && !this.closed) await this.hire();
    const reason = this.hiring.shortfall();
    if (reason !== null) throw reason;
  }

  /** Runs a task when its turn comes; null when its `begin` gave it up then. */
  run(task: Task, form: Uint8Array): Promise<JobEnd | null> {
    return new Promise((settle, refuse) => {
      this.jobs.push({ task, form, settle, giveUp: () => settle(null), refuse });
      this.pump();
    });
  }

  /** Rewrites a module on a worker that has run no guest. */
  rewrite(target: Target, source: Uint8Array): Promise<FormEnd> {
    return new Promise((settle, refuse) => {
      this.rewritings.push({ target, source, settle, refuse });
      this.pump();
    });
  }

  /** Ends everything with the fault `closed`. */
  close(): void {
    this.closed = true;
    if (this.spareTimer !== null) clearTimeout(this.spareTimer);
    this.abandon("closed", "the sandbox was closed");
    for (const worker of this.workers) worker.fail("closed", "the sandbox was closed");
    this.workers.clear();
  }

  private abandon(fault: FaultKind, message: string): void {
    const gone: Gone = { kind: "gone", fault, message };
    for (const waiting of [...this.jobs.splice(0), ...this.rewritings.splice(0)]) waiting.settle(gone);
  }

  /** Gives what waits to idle workers, and starts workers for the rest. */
  private pump(): void {
    // What comes after the end, from somebody who waited for something else meanwhile, ends like the rest.
    if (this.closed) this.abandon("closed", "the sandbox was closed");
    if (!this.hiring.prepared) {
      void this.hiring.prepare().then(() => this.pump());
      return;
    }
    while (this.rewritings.length > 0) {
      const worker = this.find((candidate) => candidate.jobs === 0);
      if (worker === undefined) break;
      const { target, source, settle } = this.rewritings.shift()!;
      void worker.rewrite(target, source).then((end) => {
        settle(end);
        this.pump();
      });
    }
    while (this.jobs.length > 0) {
      const worker = this.find(({ jobs }) => jobs > 0) ?? (this.full ? undefined : this.find(({ jobs }) => jobs === 0));
      if (worker === undefined) break;
      this.serve(worker, this.jobs.shift()!);
    }
    for (let missing = this.missing(); missing > 0; missing--) void this.hire();
  }

  private find(fits: (worker: Worker) => boolean): Worker | undefined {
    for (const worker of this.workers) if (worker.idle && fits(worker)) return worker;
    return undefined;
  }

  /** Whether as many workers as there may be have run guests. */
  private get full(): boolean {
    return this.count(({ jobs }) => jobs > 0) >= this.most;
  }

  private count(fits: (worker: Worker) => boolean): number {
    let count = 0;
    for (const worker of this.workers) if (fits(worker)) count++;
    return count;
  }

  /** How many workers to start: one to rewrite if there is none, and one for each job that may have one. */
  private missing(): number {
    const used = this.count(({ jobs }) => jobs > 0);
    const fresh = this.workers.size - used;
    const wanted = Math.min(this.jobs.length, this.most - used);
    const rewriter = this.rewritings.length > 0 && fresh === 0 ? 1 : 0;
    return Math.min(Math.max(wanted - fresh, rewriter), this.most + 1 - this.workers.size);
  }

  private async hire(): Promise<void> {
    const worker = this.hiring.start(() => this.leave(worker));
    this.workers.add(worker);
    const fit = await this.hiring.isFit(worker);
    if (this.closed) return;
    this.failures = fit ? 0 : this.failures + 1;
    const reason = this.hiring.shortfall();
    // A machine that can't start workers would try forever: what needs a new one is given up instead.
    if (!fit && (reason !== null || this.failures >= FAILED_STARTS)) this.giveUp(reason);
    else this.pump();
  }

  private giveUp(reason: LockstepError | null): void {
    this.failures = 0;
    const jobs = reason !== null || this.workers.size === 0 ? this.jobs.splice(0) : [];
    for (const waiting of [...jobs, ...this.rewritings.splice(0)]) {
      if (reason !== null) waiting.refuse(reason);
      else waiting.settle({ kind: "gone", fault: "lost", message: "no worker process could be started" });
    }
  }

  private serve(worker: Worker, { task, form, settle, giveUp }: WaitingJob): void {
    if (task.begin?.() === false) {
      giveUp();
      return;
    }
    void worker.run(task, form).then((end) => {
      settle(end);
      this.leave(worker);
      this.pump();
      this.wantSpare();
    });
  }

  /** Lets a worker go that is dead, or idle and not to be used any more. */
  private leave(worker: Worker): void {
    const over = worker.idle && (worker.spent || worker.jobs >= this.jobsPerWorker);
    if (!worker.dead && !over) return;
    this.workers.delete(worker);
    if (over) worker.fail("closed", "the worker process was replaced");
  }

  private wantSpare(): void {
    if (this.spareTimer !== null || this.closed || this.count(({ jobs }) => jobs === 0) > 0) return;
    this.spareTimer = setTimeout(() => {
      this.spareTimer = null;
      if (this.count(({ jobs }) => jobs === 0) === 0 && this.workers.size <= this.most) void this.hire();
    }, SPARE_AFTER_MS);
    this.spareTimer.unref();
  }
}
