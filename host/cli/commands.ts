// Every command with its one-line summary, and where its code lies.
import type { Command } from "commander";
import type { Session } from "./session.ts";

/** What a command's file offers: it adds arguments, options, an example and the action to its command. */
export interface CommandModule {
  define(command: Command, session: Session): void;
}

interface Entry {
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

/** The commands in the order in which help lists them. */
export const COMMANDS: Readonly<Record<string, Entry>> = {
  quickstart: {
    summary: "the whole road once: build, deploy, run as a job, verify, run again",
    load: () => import("./commands/quickstart.ts"),
  },
  init: { summary: "make a new function project", load: () => import("./commands/init.ts") },
  build: { summary: "compile a function to WebAssembly", load: () => import("./commands/build.ts") },
  run: { summary: "run a function here and now in a sandbox", load: () => import("./commands/run.ts") },
  check: {
    summary: "whether a function gives one answer everywhere, and where its fuel goes",
    load: () => import("./commands/check.ts"),
  },
  node: { summary: "run a ledger with its HTTP API", load: () => import("./commands/node.ts") },
  provider: { summary: "serve jobs for a node", load: () => import("./commands/provider.ts") },
  deploy: { summary: "make a function callable on a ledger", load: () => import("./commands/deploy.ts") },
  submit: { summary: "order a job", load: () => import("./commands/submit.ts") },
  job: { summary: "look at a job, or cancel it", load: () => import("./commands/job.ts") },
  receipt: { summary: "fetch the receipt of a job", load: () => import("./commands/receipt.ts") },
  verify: { summary: "check a receipt, offline", load: () => import("./commands/verify.ts") },
  doctor: {
    summary: "what this machine has, and which walls around guests hold",
    load: () => import("./commands/doctor.ts"),
  },
  key: { summary: "make, list and change keys; credits of their accounts", load: () => import("./commands/key.ts") },
  ledger: { summary: "look at a ledger, replay or export it", load: () => import("./commands/ledger.ts") },
};
