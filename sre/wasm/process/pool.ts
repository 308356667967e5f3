// The processes that run guests: carries out what the plan says, and tells it what became of them.
import type { LockstepError } from "../../../chain/protocol/index.ts";
import type { FaultKind, Task } from "../../core/index.ts";
import { cacheKey } from "../cache.ts";
import type { Kind } from "../kind.ts";
import { FAILED_STARTS, type Hiring } from "./hiring.ts";
import { Plan, type PlanLimits } from "./plan.ts";
import { type JobEnd, Runner } from "./runner.ts";
import { programStart } from "./walls/index.ts";

/** Jobs after which a process is replaced: whatever an engine leaks, or a guest left behind, ends with it. */
export const JOBS_PER_WORKER = 10_000;
/** Milliseconds after a job, or the spare's end, until it is started: not while a short-lived program waits for its only job. */
const SPARE_AFTER_MS = 200;

interface WaitingJob {
  readonly task: Task;
  readonly form: Uint8Array;
  readonly settle: (end: JobEnd | null) => void;
  readonly refuse: (reason: LockstepError) => void;
}

/** Processes that run guests, each of one program for life, and a blank one that is kept ready. */
export class Pool {
  private readonly hiring: Hiring;
  private readonly jobsPerWorker: number;
  private readonly kind: Kind;
  private readonly plan: Plan<Runner, WaitingJob>;
  private spareTimer: NodeJS.Timeout | null = null;
  private failures = 0;
  private closed = false;

  /** A pool within these limits, each process replaced after so many jobs. */
  constructor(hiring: Hiring, limits: PlanLimits, jobsPerWorker: number, kind: Kind) {
    this.hiring = hiring;
    this.kind = kind;
    this.plan = new Plan(limits);
    this.jobsPerWorker = jobsPerWorker;
  }

  /** Process ids of those alive. */
  get pids(): readonly number[] {
    return this.plan.places.flatMap(({ pid }) => pid ?? []);
  }

  /** Jobs that wait for a process. */
  get waiting(): number {
    return this.plan.waiting;
  }

  /** Starts a process unless there is one; resolves when it is ready. ISOLATION: the walls are too few. */
  async warm(): Promise<void> {
    await this.hiring.prepare();
    if (this.closed) return;
    if (this.plan.places.length === 0) void this.hire();
    await this.plan.places[0]?.ready;
    const reason = this.hiring.shortfall();
    if (reason !== null) throw reason;
  }

  /** Runs a task when its turn comes; null when its `begin` gave it up then. ISOLATION: the walls are too few. */
  run(task: Task, form: Uint8Array): Promise<JobEnd | null> {
    return new Promise((settle, refuse) => {
      this.plan.wait({ task, form, settle, refuse }, cacheKey(task.call));
      this.pump();
    });
  }

  /** Ends everything with the fault `closed`. */
  close(): void {
    this.closed = true;
    if (this.spareTimer !== null) clearTimeout(this.spareTimer);
    for (const runner of this.plan.places) runner.fail("closed", "the sandbox was closed");
    this.pump();
  }

  private pump(): void {
    // What comes after the end, from somebody who waited for something else meanwhile, ends like the rest.
    if (this.closed) this.abandon(true, "closed", "the sandbox was closed");
    else if (!this.hiring.prepared) void this.hiring.prepare().then(() => this.pump());
    else
      for (let step = this.plan.next(); step !== null; step = this.plan.next()) {
        if (step.do === "start") void this.hire();
        else if (step.do === "run") this.serve(step.place, step.job);
        else step.place.fail("closed", "the worker process made room for another program's");
      }
  }

  private abandon(all: boolean, fault: FaultKind, message: string): void {
    for (const { settle } of this.plan.giveUp(all)) settle({ kind: "gone", fault, message });
  }

  private async hire(): Promise<void> {
    const runner = this.hiring.start(
      (walls) => new Runner(walls, programStart(walls, `${this.kind.sre}/worker`), this.kind),
    );
    const fit = runner !== null && (await this.comesUp(runner));
    this.failures = fit ? 0 : this.failures + 1;
    const reason = this.hiring.shortfall();
    if (reason !== null) for (const { refuse } of this.plan.giveUp(true)) refuse(reason);
    // A machine that can't start processes would try forever: what needs a new one is given up instead.
    if (reason !== null || this.failures >= FAILED_STARTS) {
      this.failures = 0;
      this.plan.spare = false;
      this.abandon(false, "lost", "no worker process could be started");
    }
    this.pump();
  }

  /** Takes a process that was started into the plan; whether it can be given jobs. */
  private async comesUp(runner: Runner): Promise<boolean> {
    this.plan.starting(runner);
    let started = false;
    runner.onEnd = () => {
      // What ended the spare may end the next one, too, such as a lack of memory.
      if (this.plan.stageOf(runner) === "blank") {
        this.plan.spare = false;
        this.wantSpare();
      }
      this.plan.left(runner);
      // One that dies while it starts is looked at by `hire`.
      if (started) this.pump();
    };
    runner.onSpent = () => {
      if (this.plan.stageOf(runner) !== "running") this.replace(runner);
    };
    const fit = await this.hiring.isFit(runner);
    started = true;
    if (fit) this.plan.ready(runner);
    return fit;
  }

  private serve(runner: Runner, { task, form, settle }: WaitingJob): void {
    if (task.begin?.() === false) {
      this.plan.declined(runner);
      settle(null);
      return;
    }
    void runner.run(task, form).then((end) => {
      settle(end);
      if (runner.spent || runner.jobs >= this.jobsPerWorker) this.replace(runner);
      this.plan.finished(runner);
      this.wantSpare();
      this.pump();
    });
  }

  /** Ends a process whose place may have another. */
  private replace(runner: Runner): void {
    runner.fail("closed", "the worker process was replaced");
  }

  private wantSpare(): void {
    if (this.spareTimer !== null || this.plan.spare || this.closed) return;
    this.spareTimer = setTimeout(() => {
      this.spareTimer = null;
      this.plan.spare = true;
      this.pump();
    }, SPARE_AFTER_MS);
    this.spareTimer.unref();
  }
}
