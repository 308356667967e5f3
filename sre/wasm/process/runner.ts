// A process that runs guests of one program for life: a guest that takes it over finds no other's bytes, now or later.
import { LockstepError } from "../../../chain/protocol/index.ts";
import type { Task } from "../../core/index.ts";
import { cacheKey } from "../cache.ts";
import type { Ending } from "../engine.ts";
import { type Kind, type Source, sourceOf, WASM } from "../kind.ts";
import { underCeilings } from "../limits.ts";
import { encodeJob, type RunHeader, WIRE_LIMITS } from "../wire.ts";
import { Child, type Gone } from "./child.ts";
import { expectNoMore, expectSoon } from "./poll.ts";
import type { Reply } from "./reply.ts";
import { programStart, type Start, type Walls } from "./walls/index.ts";

/** The longest delay that a timer keeps: 24 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** How a job came to its end; a fault other than `engine` also ends the process. */
export type JobEnd = Ending | Gone;

/** A run under way. */
interface Running {
  readonly task: Task;
  readonly timer: NodeJS.Timeout;
  readonly done: (end: JobEnd) => void;
  lines: number;
}

/** A process that runs guests. */
export class Runner extends Child {
  /** The program that it is bound to; null as long as it has seen none. */
  program: string | null = null;
  /** Jobs that it was given. */
  jobs = 0;
  /** Whether it asked for its end: it holds memory that it can't give back. */
  spent = false;
  /** Called when it asks for its end. */
  onSpent: () => void = () => {};
  /** Whether it has the program's bytes. */
  private holding = false;
  private running: Running | null = null;
  private readonly kind: Kind;

  /** Starts a process; `start` is another program in its place, for tests of what a taken one may say. */
  constructor(walls: Walls, start: Start = programStart(walls, "wasm/worker"), kind: Kind = WASM) {
    super(walls, start);
    this.kind = kind;
  }

  /** Runs a task on the form of its module. It must be ready and idle, and bound to that program or to none yet. */
  run(task: Task, form: Uint8Array): Promise<JobEnd> {
    const program = cacheKey(task.call);
    this.program ??= program;
    if (this.program !== program) {
      throw new LockstepError("INTERNAL", "a process that has run guests of one program must see no other");
    }
    return new Promise((done) => {
      const message = `the run was stopped after ${task.wallMs} ms`;
      const timer = setTimeout(() => this.fail("deadline", message), Math.min(task.wallMs, LONGEST_TIMER_MS));
      this.running = { task, timer, done, lines: 0 };
      this.jobs++;
      this.send(jobFrame(task, sourceOf(task, this.kind), this.holding ? null : form));
      expectSoon();
    });
  }

  protected override allowed() {
    if (this.running === null) return { bytes: 0, limits: null };
    const limits = underCeilings(this.running.task.call.limits);
    return { bytes: limits.output + limits.logs, limits };
  }

  protected override take(reply: Reply): boolean {
    const { running } = this;
    switch (reply.type) {
      case "spent":
        this.spent = true;
        this.onSpent();
        return true;
      case "ending":
        if (running === null) return false;
        // What failed may have been the engine with the program: that may pass, so it gets it again.
        this.holding = reply.ending.kind === "exit";
        this.over()!.done(reply.ending);
        return true;
      case "trace":
        if (running === null || ++running.lines > WIRE_LIMITS.traceLines) return false;
        running.task.trace?.(reply.line);
        return true;
      default:
        return false;
    }
  }

  protected override lost(gone: Gone): void {
    this.over()?.done(gone);
  }

  /** What was under way, which is over now. */
  private over(): Running | null {
    const { running } = this;
    if (running === null) return null;
    this.running = null;
    clearTimeout(running.timer);
    expectNoMore();
    return running;
  }
}

/** A job's frame, with the form of what runs it, and its source, where a form is given. */
function jobFrame(task: Task, { bytes, program }: Source, form: Uint8Array | null): Uint8Array {
  const { call, context, files, input, trace } = task;
  const header: RunHeader = {
    ...{ do: "run" as const, abi: call.abi, entry: call.entry },
    limits: { ...call.limits, fuel: String(call.limits.fuel) },
    ...{ context: { ...context, clock: String(context.clock) }, trace: trace !== undefined },
    ...{ input: input.length, files: [...files].map(([digest, { length }]) => [digest, length] as const) },
    ...{ program: program?.length ?? null, form: form?.length ?? null },
  };
  const own = program === undefined ? [] : [program];
  return encodeJob(header, [input, ...files.values(), ...own, ...(form === null ? [] : [form, bytes])]);
}
