// The Docker Engine HTTP API over its Unix socket: every call bounded in time and in bytes, every failure one sentence
// with a closed code. The two calls that turn a connection into a stream are in attach.ts.
import { Readable } from "node:stream";
import { Pool } from "undici";
import { LockstepError } from "../../../chain/protocol/index.ts";
import { ANSWER_BYTES, ENGINE_MS } from "../limits.ts";

/** The version of the API that we speak where the engine takes it: the oldest with all that is used here. */
const WANTED: Version = [1, 41];
type Version = readonly [number, number];

/** One call. */
export interface EngineCall {
  readonly method: "GET" | "POST" | "DELETE";
  /** Below the version, for example `/containers/create`. */
  readonly path: string;
  readonly json?: unknown;
  /** A tar, instead of JSON, as its pieces come. */
  readonly tar?: AsyncIterable<Uint8Array>;
  /** Milliseconds until the whole answer must be there. Default `ENGINE_MS.ask`; null: as long as it takes. */
  readonly ms?: number | null;
  readonly signal?: AbortSignal;
}

/** What an engine says of itself. */
export interface EngineVersion {
  /** `docker` or `podman`. */
  readonly name: string;
  readonly version: string;
  /** The version of the API that is spoken with it, as `1.41`. */
  readonly api: string;
  readonly kernel: string;
  /** The processor, as images name it: `amd64`. */
  readonly architecture: string;
}

/** An answer that is no refusal. */
interface Answer {
  readonly bytes: Uint8Array;
  readonly type: string;
}

/** What an engine says of itself and of what it has. */
export interface EngineInfo extends EngineVersion {
  /** The runtime that containers run by: its default, or the one that was asked for. */
  readonly runtime: string;
  /** All runtimes that it knows by name, such as `runc`, `crun`, `runsc`. */
  readonly runtimes: readonly string[];
  /** Who looks after control groups: `cgroupfs` when the engine does it itself. */
  readonly cgroupDriver: string;
}

const text = new TextDecoder();
/** A word of an engine's, as a receipt can hold it. */
const word = (value: unknown): string =>
  String(value ?? "unknown")
    .slice(0, 60)
    .replace(/[^\x21-\x7e]/gu, "_");

/** A connection to an engine. */
export class EngineApi {
  readonly socket: string;
  private readonly pool: Pool;
  private prefix: string | null = null;

  constructor(socket: string) {
    this.socket = socket;
    this.pool = new Pool("http://engine", { socketPath: socket, headersTimeout: 0, bodyTimeout: 0 });
  }

  /** Who is there. UNREACHABLE or TIMEOUT when nobody is, UNSUPPORTED when it speaks only newer versions than ours. */
  async version(): Promise<EngineVersion> {
    const answer = record(jsonIn(await this.ask("/version", { method: "GET", path: "/version" })));
    const [newest, oldest] = [versionIn(answer["ApiVersion"]), versionIn(answer["MinAPIVersion"] ?? "1.12")];
    if (newest === null || oldest === null || before(newest, WANTED)) {
      throw new LockstepError(
        "UNSUPPORTED",
        `the engine at ${this.socket} speaks API ${String(answer["ApiVersion"])}; ${WANTED.join(".")} is needed`,
      );
    }
    const api = (before(WANTED, oldest) ? oldest : WANTED).join(".");
    this.prefix = `/v${api}`;
    const components = Array.isArray(answer["Components"]) ? answer["Components"].map(record) : [];
    const podman = components.some(({ Name }) => String(Name).startsWith("Podman"));
    return {
      name: podman ? "podman" : "docker",
      version: word(answer["Version"]),
      api,
      kernel: word(answer["KernelVersion"]),
      architecture: word(answer["Arch"]),
    };
  }

  /** Who is there and what it has: see `version`. */
  async describe(): Promise<EngineInfo> {
    const version = await this.version();
    const answer = record(await this.call({ method: "GET", path: "/info" }));
    return {
      ...version,
      runtime: word(answer["DefaultRuntime"]),
      runtimes: Object.keys(record(answer["Runtimes"])).slice(0, 16).map(word),
      cgroupDriver: word(answer["CgroupDriver"]),
    };
  }

  /** The path of a call with the version before it. */
  async versioned(path: string): Promise<string> {
    if (this.prefix === null) await this.version();
    return `${this.prefix}${path}`;
  }

