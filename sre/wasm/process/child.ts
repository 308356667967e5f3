// One worker process between the walls: an empty environment, no channel but its standard input and output. It runs one job at a time and is killed when the job's time is over.
import type { ChildProcess } from "node:child_process";
import type { Wall } from "../../../chain/protocol/index.ts";
import type { FaultKind, Task } from "../../core/index.ts";
import type { Ending } from "../engine.ts";
import { underCeilings } from "../limits.ts";
import { encodeFrame, type JobHeader, WIRE_LIMITS } from "../wire.ts";
import { FrameBuffer } from "./frames.ts";
import { type Reply, readReply } from "./reply.ts";
import { launch, type Try, type Walls, wallsAround, workerStart } from "./walls/index.ts";

/** Milliseconds within which a new process must say that it is ready: about 100 when idle, seconds under load. */
const READY_MS = 20_000;

/** The longest delay that a timer keeps: 24 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** Modules that a worker is believed to hold; it says so itself when it does not. */
const KNOWN_LIMIT = 1_000;

/** How a job on a worker came to its end; a fault other than `engine` also ends the worker. */
export type JobEnd = Ending | { readonly kind: "gone"; readonly fault: FaultKind; readonly message: string };

/** What runs at the moment. */
interface Running {
  readonly task: Task;
  readonly timer: NodeJS.Timeout;
  readonly done: (end: JobEnd) => void;
  lines: number;
  sentModule: boolean;
}

/** A worker process and its pipe. */
export class Worker {
  /** Resolves once the process waits for jobs, rejects never: false when it died before. */
  readonly ready: Promise<boolean>;
  /** Process id, for tests that kill it. */
  readonly pid: number | undefined;
  /** Whether it can't take jobs any more. */
  dead = false;
  /** The walls that stand around it, outermost first; told once it is ready. */
  walls: readonly Wall[] = [];
  private readonly between: Walls;
  private readonly child: ChildProcess;
  private readonly known = new Set<string>();
  private readonly frames = new FrameBuffer();
  private running: Running | null = null;
  private onReady: (alive: boolean) => void = () => {};

  /** Starts a process between walls that were proven. */
  constructor(between: Walls) {
    this.between = between;
    this.child = launch(workerStart(between));
    this.pid = this.child.pid;
    this.ready = new Promise((resolve) => {
      this.onReady = resolve;
    });
    const timer = setTimeout(() => this.fail("lost", "a worker process did not start in time"), READY_MS);
    void this.ready.then(() => clearTimeout(timer));
    this.child.stdout!.on("data", (chunk: Uint8Array) => this.receive(chunk));
    this.child.stdin!.on("error", () => this.fail("lost", "the worker process closed its pipe"));
    this.child.on("error", () => this.fail("lost", "the worker process could not be started"));
    this.child.on("exit", () => this.fail("lost", "the worker process died"));
  }

  /** Runs a task; the worker must be ready and idle. */
  run(task: Task): Promise<JobEnd> {
    return new Promise((done) => {
      const message = `the run was stopped after ${task.wallMs} ms`;
      const timer = setTimeout(() => this.fail("deadline", message), Math.min(task.wallMs, LONGEST_TIMER_MS));
      this.running = { task, timer, done, lines: 0, sentModule: false };
      this.sendJob(this.known.has(key(task)));
    });
  }

  /** Kills the process; a job under way ends with this fault. */
  fail(fault: FaultKind, message: string): void {
    if (this.dead) return;
    this.dead = true;
    this.child.kill("SIGKILL");
    this.onReady(false);
    this.finish({ kind: "gone", fault, message });
  }

  private finish(end: JobEnd): void {
    if (this.running === null) return;
    const { timer, done } = this.running;
    this.running = null;
    clearTimeout(timer);
    done(end);
  }

  private sendJob(withoutModule: boolean): void {
    const running = this.running!;
    const { call, context, input, module, trace } = running.task;
    running.sentModule = !withoutModule;
    const header: JobHeader = {
      module: call.module,
      abi: call.abi,
      entry: call.entry,
      limits: { ...call.limits, fuel: String(call.limits.fuel) },
      clock: String(context.clock),
      seed: context.seed,
      trace: trace !== undefined,
      input: input.length,
      withModule: !withoutModule,
    };
    this.child.stdin!.write(encodeFrame(header, withoutModule ? [input] : [input, module]));
    if (this.known.size >= KNOWN_LIMIT) this.known.clear();
    this.known.add(key(running.task));
  }

  private receive(chunk: Uint8Array): void {
    this.frames.push(chunk);
    while (!this.dead) {
      const limits = this.running === null ? null : underCeilings(this.running.task.call.limits);
      const frame = this.frames.next(limits === null ? 0 : limits.output + limits.logs);
      if (frame === null) return;
      const reply = frame === "too-large" ? null : readReply(frame.header, frame.body, limits);
      if (reply === null) this.babble();
      else this.act(reply);
    }
  }

  private act(reply: Reply): void {
    const { running } = this;
    if (reply.type === "ready") this.greet(reply.refused);
    else if (running === null) this.babble();
    else if (reply.type === "ending") this.finish(reply.ending);
    else if (reply.type === "need-module") {
      if (running.sentModule) this.babble();
      else this.sendJob(false);
    } else if (reply.type === "trace") {
      if (++running.lines > WIRE_LIMITS.traceLines) this.babble();
      else running.task.trace?.(reply.line);
    }
  }

  private greet(refused: readonly Try[]): void {
    if (this.pid === undefined || this.walls.length > 0) this.babble();
    else {
      this.walls = wallsAround(this.between, this.pid, refused);
      this.onReady(true);
    }
  }

  private babble(): void {
    this.fail("lost", "the worker process broke the protocol and was killed");
  }
}

const key = (task: Task): string => `${task.call.abi} ${task.call.module}`;
