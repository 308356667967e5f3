// A process that rewrites modules and never runs a guest, so that its word about any module is good.
import { findAbi } from "../abi/index.ts";
import { FORM_BYTES, isForm } from "../form.ts";
import { readTranspiler } from "../means.ts";
import { encodeJob, type Target } from "../wire.ts";
import { Child, type Gone } from "./child.ts";
import type { Reply } from "./reply.ts";
import type { JobEnd } from "./runner.ts";
import { programStart, type Start, type Walls } from "./walls/index.ts";

/** Milliseconds for a rewriting: the largest module takes one or two seconds on an idle machine. */
const REWRITE_MS = 60_000;

/** How a rewriting came to its end: a form's bytes, or none. */
export type FormEnd =
  | { readonly kind: "form"; readonly form: Uint8Array }
  | Extract<JobEnd, { kind: "fault" | "gone" }>;

/** A rewriting under way. */
interface Running {
  readonly timer: NodeJS.Timeout;
  readonly done: (end: FormEnd) => void;
}

/** A process that rewrites. */
export class Rewriter extends Child {
  private running: Running | null = null;
  /** Whether it has got the transpiler of components. */
  private transpiles = false;

  /** Starts a process; `start` is another program in its place, for tests of what one may say. */
  constructor(walls: Walls, start: Start = programStart(walls, "wasm/rewriter")) {
    super(walls, start);
  }

  /** Rewrites a module; the process must be ready and idle. */
  rewrite(target: Target, source: Uint8Array): Promise<FormEnd> {
    return new Promise((done) => {
      const timer = setTimeout(() => this.fail("deadline", "rewriting the module took too long"), REWRITE_MS);
      this.running = { timer, done };
      const files = this.transpiles || findAbi(target.abi)?.needsMeans !== true ? null : readTranspiler();
      this.transpiles ||= files !== null;
      const transpiler = files?.map(({ length }) => length) ?? null;
      const header = { do: "rewrite", abi: target.abi, profile: target.profile, transpiler } as const;
      this.send(encodeJob(header, [...(files ?? []), source]));
    });
  }

  protected override allowed() {
    return { bytes: this.running === null ? 0 : FORM_BYTES, limits: null };
  }

  protected override take(reply: Reply): boolean {
    if (this.running === null) return false;
    if (reply.type === "form" && isForm(reply.form)) this.over()!.done({ kind: "form", form: reply.form });
    else if (reply.type === "ending" && reply.ending.kind === "fault") this.over()!.done(reply.ending);
    else return false;
    return true;
  }

  protected override lost(gone: Gone): void {
    this.over()?.done(gone);
  }

  private over(): Running | null {
    const { running } = this;
    if (running === null) return null;
    this.running = null;
    clearTimeout(running.timer);
    return running;
  }
}
