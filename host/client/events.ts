// The event stream of a node as an endless sequence of blocks: reconnects by itself and leaves out nothing, since it
// asks for what came after the last block that it saw.
import { document, type Height, LockstepError, utf8Decode } from "../../chain/protocol/index.ts";
import { type BlockEvent, blockEvent, WIRE_LIMITS } from "../wire.ts";
import { type Connection, isPassing, parseJson, transportError } from "./http.ts";
import { CLIENT_LIMITS } from "./limits.ts";

const LINE_FEED = 0x0a;

/** Cuts a byte stream into lines without their ends; TOO_LARGE when one is longer than an event may be. */
async function* lines(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array[] = [];
  let size = 0;
  for await (const part of parts) {
    let from = 0;
    for (let end = part.indexOf(LINE_FEED); end >= 0; end = part.indexOf(LINE_FEED, from)) {
      rest.push(part.subarray(from, end));
      yield rest.length === 1 ? rest[0]! : Buffer.concat(rest);
      rest = [];
      size = 0;
      from = end + 1;
    }
    rest.push(part.subarray(from));
    size += part.length - from;
    if (size > WIRE_LIMITS.eventBytes) throw new LockstepError("TOO_LARGE", "the node sent an event that is too large");
  }
}

/** The blocks of one connection: `data:` lines carry one JSON document each, all other lines are for browsers. */
async function* blocks(connection: Connection, after: Height, signal: AbortSignal): AsyncGenerator<BlockEvent> {
  const stream = await connection.stream("/v1/events", { after: String(after) }, signal);
  for await (const line of lines(stream)) {
    const text = utf8Decode(line);
    if (text.startsWith("data: ")) yield document(blockEvent, parseJson(line.subarray(6), "the node"), "event");
  }
}

/** Waits, but not beyond the signal. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done);
  });
}

/** Called when the stream broke and will be opened again: with the reason, and with null once it is back. */
export type OnBreak = (reason: LockstepError | null) => void;

/**
 * Every block after `after` that has events, in order, until the signal is given. A lost connection is opened again
 * with growing pauses; only a refusal that another try can't change (say OUT_OF_RANGE) is thrown.
 */
export async function* followBlocks(
  connection: Connection,
  after: Height,
  signal: AbortSignal,
  onBreak: OnBreak = () => undefined,
): AsyncGenerator<BlockEvent> {
  let seen = after;
  let retryMs: number = CLIENT_LIMITS.firstRetryMs;
  while (!signal.aborted) {
    try {
      for await (const block of blocks(connection, seen, signal)) {
        if (retryMs !== CLIENT_LIMITS.firstRetryMs) onBreak(null);
        retryMs = CLIENT_LIMITS.firstRetryMs;
        seen = block.height;
        yield block;
      }
    } catch (error) {
      if (signal.aborted) return;
      const told = transportError(error, connection.url.origin);
      if (!isPassing(told)) throw told;
      onBreak(told);
    }
    await pause(retryMs, signal);
    retryMs = Math.min(retryMs * 2, CLIENT_LIMITS.lastRetryMs);
  }
}
