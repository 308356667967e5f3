// Waiting: what can be read or written is there at once, and time passes only when there is nothing but time to wait
// for. Specified in sre/SPEC.md, rule W9.
import { Problem, type ProblemCode, refuse } from "../../world/index.ts";
import { u32, Writer } from "./bytes.ts";
import { type Operation, operation } from "./call.ts";
import { WASI_LIMITS } from "./limits.ts";
import { CLOCKS, ERRNO, EVENTTYPE } from "./numbers.ts";
import type { Process } from "./process.ts";

/** How a subscription lies in memory: its bytes, and where the parts of a clock's are. */
interface Layout {
  readonly size: number;
  readonly clock: number;
  readonly timeout: number;
  readonly flags: number;
}

const EVENT_BYTES = 32;
/** Where the type of a subscription is, and the descriptor of one that is no clock's. */
const AT = { type: 8, descriptor: 16 } as const;
/** Flags: a timeout that is a time by the clock; an event at the end of what is read. */
const [ABSOLUTE, HANGUP] = [1, 1];

/** A subscription. Those of descriptors have their event at once. */
interface Subscription {
  readonly userdata: bigint;
  readonly type: number;
  /** Nanoseconds from now. */
  readonly wait: bigint;
  readonly error: ProblemCode | "success";
  readonly bytes: bigint;
  readonly flags: number;
}

/** `poll_oneoff` with subscriptions of a layout. */
export const pollOperation = (layout: Layout): Operation =>
  operation(
    "poll_oneoff",
    [{ poll: { subscription: layout.size, event: EVENT_BYTES } }, { result: 4 }],
    (process, bytes) => {
      const count = bytes.length / layout.size;
      if (count === 0 || count > WASI_LIMITS.subscriptions) refuse("inval");
      const subscriptions = Array.from({ length: count }, (_, index) => {
        const start = bytes.byteOffset + index * layout.size;
        return read(process, new DataView(bytes.buffer, start, layout.size), layout);
      });
      let least = subscriptions[0]!.wait;
      for (const { wait } of subscriptions) if (wait < least) least = wait;
      process.world.wait(least);
      const due = subscriptions.filter(({ wait }) => wait === least);
      const events = new Writer(due.length * EVENT_BYTES);
      for (const { userdata, error, type, bytes: ready, flags } of due) {
        events.u64(userdata).u16(ERRNO[error]).u8(type).gap(5).u64(ready).u16(flags).gap(6);
      }
      return [events.bytes, u32(due.length)];
    },
  );

/** Of `wasi_snapshot_preview1`. */
export const SNAPSHOT_LAYOUT: Layout = { size: 48, clock: 16, timeout: 24, flags: 40 };
/** Of `wasi_unstable`, where a clock has an identifier in front. */
export const UNSTABLE_LAYOUT: Layout = { size: 56, clock: 24, timeout: 32, flags: 48 };

function read(process: Process, view: DataView, layout: Layout): Subscription {
  const userdata = view.getBigUint64(0, true);
  const type = view.getUint8(AT.type);
  const nothing = { userdata, type, wait: 0n, error: "success", bytes: 0n, flags: 0 } as const;
  try {
    if (type === EVENTTYPE.clock) return { ...nothing, wait: waitOf(process, view, layout) };
    if (type === EVENTTYPE.read || type === EVENTTYPE.write) return { ...nothing, ...readiness(process, view, type) };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { ...nothing, error: error.code };
  }
  refuse("inval");
}

function waitOf({ world }: Process, view: DataView, layout: Layout): bigint {
  const id = view.getUint32(layout.clock, true);
  if (id >= CLOCKS.count) refuse("inval");
  const timeout = view.getBigUint64(layout.timeout, true);
  if ((view.getUint16(layout.flags, true) & ABSOLUTE) === 0) return timeout;
  const now = id === CLOCKS.realtime ? world.now : world.elapsed;
  return timeout > now ? timeout - now : 0n;
}

/** Bytes that can be read at once, and whether the input is at its end. */
function readiness(
  { descriptors, world }: Process,
  view: DataView,
  type: number,
): Pick<Subscription, "bytes" | "flags"> {
  const number = view.getUint32(AT.descriptor, true);
  const descriptor = descriptors.flow(number, type === EVENTTYPE.read ? "fd_read" : "fd_write");
  descriptors.able(descriptor, "poll_fd_readwrite");
  if (type === EVENTTYPE.write) return { bytes: 0n, flags: 0 };
  if (descriptor.kind === "stream") {
    return { bytes: BigInt(world.input.left), flags: world.input.left === 0 ? HANGUP : 0 };
  }
  const left = BigInt(descriptor.node.contents.size) - descriptor.offset;
  return { bytes: left > 0n ? left : 0n, flags: 0 };
}
