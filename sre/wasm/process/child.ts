// One worker process between the walls: an empty environment, no channel but its standard input and output. It does
// one thing at a time and is killed when the time for it is over. As long as it has run no guest it may rewrite modules;
// afterwards a guest may speak with its voice.
import type { ChildProcess } from "node:child_process";
import { LockstepError, type Wall } from "../../../chain/protocol/index.ts";
import type { FaultKind, Task } from "../../core/index.ts";
import { cacheKey } from "../cache.ts";
import type { Ending } from "../engine.ts";
import { FORM_BYTES, isForm } from "../form.ts";
import { underCeilings } from "../limits.ts";
import { encodeJob, type RunHeader, type Target, WIRE_LIMITS } from "../wire.ts";
import { FrameBuffer } from "./frames.ts";
import { expectNoMore, expectSoon } from "./poll.ts";
import { type Reply, readReply } from "./reply.ts";
import { launch, type Start, type Try, type Walls, wallsAround, workerStart } from "./walls/index.ts";

/** Milliseconds within which a new process must say that it is ready: about 100 when idle, seconds under load. */
const READY_MS = 20_000;
/** Milliseconds for a rewriting: the largest module takes one or two seconds on an idle machine. */
const REWRITE_MS = 60_000;

/** The longest delay that a timer keeps: 24 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** Modules that a worker is believed to hold; it says so itself when it does not. */
const KNOWN_LIMIT = 1_000;
/** How a worker was lost in the middle of something. */
export interface Gone {
  readonly kind: "gone";
  readonly fault: FaultKind;
  readonly message: string;
}
/** How a job on a worker came to its end; a fault other than `engine` also ends the worker. */
export type JobEnd = Ending | Gone;
/** How a rewriting came to its end: a form's bytes, or none. */
export type FormEnd =
  | { readonly kind: "form"; readonly form: Uint8Array }
  | Extract<JobEnd, { kind: "fault" | "gone" }>;

/** What a worker is at. */
type Running =
  | {
      readonly what: "job";
      readonly timer: NodeJS.Timeout;
      readonly done: (end: JobEnd) => void;
      readonly task: Task;
      readonly form: Uint8Array;
      lines: number;
      sentModule: boolean;
    }
  | { readonly what: "rewriting"; readonly timer: NodeJS.Timeout; readonly done: (end: FormEnd) => void };

/** A worker process and its pipe. */
export class Worker {
  /** Resolves once the process waits for jobs, rejects never: false when it died before. */
  readonly ready: Promise<boolean>;
  /** Resolves once the process is no more. */
  readonly exited: Promise<void>;
  /** Process id, for tests that kill it. */
  readonly pid: number | undefined;
  /** Whether it can't take jobs any more. */
  dead = false;
  /** Jobs that it was given. As long as there is none it may rewrite. */
  jobs = 0;
  /** Whether it asked for its end: it holds memory that it can't give back. */
  spent = false;
  /** The walls that stand around it, outermost first; told once it is ready. */
  walls: readonly Wall[] = [];
  /** Whether those walls were found to be enough: nothing is given to it before. */
  hired = false;
  private readonly between: Walls;
  private readonly child: ChildProcess;
  private readonly known = new Set<string>();
  private readonly frames = new FrameBuffer();
  private readonly onEnd: () => void;
  private running: Running | null = null;
  private onReady: (alive: boolean) => void = () => {};

  /**
   * Starts a process between walls that were proven; `onEnd` is called when it is lost or asks for its end. `start` is
   * another program in the worker's place, for tests of what a taken one may say.
   */
  constructor(between: Walls, onEnd: () => void = () => {}, start: Start = workerStart(between)) {
    this.between = between;
    this.onEnd = onEnd;
    this.child = launch(start);
    this.pid = this.child.pid;
    this.ready = new Promise((resolve) => {
      this.onReady = resolve;
    });
    this.exited = new Promise((resolve) => {
      this.child.on("exit", () => resolve());
      this.child.on("error", () => resolve());
    });
    const timer = setTimeout(() => this.fail("lost", "a worker process did not start in time"), READY_MS);
    void this.ready.then(() => clearTimeout(timer));
    this.child.stdout!.on("data", (chunk: Uint8Array) => this.receive(chunk));
    this.child.stdin!.on("error", () => this.fail("lost", "the worker process closed its pipe"));
    this.child.on("error", () => this.fail("lost", "the worker process could not be started"));
    this.child.on("exit", () => this.fail("lost", "the worker process died"));
  }

