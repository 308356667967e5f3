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
import { type BlockEvent, blockEvent } from "../wire.ts";
import { numberQuery } from "./answers.ts";
import type { Backend } from "./backend.ts";
import { API_LIMITS } from "./limits.ts";

const DATA = utf8Encode("data: ");
const END = utf8Encode("\n\n");
const HEARTBEAT = utf8Encode(": still here\n\n");

function eventBytes(event: BlockEvent): Uint8Array {
  return new Uint8Array(Buffer.concat([DATA, canonicalize(encodeDocument(blockEvent, event)), END]));
}

const eventOf = ({ head, events }: Candidate): BlockEvent => ({
  height: head.height,
  time: head.time,
  gap: false,
  events: [...events],
});

/** The last blocks with events, and who listens for more. */
export class EventFeed {
  readonly #backend: Backend;
  readonly #recent: BlockEvent[] = [];
  readonly #subscribers = new Set<(bytes: Uint8Array) => void>();
  /** Nothing before this block is kept. */
  #since: bigint;
  readonly #stop: () => void;

  constructor(backend: Backend) {
    this.#backend = backend;
    this.#since = backend.orderer.head.height;
    this.#stop = backend.orderer.onBlock((block) => this.#take(block));
  }

  #take(block: Candidate): void {
    if (block.events.length === 0) return;
    const event = eventOf(block);
    this.#recent.push(event);
    if (this.#recent.length > API_LIMITS.recentBlocks) this.#since = this.#recent.shift()!.height;
    const bytes = eventBytes(event);
    for (const subscriber of this.#subscribers) subscriber(bytes);
  }

  /** What a subscriber that saw block `after` has to be told first: the blocks since, or that there is a gap. */
  #missed(after: bigint): BlockEvent[] {
    const { head } = this.#backend.orderer;
    if (after >= this.#since) return this.#recent.filter((event) => event.height > after);
    return [{ height: head.height, time: head.time, gap: true, events: [] }];
  }

  /** A stream of everything after a block; BUSY when too many are open. */
  open(after: bigint): ReadableStream<Uint8Array> {
    if (this.#subscribers.size >= API_LIMITS.streams) {
      throw new LockstepError("BUSY", `${API_LIMITS.streams} event streams are open already; try again later`);
    }
    let leave = () => undefined as undefined;
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          const send = (bytes: Uint8Array) => {
            controller.enqueue(bytes);
            if (controller.desiredSize! > 0) return;
            leave();
            controller.error(new LockstepError("BUSY", "the subscriber reads too slowly"));
          };
          const heartbeat = setInterval(() => send(HEARTBEAT), API_LIMITS.heartbeatMs);
          leave = () => {
            clearInterval(heartbeat);
            this.#subscribers.delete(send);
          };
          this.#subscribers.add(send);
          send(utf8Encode(": blocks follow\n\n"));
          for (const event of this.#missed(after)) send(eventBytes(event));
        },
        cancel: () => leave(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: API_LIMITS.streamBytes }),
    );
  }

  /** Takes no more blocks. Open streams end with their connections. */
  close(): void {
    this.#stop();
  }
}

/** The route of the event stream. */
export function eventRoute(feed: EventFeed): Hono {
  const routes = new Hono();
  routes.get("/events", (c) => {
    const after = numberQuery(c, "after", INT64_MAX, 0n);
    const headers = { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" };
    return c.body(feed.open(height(after)), 200, headers);
  });
  return routes;
}
