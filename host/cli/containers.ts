// What `doctor` finds of containers: the engine, what it has, and on demand whether the walls around containers hold.
import { type Json, LockstepError } from "../../chain/protocol/index.ts";
import { CONTAINER_ATTACKS, describeEngine, type EngineInfo } from "../../sre/container/docker.ts";
import { type EngineOptions, engineSocket } from "./engine.ts";
import { containerSandbox } from "./sandbox.ts";
import type { Session } from "./session.ts";

/** What was found, each in one sentence; `engine` is null where none answers, `walls` where nobody asked. */
export interface Containers {
  readonly engine: EngineInfo | null;
  readonly found: string;
  readonly walls: { readonly hold: boolean; readonly detail: string } | null;
}

/** Looks for the engine; with `--docker` it also attacks its walls from inside a container, which takes a second or two. */
export async function findContainers(session: Session, options: EngineOptions): Promise<Containers> {
  let engine: EngineInfo;
  let found: string;
  try {
    const socket = engineSocket(session, options);
    engine = await describeEngine(socket);
    const { api, kernel, name, runtime, runtimes, version } = engine;
    const others = runtimes.filter((other) => other !== runtime);
    const also = others.length === 0 ? "" : `, also ${others.join(", ")}`;
    found = `${name} ${version} at ${socket}, API ${api}, Linux ${kernel}; runs by ${runtime}${also}`;
  } catch (error) {
    return { engine: null, found: `none: ${sentenceOf(error)}`, walls: null };
  }
  if (options.docker === undefined) return { engine, found, walls: null };
  try {
    const sandbox = containerSandbox(session, options, "doctor");
    session.atEnd(() => sandbox.close());
    await sandbox.warm();
    return { engine, found, walls: { hold: true, detail: `${CONTAINER_ATTACKS} attacks failed as they should` } };
  } catch (error) {
    return { engine, found, walls: { hold: false, detail: sentenceOf(error) } };
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof LockstepError) return error.message;
  throw error;
}

/** The same for programs. */
export function containersDocument({ engine, found, walls }: Containers): Json {
  return {
    engine: engine === null ? null : { ...engine, runtimes: [...engine.runtimes] },
    found,
    walls: walls === null ? null : { ...walls },
  };
}
