// One container, for one job: made, started, and blocked on its stdin until the job's files come; then it runs to its end
// or is killed, and is removed. None is ever used twice.
import type { Socket } from "node:net";
import { LockstepError } from "../../../chain/protocol/index.ts";
import type { Usage } from "../../core/index.ts";
import { ENGINE_MS } from "../limits.ts";
import type { containerOf } from "../policy.ts";
import type { EngineApi } from "./api.ts";
import { attach, Frames } from "./attach.ts";
import type { Account } from "./usage.ts";

/** How a container came to its end, as far as the engine tells. */
export interface BoxEnd {
  /** What it wrote; cut at the cap. */
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  /** Its first process's exit status. */
  readonly status: number;
  /** Why it was killed by us; null when it was not. */
  readonly killed: "deadline" | "flood" | null;
  /** Whether the kernel killed something in it for memory. */
  readonly outOfMemory: boolean;
  /** What it took; null where nobody counted. */
  readonly usage: Usage | null;
}

/** What the engine answers when a container is gone, or when somebody else is removing it. */
const GONE: readonly unknown[] = [404, 409];
/** Bytes of stderr that are kept: our own script's complaints. */
const STDERR_BYTES = 4096;

/** A container that waits for its job. */
export class Box {
  readonly id: string;
  private readonly api: EngineApi;
  /** The control group around it, if one could be made. */
  readonly account: Account | null;
  private readonly socket: Socket;
  /** The container's end, asked for before it began, so that it can't be missed. */
  private readonly ended: Promise<number>;
  private readonly given = new AbortController();
  /** Whether the container runs, as far as is known. */
  alive = true;

  private constructor(api: EngineApi, id: string, socket: Socket, account: Account | null) {
    this.account = account;
    this.api = api;
    this.id = id;
    this.socket = socket;
    socket.on("error", () => socket.destroy());
    this.ended = this.wait();
    const end = () => {
      this.alive = false;
    };
    this.ended.then(end, end);
  }

  /** Makes and starts a container. Throws what the engine refuses; nothing is left behind then. */
  static async open(api: EngineApi, body: ReturnType<typeof containerOf>, account: Account | null): Promise<Box> {
    try {
      return await Box.make(api, body, account);
    } catch (error) {
      account?.close();
      throw error;
    }
  }

  private static async make(
    api: EngineApi,
    body: ReturnType<typeof containerOf>,
    account: Account | null,
  ): Promise<Box> {
    const made = await api.call({ method: "POST", path: "/containers/create", json: body, ms: ENGINE_MS.act });
    const id = String((made as { Id?: unknown } | null)?.Id);
    if (!/^[0-9a-f]{64}$/u.test(id)) throw new LockstepError("FAULT", "the engine made a container without an id");
    try {
      const path = await api.versioned(`/containers/${id}/attach?stream=1&stdin=1&stdout=1&stderr=1`);
      const box = new Box(api, id, await attach(api.socket, path), account);
      await api.call({ method: "POST", path: `/containers/${id}/start`, ms: ENGINE_MS.act });
      return box;
    } catch (error) {
      await remove(api, id).catch(() => {});
      throw error;
    }
  }

  /**
   * Gives the container its job's files and waits for its end. Kills it when `ms` have passed or when it has written more
   * than `cap` bytes. Throws when the engine is lost or the runtime hangs: then nobody knows how it ended.
   */
  async run(input: Uint8Array, cap: number, ms: number): Promise<BoxEnd> {
    let killed: BoxEnd["killed"] = null;
    let hung: (error: Error) => void = () => {};
    const hanging = new Promise<never>((_, reject) => {
      hung = reject;
    });
    hanging.catch(() => {});
    const kill = (why: Exclude<BoxEnd["killed"], null>) => {
      if (killed !== null) return;
      killed = why;
      this.kill().catch(() => {});
      setTimeout(
        () => hung(new LockstepError("TIMEOUT", "a killed container does not end: its runtime hangs")),
        ENGINE_MS.kill,
      ).unref();
    };
    const deadline = setTimeout(() => kill("deadline"), ms);
    const output = this.collect(cap, () => kill("flood"));
    this.socket.end(input);
    try {
      const status = await Promise.race([this.ended, hanging]);
      const [stdout, stderr] = await Promise.race([output, hanging, lateEnd()]);
      const state = await this.state();
      const usage = this.account?.read() ?? null;
      return { stdout, stderr, status, killed, outOfMemory: state["OOMKilled"] === true, usage };
    } finally {
      clearTimeout(deadline);
    }
  }

  /** Removes the container, running or not. */
  async close(): Promise<void> {
    this.given.abort();
    this.socket.destroy();
    await remove(this.api, this.id);
    this.account?.close();
  }

  private async wait(): Promise<number> {
    const path = `/containers/${this.id}/wait?condition=next-exit`;
    const answer = await this.api.call({ method: "POST", path, ms: null, signal: this.given.signal });
    const status = (answer as { StatusCode?: unknown } | null)?.StatusCode;
    if (typeof status !== "number") throw new LockstepError("FAULT", "the engine does not say how a container ended");
    return status;
  }

  private async kill(): Promise<void> {
    await this.api.call({ method: "POST", path: `/containers/${this.id}/kill?signal=KILL`, ms: ENGINE_MS.kill });
  }

  private async state(): Promise<Readonly<Record<string, unknown>>> {
    const answer = await this.api.call({ method: "GET", path: `/containers/${this.id}/json` });
    return ((answer as { State?: unknown } | null)?.State ?? {}) as Record<string, unknown>;
  }

  private collect(cap: number, onFlood: () => void): Promise<readonly [Uint8Array, Uint8Array]> {
    const kept = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
    const room = { stdout: cap, stderr: STDERR_BYTES };
    const frames = new Frames((channel, bytes) => {
      const taken = bytes.subarray(0, room[channel]);
      room[channel] -= taken.length;
      if (taken.length > 0) kept[channel].push(new Uint8Array(taken));
      if (taken.length < bytes.length && channel === "stdout") onFlood();
    });
    return new Promise((resolve, reject) => {
      this.socket.on("data", (part: Uint8Array) => {
        try {
          frames.push(part);
        } catch (error) {
          reject(error);
        }
      });
      this.socket.once("close", () => resolve([joined(kept.stdout), joined(kept.stderr)]));
      this.socket.resume();
    });
  }
}

/** After a container's end its stream ends too; an engine that keeps it open has lost it. */
function lateEnd(): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(
      () => reject(new LockstepError("TIMEOUT", "an ended container's output has no end")),
      ENGINE_MS.kill,
    ).unref();
  });
}

const joined = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

/** Removes a container; that it is gone already, or going, is no failure. */
export async function remove(api: EngineApi, id: string): Promise<void> {
  try {
    await api.call({ method: "DELETE", path: `/containers/${id}?force=1&v=1`, ms: ENGINE_MS.act });
  } catch (error) {
    if (!(error instanceof LockstepError) || !GONE.includes(error.data["status"])) throw error;
  }
}
