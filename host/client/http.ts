// One HTTP exchange with a node: bounded in size and time, errors told by the code that the node gave.
import { Agent, request } from "undici";
import { document, type ErrorCode, type Json, LockstepError, utf8Decode } from "../../chain/protocol/index.ts";
import { errorAnswer, WIRE_LIMITS } from "../wire.ts";
import type { Patience } from "./limits.ts";

/** What to ask for. */
export interface Ask {
  readonly method: "GET" | "HEAD" | "POST";
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly type?: string;
  /** Largest body that is read, in bytes. */
  readonly most?: number;
}

/** Connection codes of Node and undici that mean that nobody answers at that address. */
const UNREACHABLE = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ECONNRESET",
  "EPIPE",
  "UND_ERR_SOCKET",
  "UND_ERR_CONNECT_TIMEOUT",
]);
const TIMEOUTS = new Set(["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"]);
/** Those of them that mean that nothing was sent. */
const NEVER_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

/** Whether another try later may go better. */
export function isPassing({ code }: LockstepError): boolean {
  return ["UNREACHABLE", "TIMEOUT", "BUSY", "STORAGE_FULL"].includes(code);
}

/** Whether a request may have been acted on although its answer never came. */
export function mayHaveArrived({ code, data }: LockstepError): boolean {
  return code === "TIMEOUT" || (code === "UNREACHABLE" && !NEVER_SENT.has(String(data["cause"])));
}

/** Checks and completes a node's address; USAGE unless it is http(s) without anything behind the host and port. */
export function nodeUrl(text: string): URL {
  const url = URL.parse(text);
  if (
    url === null ||
    !/^https?:$/.test(url.protocol) ||
    url.pathname !== "/" ||
    url.search !== "" ||
    url.hash !== "" ||
    url.username !== "" ||
    url.password !== ""
  ) {
    throw new LockstepError(
      "USAGE",
      `"${text.slice(0, 200)}" is not a node's address; it looks like http://127.0.0.1:7300`,
    );
  }
  return url;
}

async function readBody(
  body: AsyncIterable<Uint8Array>,
  most: number,
  place: string,
  answerMs: number,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const end = performance.now() + answerMs;
  for await (const part of body) {
    size += part.length;
    if (size > most) throw new LockstepError("TOO_LARGE", `${place} answered with more than the ${most} bytes allowed`);
    // Each part may come in time and all of them together never end.
    if (performance.now() > end) throw new LockstepError("TIMEOUT", `${place} takes too long to answer`);
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** The JSON that some bytes hold; MALFORMED, naming who sent it. */
export function parseJson(bytes: Uint8Array, place: string): Json {
  try {
    return JSON.parse(utf8Decode(bytes)) as Json;
  } catch {
    throw new LockstepError("MALFORMED", `${place} answered with something that is not JSON`);
  }
}

function refusal(status: number, body: Uint8Array, place: string): LockstepError {
  try {
    const { error } = document(errorAnswer, parseJson(body, place), "answer");
    // One sentence: a node's word must not look like further lines of ours.
    return new LockstepError(error.code, error.message.replace(/\p{Cc}+/gu, " "), error.data);
  } catch {
    const code: ErrorCode = status === 404 ? "NOT_FOUND" : "UNREACHABLE";
    return new LockstepError(
      code,
      `${place} answered with HTTP status ${status} and no error of ours; is it a Lockstep node?`,
    );
  }
}

/** Names what went wrong below HTTP. */
export function transportError(error: unknown, origin: string): LockstepError {
  if (error instanceof LockstepError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (TIMEOUTS.has(code)) return new LockstepError("TIMEOUT", `the node at ${origin} did not answer in time`);
  const known = UNREACHABLE.has(code) ? code : "no connection";
  const message = `no node answers at ${origin} (${known}); start one with: lockstep node`;
  return new LockstepError("UNREACHABLE", message, { cause: known });
}

/** Connections to one node. */
export class Connection {
  readonly url: URL;
  readonly #agent: Agent;
  readonly #patience: Patience;

  constructor(address: string, patience: Patience) {
    this.url = nodeUrl(address);
    this.#patience = patience;
    this.#agent = new Agent({
      connect: { timeout: patience.connectMs },
      headersTimeout: patience.silenceMs,
      bodyTimeout: patience.silenceMs,
      maxHeaderSize: 16 * 1024,
      connections: 32,
    });
  }

  /** Sends a request and reads the whole answer; any status but 200 is thrown as the code that it carries. */
  async exchange(ask: Ask): Promise<Uint8Array> {
    const place = `${this.url.origin}${ask.path}`;
    try {
      const answer = await request(new URL(ask.path, this.url), {
        dispatcher: this.#agent,
        method: ask.method,
        query: ask.query ?? {},
        body: ask.body ?? null,
        headers: ask.type === undefined ? {} : { "content-type": ask.type },
      });
      const refused = answer.statusCode !== 200;
      // What is asked for may be smaller than the sentence that says why it is not given.
      const most = refused ? WIRE_LIMITS.answerBytes : (ask.most ?? WIRE_LIMITS.answerBytes);
      const body = await readBody(answer.body, most, place, this.#patience.answerMs);
      if (refused) throw refusal(answer.statusCode, body, place);
      return body;
    } catch (error) {
      throw transportError(error, this.url.origin);
    }
  }

  /** Opens a stream and hands out its parts as they come; `bodyTimeout` is the stream's own silence limit. */
  async stream(
    path: string,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> {
    const answer = await request(new URL(path, this.url), {
      dispatcher: this.#agent,
      method: "GET",
      query,
      signal,
      bodyTimeout: this.#patience.streamSilenceMs,
      headers: { accept: "text/event-stream" },
    });
    if (answer.statusCode === 200) return answer.body;
    const body = await readBody(answer.body, WIRE_LIMITS.answerBytes, path, this.#patience.answerMs);
    throw refusal(answer.statusCode, body, path);
  }

  /** Closes every connection. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}
