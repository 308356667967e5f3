// The sandbox of containers: jobs run as single-use containers of a Docker engine, walled in by the policy. For Node alone.
import { hash } from "node:crypto";
import { type Digest, EMPTY_DIGEST, LockstepError } from "../../chain/protocol/index.ts";
import { type Outcome, type Sandbox, type Surroundings, type Task, Transcript, type Usage } from "../core/index.ts";
import { ATTACKS } from "./attacks.ts";
import { EngineApi, type EngineInfo } from "./docker/api.ts";
import { Boxes, type Lending } from "./docker/boxes.ts";
import { Images } from "./docker/images.ts";
import { proveWalls } from "./docker/prove.ts";
import {
  CONTAINER_ABIS,
  type ContainerAbi,
  capFor,
  ENTRY,
  flooded,
  packJob,
  type Result,
  readResult,
  scratchFor,
} from "./exchange.ts";
import { type Image, readImage } from "./image.ts";
import { BOX, QUEUE } from "./limits.ts";
import { CONTAINER_PROFILE } from "./profile.ts";

/** Attacks that the walls of containers are tried with. */
export const CONTAINER_ATTACKS: number = ATTACKS.length;

/** What the engine at a socket is and has. UNREACHABLE, FORBIDDEN, TIMEOUT, UNSUPPORTED. */
export async function describeEngine(socket: string): Promise<EngineInfo> {
  const api = new EngineApi(socket);
  try {
    return await api.describe();
  } finally {
    await api.close();
  }
}

export type { EngineInfo } from "./docker/api.ts";
export { findBusybox } from "./docker/busybox.ts";
export { saveImage } from "./docker/save.ts";

/** Options of a `DockerSandbox`. */
export interface DockerSandboxOptions extends Lending {
  /** Path of the engine's Unix socket. */
  readonly socket: string;
  /** Jobs at once. Default 2. */
  readonly places?: number;
}

/** The walls of every container that was attacked and held. */
const CONTAINER_WALLS = ["process", "namespaces", "no-new-privileges", "seccomp"] as const;

const sha256 = (bytes: Uint8Array): Uint8Array => hash("sha256", bytes, "buffer");
const digestOf = (bytes: Uint8Array): Digest =>
  bytes.length === 0 ? EMPTY_DIGEST : (hash("sha256", bytes, "hex") as Digest);
type Fault = Extract<Outcome, { kind: "fault" }>;
const fault = (kind: Fault["fault"], message: string): Outcome => ({ kind: "fault", fault: kind, message });
/** Where the cause may be gone in a moment: a node of the same kind, or this one a little later, may do it. */
const LOST: readonly string[] = ["UNREACHABLE", "TIMEOUT"];

/** Runs containers, one per job. */
export class DockerSandbox implements Sandbox {
  readonly sre = "container";
  readonly profiles = [CONTAINER_PROFILE];
  private readonly api: EngineApi;
  private readonly images: Images;
  private readonly waiting: (() => void)[] = [];
  private readonly boxes: Boxes;
  private places: number;
  private readonly runtime: string | null;
  private engine: EngineInfo | null = null;
  /** The engine found and its walls proven, or that under way. */
  private ready: Promise<EngineInfo> | null = null;
  private closed = false;

  constructor(options: DockerSandboxOptions) {
    this.places = options.places ?? 2;
    this.runtime = options.runtime ?? null;
    this.api = new EngineApi(options.socket);
    this.images = new Images(this.api);
    this.boxes = new Boxes(this.api, options);
  }

  get surroundings(): Surroundings {
    if (this.engine === null) return { engine: { name: "docker", version: "unknown" }, isolation: ["none"] };
    const { name, version, runtime } = this.engine;
    return { engine: { name, version: `${version}/${runtime}` }, isolation: CONTAINER_WALLS };
  }

  /**
   * Finds the engine, removes what an earlier life left, and attacks the walls from inside a container: only where every
   * attack fails does anything else run. UNREACHABLE, TIMEOUT or UNSUPPORTED where there is no engine, ISOLATION where its
   * walls have a hole.
   */
  warm(): Promise<EngineInfo> {
    this.ready ??= this.begin().catch((error: unknown) => {
      this.ready = null;
      throw error;
    });
    return this.ready;
  }

