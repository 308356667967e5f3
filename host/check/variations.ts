// Jobs that are like the one that was asked for but in one thing that a function may depend on.
import type { Context, Digest } from "../../chain/protocol/index.ts";

/** What a job is varied in. */
export const VARIED = ["seed", "clock", "environment", "arguments"] as const;
export type Varied = (typeof VARIED)[number];
/** The runs of an engine: the job as it is, varied in one thing or in all, and again as it is, behind all others. */
export type RunName = "job" | Varied | "all" | "again";

/** Some other seed. */
const SEED = "5eed".repeat(16) as Digest;
/** Milliseconds by which the clock is moved: more than a year, so that every part of a date is another. */
const LATER_MS = 34_567_890_123n;
/** A variable and an argument that nobody else has. */
const NAME = "LOCKSTEP_CHECK";

const CHANGES: Readonly<Record<Varied, (context: Context) => Context>> = {
  seed: (context) => ({ ...context, seed: SEED }),
  clock: (context) => ({ ...context, clock: context.clock + LATER_MS }),
  environment: (context) => ({ ...context, env: { ...context.env, [NAME]: "1" } }),
  arguments: (context) => ({ ...context, args: [...context.args, `--${NAME.toLowerCase()}`] }),
};

/** How the job is called that is other in one thing. */
export const CALLED: Readonly<Record<Varied, string>> = {
  seed: "with another seed",
  clock: "with a later clock",
  environment: "with one more variable",
  arguments: "with one more argument",
};

/** The context of a run. */
export function contextOf(name: RunName, context: Context): Context {
  if (name === "job" || name === "again") return context;
  if (name !== "all") return CHANGES[name](context);
  return VARIED.reduce((changed, varied) => CHANGES[varied](changed), context);
}