  /** Makes a call; its JSON, or null where the answer has none. NOT_FOUND, REFUSED and so on by the engine's status. */
  async call(call: EngineCall): Promise<unknown> {
    return jsonIn(await this.ask(await this.versioned(call.path), call));
  }

  /** Makes a call whose answer is a file of at most `most` bytes. TOO_LARGE. */
  async download(call: EngineCall, most: number): Promise<Uint8Array> {
    return (await this.ask(await this.versioned(call.path), call, most)).bytes;
  }

  /** Ends all connections. */
  close(): Promise<void> {
    return this.pool.destroy();
  }

  private async ask(path: string, call: EngineCall, most = ANSWER_BYTES): Promise<Answer> {
    const { method, json, tar, ms = ENGINE_MS.ask } = call;
    const signals = [
      ...(ms === null ? [] : [AbortSignal.timeout(ms)]),
      ...(call.signal === undefined ? [] : [call.signal]),
    ];
    const sent = json === undefined ? null : JSON.stringify(json);
    const body = tar === undefined ? sent : Readable.from(tar, { objectMode: false });
    const type = tar === undefined ? "application/json" : "application/x-tar";
    const headers = body === null ? {} : { "content-type": type };
    try {
      const answer = await this.pool.request({ method, path, headers, body, signal: AbortSignal.any(signals) });
      const refused = answer.statusCode >= 400;
      const bytes = await readAll(answer.body, refused ? ANSWER_BYTES : most);
      if (refused) throw refusalOf(`${method} ${call.path}`, answer.statusCode, bytes);
      return { bytes, type: String(answer.headers["content-type"] ?? "") };
    } catch (error) {
      throw error instanceof LockstepError
        ? error
        : failureOf(error, this.socket, `${method} ${call.path}`, call.signal);
    }
  }
}

async function readAll(body: AsyncIterable<Uint8Array>, most: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > most) throw new LockstepError("TOO_LARGE", `the engine answered with more than ${most} bytes`);
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** The last JSON document of an answer: some calls send one a line for their progress. */
function jsonIn({ bytes, type }: Answer): unknown {
  if (bytes.length === 0 || !type.includes("json")) return null;
  const lines = text.decode(bytes).trimEnd().split("\n");
  try {
    return JSON.parse(lines.length === 1 ? lines[0]! : lines.at(-1)!);
  } catch {
    throw new LockstepError("FAULT", "the engine answered with JSON that can't be read");
  }
}

/** The engine's own sentence, cut: it names what it could not find or do. */
export function refusalOf(what: string, status: number, bytes: Uint8Array): LockstepError {
  let message = text.decode(bytes.subarray(0, 2000)).trim();
  try {
    message = String(record(JSON.parse(message))["message"] ?? message);
  } catch {}
  const code = status === 404 ? "NOT_FOUND" : "FAULT";
  return new LockstepError(code, `the engine refused ${what}: ${message.slice(0, 500)}`, { status });
}

/** A call that had no answer. */
export function failureOf(error: unknown, socket: string, what: string, given?: AbortSignal): LockstepError {
  const { name, code, message } = error as { name?: string; code?: string; message?: string };
  if (given?.aborted === true) return new LockstepError("TIMEOUT", `${what} was given up`);
  if (name === "TimeoutError" || name === "AbortError")
    return new LockstepError("TIMEOUT", `the engine at ${socket} does not answer ${what}`);
  if (code === "EACCES" || code === "EPERM") {
    const advice = "run as its owner, or join the group that owns the socket";
    return new LockstepError("FORBIDDEN", `you may not use the engine at ${socket}; ${advice}`);
  }
  const hints: Readonly<Record<string, string>> = {
    ENOENT: `there is no engine at ${socket}; start Docker, or name its socket with --docker`,
    ECONNREFUSED: `no engine listens at ${socket}; start Docker`,
  };
  return new LockstepError(
    "UNREACHABLE",
    hints[code ?? ""] ?? `the engine at ${socket} was lost during ${what}: ${message ?? ""}`,
  );
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function versionIn(value: unknown): Version | null {
  const found = /^(\d{1,3})\.(\d{1,3})$/u.exec(String(value));
  return found === null ? null : [Number(found[1]), Number(found[2])];
}

const before = (left: Version, right: Version): boolean =>
  left[0] < right[0] || (left[0] === right[0] && left[1] < right[1]);
