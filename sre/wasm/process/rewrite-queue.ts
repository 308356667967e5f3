// Rewriting, one module after the other, in a process of its own that never runs a guest. It is started when it is first
// needed, and anew when it died; what was under way then ends as lost, what waits goes on waiting.
import type { LockstepError } from "../../../chain/protocol/index.ts";
import type { Kind } from "../kind.ts";
import type { Target } from "../wire.ts";
import type { Gone } from "./child.ts";
import { FAILED_STARTS, type Hiring } from "./hiring.ts";
import { type FormEnd, Rewriter } from "./rewriter.ts";
import { programStart } from "./walls/index.ts";

interface Waiting {
  readonly target: Target;
  readonly source: Uint8Array;
  readonly settle: (end: FormEnd) => void;
  readonly refuse: (reason: LockstepError) => void;
}

/** A queue of modules to be rewritten. */
export class RewriteQueue {
  private readonly hiring: Hiring;
  private readonly sre: Kind["sre"];
  private readonly waiting: Waiting[] = [];
  private rewriter: Rewriter | null = null;
  /** What the process is at; none: there is no process. */
  private stage: "none" | "starting" | "idle" | "busy" = "none";
  private failures = 0;
  private closed = false;

  /** A queue of modules of one kind. */
  constructor(hiring: Hiring, { sre }: Kind) {
    this.hiring = hiring;
    this.sre = sre;
  }

  /** Process id of the process, if there is one. */
  get pids(): readonly number[] {
    return this.rewriter?.pid === undefined ? [] : [this.rewriter.pid];
  }

  /** Rewrites a module. ISOLATION: the walls are too few. */
  rewrite(target: Target, source: Uint8Array): Promise<FormEnd> {
    return new Promise((settle, refuse) => {
      this.waiting.push({ target, source, settle, refuse });
      this.pump();
    });
  }

  /** Ends everything with the fault `closed`. */
  close(): void {
    this.closed = true;
    this.rewriter?.fail("closed", "the sandbox was closed");
    this.pump();
  }

  private pump(): void {
    if (this.closed) this.abandon({ kind: "gone", fault: "closed", message: "the sandbox was closed" });
    if (this.waiting.length === 0) return;
    if (this.stage === "none") {
      this.stage = "starting";
      void this.hire();
    } else if (this.stage === "idle") this.serve(this.rewriter!, this.waiting.shift()!);
  }

  private serve(rewriter: Rewriter, { target, source, settle }: Waiting): void {
    this.stage = "busy";
    void rewriter.rewrite(target, source).then((end) => {
      settle(end);
      if (this.rewriter === rewriter) this.stage = "idle";
      this.pump();
    });
  }

  private async hire(): Promise<void> {
    await this.hiring.prepare();
    const rewriter = this.hiring.start((walls) => new Rewriter(walls, programStart(walls, `${this.sre}/rewriter`)));
    this.rewriter = rewriter;
    if (rewriter !== null)
      rewriter.onEnd = () => {
        this.rewriter = null;
        // A process that dies while it starts is looked at below.
        if (this.stage === "starting") return;
        this.stage = "none";
        this.pump();
      };
    if (this.closed) rewriter?.fail("closed", "the sandbox was closed");
    const fit = await this.hiring.isFit(rewriter);
    this.stage = fit ? "idle" : "none";
    this.failures = fit ? 0 : this.failures + 1;
    const reason = this.hiring.shortfall();
    if (reason !== null) for (const { refuse } of this.waiting.splice(0)) refuse(reason);
    // A machine that can't start it would try forever.
    if (this.failures >= FAILED_STARTS) {
      this.failures = 0;
      this.abandon({ kind: "gone", fault: "lost", message: "no worker process could be started" });
    }
    this.pump();
  }

  private abandon(gone: Gone): void {
    for (const { settle } of this.waiting.splice(0)) settle(gone);
  }
}