  /** Whether it waits for something to do. */
  get idle(): boolean {
    return this.hired && this.running === null && !this.dead;
  }

  /** Runs a task on the form of its module; the worker must be idle. */
  run(task: Task, form: Uint8Array): Promise<JobEnd> {
    return new Promise((done) => {
      const message = `the run was stopped after ${task.wallMs} ms`;
      const timer = setTimeout(() => this.fail("deadline", message), Math.min(task.wallMs, LONGEST_TIMER_MS));
      this.running = { what: "job", timer, done, task, form, lines: 0, sentModule: false };
      this.jobs++;
      this.sendJob(!this.known.has(cacheKey(task.call)));
      expectSoon();
    });
  }

  /** Rewrites a module; the worker must be idle and must have run no guest. */
  rewrite(target: Target, source: Uint8Array): Promise<FormEnd> {
    if (this.jobs > 0) throw new LockstepError("INTERNAL", "a worker that has run a guest must not rewrite modules");
    return new Promise((done) => {
      const timer = setTimeout(() => this.fail("deadline", "rewriting the module took too long"), REWRITE_MS);
      this.running = { what: "rewriting", timer, done };
      this.child.stdin!.write(encodeJob({ do: "rewrite", abi: target.abi, profile: target.profile }, [source]));
    });
  }

  /** Kills the process; what was under way ends with this fault. */
  fail(fault: FaultKind, message: string): void {
    if (this.dead) return;
    this.dead = true;
    this.child.kill("SIGKILL");
    this.onReady(false);
    this.take()?.done({ kind: "gone", fault, message });
    this.onEnd();
  }

  /** What was under way, which is over now. */
  private take(): Running | null {
    const { running } = this;
    if (running === null) return null;
    this.running = null;
    clearTimeout(running.timer);
    if (running.what === "job") expectNoMore();
    return running;
  }

  private sendJob(withModule: boolean): void {
    const running = this.running;
    if (running?.what !== "job") return;
    const { call, context, files, input, module, trace } = running.task;
    const key = cacheKey(call);
    running.sentModule = withModule;
    const header: RunHeader = {
      ...{ do: "run" as const, key, abi: call.abi, entry: call.entry },
      limits: { ...call.limits, fuel: String(call.limits.fuel) },
      ...{ context: { ...context, clock: String(context.clock) }, trace: trace !== undefined },
      ...{ input: input.length, files: [...files].map(([digest, { length }]) => [digest, length] as const) },
      ...{ form: withModule ? running.form.length : null },
    };
    this.child.stdin!.write(
      encodeJob(header, [input, ...files.values(), ...(withModule ? [running.form, module] : [])]),
    );
    if (this.known.size >= KNOWN_LIMIT) this.known.clear();
    this.known.add(key);
  }

  private receive(chunk: Uint8Array): void {
    this.frames.push(chunk);
    while (!this.dead) {
      const { running } = this;
      const limits = running?.what === "job" ? underCeilings(running.task.call.limits) : null;
      const most = running?.what === "rewriting" ? FORM_BYTES : limits === null ? 0 : limits.output + limits.logs;
      const frame = this.frames.next(WIRE_LIMITS.replyBytes + most);
      if (frame === null) return;
      const reply = frame === "too-large" ? null : readReply(frame, limits);
      if (reply === null || !this.act(reply)) this.fail("lost", "the worker process broke the protocol and was killed");
    }
  }

  /** Takes a reply; false when it has no place here. */
  private act(reply: Reply): boolean {
    const { running } = this;
    switch (reply.type) {
      case "ready":
        return this.greet(reply.refused);
      case "spent":
        if (this.walls.length === 0) return false;
        this.spent = true;
        this.onEnd();
        return true;
      case "form":
        if (running?.what !== "rewriting" || !isForm(reply.form)) return false;
        this.take();
        running.done({ kind: "form", form: reply.form });
        return true;
      case "ending":
        if (running === null) return false;
        this.take();
        if (running.what === "job") running.done(reply.ending);
        else if (reply.ending.kind === "fault") running.done(reply.ending);
        return true;
      case "need-module":
        if (running?.what !== "job" || running.sentModule) return false;
        this.sendJob(true);
        return true;
      case "trace":
        if (running?.what !== "job" || ++running.lines > WIRE_LIMITS.traceLines) return false;
        running.task.trace?.(reply.line);
        return true;
    }
  }

  private greet(refused: readonly Try[]): boolean {
    if (this.pid === undefined || this.walls.length > 0) return false;
    this.walls = wallsAround(this.between, this.pid, refused);
    this.onReady(true);
    return true;
  }
}
