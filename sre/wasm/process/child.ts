// A process between the walls: an empty environment, no channel but its standard input and output. It does one thing at
// a time and is killed when the time for it is over. Each word of it is read as a hostile's.
import type { ChildProcess } from "node:child_process";
import type { Limits, Wall } from "../../../chain/protocol/index.ts";
import type { FaultKind } from "../../core/index.ts";
import { WIRE_LIMITS } from "../wire.ts";
import { FrameBuffer } from "./frames.ts";
import { type Reply, readReply } from "./reply.ts";
import { launch, type Start, type Try, type Walls, wallsAround } from "./walls/index.ts";

/** Milliseconds within which a new process must say that it is ready: less than 100 when idle, seconds under load. */
const READY_MS = 20_000;

/** How a process was lost in the middle of something. */
export interface Gone {
  readonly kind: "gone";
  readonly fault: FaultKind;
  readonly message: string;
}

/** What a process may say at the moment: bytes besides what every reply has, and the limits of a run's end if one is under way. */
interface Allowed {
  readonly bytes: number;
  readonly limits: Limits | null;
}

/** A process and its pipe. */
export abstract class Child {
  /** Resolves once the process waits for something to do, rejects never: false when it died before. */
  readonly ready: Promise<boolean>;
  /** Resolves once the process is no more. */
  readonly exited: Promise<void>;
  /** Process id. */
  readonly pid: number | undefined;
  /** Whether it can do nothing any more. */
  dead = false;
  /** The walls that stand around it, outermost first; told once it is ready. */
  walls: readonly Wall[] = [];
  /** Called once, when the process is lost or ended. */
  onEnd: () => void = () => {};
  private readonly between: Walls;
  private readonly child: ChildProcess;
  private readonly frames = new FrameBuffer();
  private onReady: (alive: boolean) => void = () => {};

  /** Starts a process between walls that were proven; throws where the machine has nothing left to start one with. */
  constructor(between: Walls, start: Start) {
    this.between = between;
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
    this.child.stdout?.on("data", (chunk: Uint8Array) => this.receive(chunk));
    this.child.stdin?.on("error", () => this.fail("lost", "the worker process closed its pipe"));
    this.child.on("error", () => this.fail("lost", "the worker process could not be started"));
    this.child.on("exit", () => this.fail("lost", "the worker process died"));
  }

  /** Kills the process; what was under way ends with this fault. */
  fail(fault: FaultKind, message: string): void {
    if (this.dead) return;
    this.dead = true;
    this.child.kill("SIGKILL");
    this.onReady(false);
    this.lost({ kind: "gone", fault, message });
    this.onEnd();
  }

  /** What it may say now. */
  protected abstract allowed(): Allowed;
  /** Takes a reply; false when it has no place here. */
  protected abstract take(reply: Reply): boolean;
  /** Ends what was under way. */
  protected abstract lost(gone: Gone): void;

  protected send(frame: Uint8Array): void {
    this.child.stdin!.write(frame);
  }

  private receive(chunk: Uint8Array): void {
    this.frames.push(chunk);
    while (!this.dead) {
      const { bytes, limits } = this.allowed();
      const frame = this.frames.next(WIRE_LIMITS.replyBytes + bytes);
      if (frame === null) return;
      const reply = frame === "too-large" ? null : readReply(frame, limits);
      if (reply === null || !this.hear(reply))
        this.fail("lost", "the worker process broke the protocol and was killed");
    }
  }

  private hear(reply: Reply): boolean {
    // Once it has greeted, and not before, it may speak.
    if (reply.type === "ready") return this.greet(reply.refused);
    return this.walls.length > 0 && this.take(reply);
  }

  private greet(refused: readonly Try[]): boolean {
    if (this.pid === undefined || this.walls.length > 0) return false;
    this.walls = wallsAround(this.between, this.pid, refused);
    this.onReady(true);
    return true;
  }
}
