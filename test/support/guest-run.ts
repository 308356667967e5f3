// Runs a built function in the sandbox of production with everything else at its default, for tests of what a
// function gives.
import { afterAll } from "vitest";
import type { Sre } from "../../chain/protocol/index.ts";
import type { Built } from "../../host/build/index.ts";
import { sandboxOf } from "../../host/cli/sandbox.ts";
import type { Outcome, Sandbox } from "../../sre/core/index.ts";
import { taskOf } from "./guest-task.ts";

/** A run of one entry of a built module on some input. */
export type Run = (built: Built, entry: string, input: Uint8Array | string) => Promise<Outcome>;

/** Starts sandboxes, each when it is needed, that live as long as the test file. */
export function sandboxForTests(): Run {
  const sandboxes = new Map<string, Sandbox>();
  afterAll(() => Promise.all([...sandboxes.values()].map((sandbox) => sandbox.close())));
  const sandboxFor = (sre: Sre): Sandbox => {
    const sandbox = sandboxes.get(sre) ?? sandboxOf(sre, { workers: 1 });
    sandboxes.set(sre, sandbox);
    return sandbox;
  };
  return (built, entry, input) => sandboxFor(built.manifest.sre).run(taskOf(built, entry, input));
}
