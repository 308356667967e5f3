// Rewritten modules: from memory, from disk, or made by a process that never ran a guest; each made once however many
// wait for it. No worker that has run a guest ever adds anything here: it could spoil the runs of other modules.
import { hash } from "node:crypto";
import { LockstepError } from "../../../chain/protocol/index.ts";
import type { Task } from "../../core/index.ts";
import { type Kind, type Source, sourceOf, WASM } from "../kind.ts";
import type { Target } from "../wire.ts";
import type { FormFiles } from "./form-files.ts";
import type { FormEnd } from "./rewriter.ts";

/** Bounds of the forms in memory, the least recently used leaving first. */
export const FORM_LIMITS = {
  forms: 1024,
  bytes: 128 * 1024 * 1024,
} as const;

/** Makes a form: `RewriteQueue.rewrite`. */
type Rewriting = (target: Target, source: Uint8Array) => Promise<FormEnd>;

/** Finds or makes forms. */
export class Forms {
  private readonly files: FormFiles | null;
  private readonly rewriting: Rewriting;
  private readonly kind: Kind;
  private readonly kept = new Map<string, Uint8Array>();
  private readonly making = new Map<string, Promise<FormEnd>>();
  private readonly writing = new Set<Promise<void>>();
  private bytes = 0;

  constructor(files: FormFiles | null, rewriting: Rewriting, kind: Kind = WASM) {
    this.files = files;
    this.rewriting = rewriting;
    this.kind = kind;
  }

  /** The form of a task's module, or of what interprets it, if it is in memory. */
  peek(task: Task): Uint8Array | null {
    const { key } = sourceOf(task, this.kind);
    const form = this.kept.get(key);
    if (form === undefined) return null;
    this.kept.delete(key);
    this.kept.set(key, form);
    return form;
  }

  /** The same, made where it is not there; DIGEST_MISMATCH when the bytes are not those that are named. */
  get(task: Task): Promise<FormEnd> {
    const source = sourceOf(task, this.kind);
    const { key } = source;
    const making = this.making.get(key) ?? this.make(source, task.call).finally(() => this.making.delete(key));
    this.making.set(key, making);
    return making;
  }

  /** Resolves once everything that is to be on disk is there, or could not be. */
  async written(): Promise<void> {
    await Promise.all(this.writing);
  }

  private async make({ bytes, key, sha256 }: Source, target: Target): Promise<FormEnd> {
    // What is kept serves every later call of that digest: a caller's mistake must not.
    if (hash("sha256", bytes) !== sha256) {
      throw new LockstepError("DIGEST_MISMATCH", `the module's bytes are not those that the call names, ${sha256}`);
    }
    const found = (await this.files?.read(key)) ?? null;
    if (found !== null) return { kind: "form", form: this.keep(key, found) };
    const end = await this.rewriting(target, bytes);
    if (end.kind !== "form") return end;
    // The job need not wait for the disk.
    if (this.files !== null) {
      const written = this.files.write(key, end.form).finally(() => this.writing.delete(written));
      this.writing.add(written);
    }
    return { kind: "form", form: this.keep(key, end.form) };
  }

  private keep(key: string, form: Uint8Array): Uint8Array {
    // One that has no room by itself must not drive out all others on its way.
    if (form.length > FORM_LIMITS.bytes) return form;
    this.kept.set(key, form);
    this.bytes += form.length;
    for (const [oldest, { length }] of this.kept) {
      if (this.kept.size <= FORM_LIMITS.forms && this.bytes <= FORM_LIMITS.bytes) break;
      this.kept.delete(oldest);
      this.bytes -= length;
    }
    return form;
  }
}
