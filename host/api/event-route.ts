// The event stream: one server-sent event for each block in which something happened to a job. A subscriber says which
// block it saw last and misses nothing; one that does not read is cut off before it costs memory.
import { Hono } from "hono";
import {
  canonicalize,
  encodeDocument,
  height,
  INT64_MAX,
  LockstepError,
  utf8Encode,
} from "../../chain/protocol/index.ts";
import type { Candidate } from "../../chain/state/index.ts";
import { type BlockEvent, blockEvent, WIRE_LIMITS } from "../wire.ts";
import { numberQuery } from "./answers.ts";
import type { Backend } from "./backend.ts";
import { API_LIMITS } from "./limits.ts";

const DATA = utf8Encode("data: ");
const END = utf8Encode("\n\n");
const HEARTBEAT = utf8Encode(": still here\n\n");

/** An event as it travels. One that is too large for anybody to read becomes a gap: who follows has to look again. */
function eventBytes(event: BlockEvent): Uint8Array {
  const bytes = Buffer.concat([DATA, canonicalize(encodeDocument(blockEvent, event)), END]);
  return bytes.length <= WIRE_LIMITS.eventBytes
    ? new Uint8Array(bytes)
    : eventBytes({ ...event, gap: true, events: [] });
}

/** One open stream. */
class Subscriber {
  readonly #controller: ReadableStreamDefaultController<Uint8Array>;
  readonly #heartbeat = setInterval(() => this.send(HEARTBEAT), API_LIMITS.heartbeatMs);
  readonly #gone: () => void;
  #open = true;

  constructor(controller: ReadableStreamDefaultController<Uint8Array>, gone: () => void) {
    this.#controller = controller;
    this.#gone = gone;
  }

  /** Sends, or cuts off a subscriber that lets too much pile up. */
  send(bytes: Uint8Array): void {
    if (!this.#open) return;
    this.#controller.enqueue(bytes);
    if (this.#controller.desiredSize! > 0) return;
    this.leave();
    this.#controller.error(new LockstepError("BUSY", "the subscriber reads too slowly"));
  }

  /** Ends the stream. */
  end(): void {
    if (!this.#open) return;
    this.leave();
    this.#controller.close();
  }

  /** Forgets a subscriber that is gone. */
  leave(): void {
    this.#open = false;
    clearInterval(this.#heartbeat);
    this.#gone();
  }
}

/** The last blocks with events, and who listens for more. */
export class EventFeed {
  readonly #backend: Backend;
  readonly #recent: { readonly height: bigint; readonly bytes: Uint8Array }[] = [];
  #recentBytes = 0;
  readonly #subscribers = new Set<Subscriber>();
  /** Nothing up to this block is kept. */
  #since: bigint;
  readonly #stop: () => void;

  constructor(backend: Backend) {
    this.#backend = backend;
    this.#since = backend.orderer.head.height;
    this.#stop = backend.orderer.onBlock((block) => this.#take(block));
  }

  #take({ head: { height, time }, events }: Candidate): void {
    if (events.length === 0) return;
    const bytes = eventBytes({ height, time, gap: false, events: [...events] });
    this.#recent.push({ height, bytes });
    this.#recentBytes += bytes.length;
    while (this.#recentBytes > API_LIMITS.recentBytes || this.#recent.length > API_LIMITS.recentBlocks) {
      const oldest = this.#recent.shift()!;
      this.#recentBytes -= oldest.bytes.length;
      this.#since = oldest.height;
    }
    for (const subscriber of this.#subscribers) subscriber.send(bytes);
  }

  /** What a subscriber that saw block `after` has to be told first: the blocks since, or that there is a gap. */
  #missed(after: bigint): Uint8Array[] {
    if (after >= this.#since) return this.#recent.filter(({ height }) => height > after).map(({ bytes }) => bytes);
    const { height, time } = this.#backend.orderer.head;
    return [eventBytes({ height, time, gap: true, events: [] })];
  }

  /** A stream of everything after a block; BUSY when too many are open. */
  open(after: bigint): ReadableStream<Uint8Array> {
    if (this.#subscribers.size >= API_LIMITS.streams) {
      throw new LockstepError("BUSY", `${API_LIMITS.streams} event streams are open already; try again later`);
    }
    let subscriber: Subscriber;
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          subscriber = new Subscriber(controller, () => this.#subscribers.delete(subscriber));
          this.#subscribers.add(subscriber);
          subscriber.send(utf8Encode(": blocks follow\n\n"));
          for (const bytes of this.#missed(after)) subscriber.send(bytes);
        },
        cancel: () => subscriber.leave(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: API_LIMITS.streamBytes }),
    );
  }

  /** Takes no more blocks and ends all streams. */
  close(): void {
    this.#stop();
    for (const subscriber of [...this.#subscribers]) subscriber.end();
  }
}

/** The route of the event stream. */
export function eventRoute(feed: EventFeed): Hono {
  const routes = new Hono();
  routes.get("/events", (c) => {
    const after = numberQuery(c, "after", INT64_MAX, 0n);
    const headers = { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" };
    // Hono answers HEAD by GET and drops the body: a stream that nobody reads or closes would keep its place for good.
    if (c.req.method === "HEAD") return c.body(null, 200, headers);
    return c.body(feed.open(height(after)), 200, headers);
  });
  return routes;
}
