// What a JavaScript engine is to us: something that evaluates a script of ours on a job and gives back the answer. Runs are
// compared across engines, and receipts checked in browsers, through this door; nothing here knows WebAssembly.

/** A value that crosses as JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** The engines of the three browsers, by the names that profiles use. */
export type Family = "v8" | "spidermonkey" | "javascriptcore";

/** The commands of engines that a machine may lack. */
export type Component = "jsc" | "firefox" | "chromium";

/** One engine in one configuration. */
export interface Engine {
  /** How figures name it: `v8 liftoff`, `firefox`. */
  readonly name: string;
  /** Whose engine it is: what one configuration takes, the others of its family take too. */
  readonly family: Family;
  /** The command that must be on the machine, or null when it is this very Node. */
  readonly component: Component | null;
  /** What the engine says that it is; not empty. */
  version(): string;
  /**
   * Starts the engine with nothing of an earlier start, evaluates a plain script made by `bundle`, calls its `main`
   * with the job, and ends the engine. Rejects with what the engine said when there is no answer in `ms` milliseconds, by
   * default `ENGINE_MS`.
   */
  evaluate(script: string, job: Json, ms?: number): Promise<Json>;
}

/** Milliseconds that an evaluation may take: a guard against hanging on a machine that is busy elsewhere. */
export const ENGINE_MS = 100_000;

/** The script whole: it computes the answer and hands it, as text, to the functions `done` and `failed` of `tail`. */
export function program(script: string, job: Json, tail: string): string {
  const call = `BUNDLE.main(JSON.parse(${JSON.stringify(JSON.stringify(job))}))`;
  return `${script}
${tail}
Promise.resolve().then(() => ${call}).then((answer) => done(JSON.stringify(answer)),
  (error) => failed(String(error) + "\\n" + String(error.stack)));`;
}
