// Runs a built function in the sandbox of production with everything else at its default, for tests of what a
// function gives.
import { afterAll } from "vitest";
import type { Sre } from "../../chain/protocol/index.ts";
import type { Built } from "../../host/build/index.ts";
import { sandboxOf } from "../../host/cli/sandbox.ts";
import { DockerSandbox } from "../../sre/container/docker.ts";
import type { Outcome, Sandbox } from "../../sre/core/index.ts";
import { BUSYBOX, startEngine } from "./docker-engine.ts";
import { taskOf } from "./guest-task.ts";
import { Undo } from "./house.ts";

/** A run of one entry of a built module on some input. */
export type Run = (built: Built, entry: string, input: Uint8Array | string) => Promise<Outcome>;

/** Starts sandboxes, each when it is needed, that live as long as the test file; for images an engine, too. */
export function sandboxForTests(): Run {
  const sandboxes = new Map<string, Promise<Sandbox>>();
  const undo = new Undo();
  afterAll(() => undo.run(), 60_000);
  const open = async (sre: Sre): Promise<Sandbox> => {
    if (sre !== "container") return sandboxOf(sre, { workers: 1 });
    const engine = await startEngine();
    undo.push(() => engine.stop());
    return new DockerSandbox({ socket: engine.socket, busybox: BUSYBOX, owner: "tests of functions" });
  };
  const sandboxFor = (sre: Sre): Promise<Sandbox> => {
    let sandbox = sandboxes.get(sre);
    if (sandbox !== undefined) return sandbox;
    sandbox = open(sre).then((opened) => {
      undo.push(() => opened.close());
      return opened;
    });
    sandboxes.set(sre, sandbox);
    return sandbox;
  };
  return async (built, entry, input) => {
    const sandbox = await sandboxFor(built.manifest.sre);
    return sandbox.run(taskOf(built, entry, input));
  };
}
