// The container engine that a person means: by option, by environment, or where Docker puts it.
import type { Command } from "commander";
import { LockstepError } from "../../chain/protocol/index.ts";
import type { Session } from "./session.ts";

/** Where Docker listens unless it is told otherwise. */
const USUAL_SOCKET = "/var/run/docker.sock";

/** The option by which a person names an engine, or says that the usual one is meant. */
export interface EngineOptions {
  readonly docker?: string | true;
}

/** Adds the option. */
export function withEngine(command: Command, description: string): Command {
  return command.option("--docker [socket]", `${description}; by default at DOCKER_HOST or ${USUAL_SOCKET}`);
}

/** The engine's socket. UNSUPPORTED where the environment names one that is reached over a network. */
export function engineSocket({ dockerHost }: Session, { docker }: EngineOptions): string {
  if (typeof docker === "string") return docker.replace(/^unix:\/\//, "");
  if (dockerHost === undefined) return USUAL_SOCKET;
  const path = /^unix:\/\/(\/.+)$/.exec(dockerHost)?.[1];
  if (path !== undefined) return path;
  throw new LockstepError(
    "UNSUPPORTED",
    `DOCKER_HOST is ${dockerHost}; an engine is used through a Unix socket of this machine: name it with --docker`,
  );
}