  async run(task: Task): Promise<Outcome> {
    const { abi, image } = checkTask(task);
    if (this.closed) throw new LockstepError("INTERNAL", "the sandbox is closed");
    if (this.waiting.length >= QUEUE)
      throw new LockstepError("BUSY", `${QUEUE} runs are waiting for a container; try again later`);
    await this.place();
    try {
      return await this.runBoxed(task, abi, image);
    } catch (error) {
      if (this.closed) return fault("closed", "the sandbox was closed");
      if (!(error instanceof LockstepError)) throw error;
      const { code, message } = error;
      const lost = LOST.includes(code);
      // Whoever answers there next time may be another engine, with other walls.
      if (lost) this.ready = null;
      return { kind: "fault", fault: lost ? "lost" : "engine", message, code };
    } finally {
      this.leave();
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const next of this.waiting.splice(0)) next();
    await this.boxes.close();
    await this.api.close();
  }

  private async begin(): Promise<EngineInfo> {
    const engine = await this.api.describe();
    this.boxes.driver = engine.cgroupDriver;
    await this.boxes.sweep();
    await proveWalls(this.boxes, this.images);
    this.engine = { ...engine, runtime: this.runtime ?? engine.runtime };
    return this.engine;
  }

  private async runBoxed(task: Task, abi: ContainerAbi, image: Image): Promise<Outcome> {
    const { architecture } = await this.warm();
    if (image.architecture !== architecture) {
      throw new LockstepError(
        "UNSUPPORTED",
        `the image is for ${image.architecture}, and this engine runs ${architecture}`,
      );
    }
    const { call, wallMs } = task;
    const given = packJob(task, image, abi);
    await this.images.ready(call.module, task.module, task.parts ?? null);
    const shape = { image: `sha256:${call.module}`, memory: call.limits.memory, scratch: scratchFor(task) };
    // Whatever can stand in the way was found by now: the container runs and waits for the job's bytes.
    const end = await this.boxes.use(shape, image.warm, async (box) =>
      this.closed || task.begin?.() === false ? null : await box.run(given, capFor(task), wallMs),
    );
    if (end === null) return fault("closed", "the run was given up before it began");
    if (end.killed === "deadline") return fault("deadline", `the container was killed after ${wallMs} ms`);
    if (end.outOfMemory) return fault("resource", `the container needs more than its ${shape.memory} bytes of memory`);
    if (end.killed === "flood") return outcomeOf(task, flooded(call.limits.output), end.usage);
    if (end.status !== 0)
      return fault("engine", `the container's own script ended with ${end.status}: ${said(end.stderr)}`);
    return outcomeOf(task, readResult(task, abi, end.stdout), end.usage);
  }

  private async place(): Promise<void> {
    if (this.places > 0) this.places--;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private leave(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.places++;
    else next();
  }
}

const said = (bytes: Uint8Array): string => JSON.stringify(new TextDecoder().decode(bytes).trim().slice(0, 300));

function checkTask({ call, module }: Task): { readonly abi: ContainerAbi; readonly image: Image } {
  const refuse = (what: string, name: string, offered: string) =>
    new LockstepError("UNSUPPORTED", `the call wants ${what} "${name}"; this sandbox runs ${offered}`, {
      [what]: name,
    });
  if (call.sre !== "container") throw refuse("sre", call.sre, "container");
  if (call.profile !== CONTAINER_PROFILE) throw refuse("profile", call.profile, CONTAINER_PROFILE);
  const abi = CONTAINER_ABIS.find((name) => name === call.abi);
  if (abi === undefined) throw refuse("abi", call.abi, CONTAINER_ABIS.join(", "));
  if (call.entry !== ENTRY) throw refuse("entry", call.entry, ENTRY);
  const image = readImage(module);
  if (image.command.length === 0) throw new LockstepError("UNSUPPORTED", "the image names no program to run");
  if (call.limits.memory < BOX.leastMemory) {
    throw new LockstepError(
      "LIMITS",
      `a container needs a memory limit of at least ${BOX.leastMemory} bytes, not ${call.limits.memory}`,
    );
  }
  return { abi, image };
}

/** An answer's fuel is its limit: what was bought is the time slot, since the time that a program takes is never the same twice. */
function outcomeOf({ call }: Task, { exit, output, logs, truncated, note }: Result, usage: Usage | null): Outcome {
  const answer = {
    exit,
    output: { sha256: digestOf(output), size: output.length },
    logs: { sha256: digestOf(logs), size: logs.length, truncated },
    calls: new Transcript(sha256).finish(),
    fuel: call.limits.fuel,
    after: null,
  };
  return { kind: "exit", answer, output, logs, note, ...(usage === null ? {} : { usage }) };
}
