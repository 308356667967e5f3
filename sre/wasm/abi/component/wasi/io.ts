// `wasi:io`: streams, errors, and waiting, which only time is worth waiting for.
import { type FileNode, Problem } from "../../../world/index.ts";
import { STREAM_BYTES } from "../limits.ts";
import { errorCode } from "./errors.ts";
import { bytes, Failure, Handle, handle, list, Misuse, type System, u64 } from "./system.ts";

const STREAMS = "wasi:io/streams";
const CLOSED = { tag: "closed", val: undefined };

/** `wasi:io/error`: why a stream failed. */
export class IoError extends Handle {
  readonly code: string;

  constructor(system: System, code: string) {
    super(system);
    this.code = code;
  }

  toDebugString(): string {
    return this.system.call("wasi:io/error#error.to-debug-string", [this], () => this.code);
  }
}

/** `wasi:io/poll`: a time to come, or something that is there already. */
export class Pollable extends Handle {
  /** Nanoseconds of run time; null: now. */
  readonly due: bigint | null;

  constructor(system: System, due: bigint | null) {
    super(system);
    this.due = due;
  }

  /** Nanoseconds until it is ready. */
  get wait(): bigint {
    const { elapsed } = this.system.world;
    return this.due === null || this.due <= elapsed ? 0n : this.due - elapsed;
  }

  ready(): boolean {
    return this.system.call("wasi:io/poll#pollable.ready", [this], () => this.wait === 0n);
  }

  block(): void {
    this.system.call("wasi:io/poll#pollable.block", [this], () => this.system.world.wait(this.wait));
  }
}

/** Waits for the earliest; the places of all that are ready then. */
function poll(system: System, those: unknown): Uint32Array {
  const pollables = list(those);
  if (pollables.length === 0) throw new Misuse("poll of nothing");
  const waits = pollables.map((pollable) => handle(pollable, Pollable).wait);
  let least = waits[0]!;
  for (const wait of waits) if (wait < least) least = wait;
  system.world.wait(least);
  return Uint32Array.from(waits.flatMap((wait, index) => (wait === least ? [index] : [])));
}

/** Where bytes come from: the next ones, none when there are no more. */
export type Source = (most: number) => Uint8Array;
/** Where bytes go. */
export type Sink = (bytes: Uint8Array) => void;

/** The bytes of a file from a place on. */
export function fileSource(system: System, node: FileNode, offset: bigint): Source {
  let at = offset;
  return (most) => {
    if (at >= BigInt(node.contents.size)) return new Uint8Array(0);
    const read = system.world.files.read(node, Number(at), most);
    at += BigInt(read.length);
    return read;
  };
}

/** Does something with a file for a stream, which tells its failures in its own way. */
function attempt<T>(system: System, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new Failure({ tag: "last-operation-failed", val: new IoError(system, errorCode(error)) });
  }
}

/** A stream that is read. */
export class InputStream extends Handle {
  private readonly source: Source;

  constructor(system: System, source: Source) {
    super(system);
    this.source = source;
  }

  /** The next bytes; `closed` at the end. */
  take(length: unknown): Uint8Array {
    const wanted = u64(length);
    if (wanted === 0n) return new Uint8Array(0);
    const most = wanted < BigInt(STREAM_BYTES) ? Number(wanted) : STREAM_BYTES;
    const read = attempt(this.system, () => this.source(most));
    if (read.length === 0) throw new Failure(CLOSED);
    return read;
  }

  read(length: unknown): Uint8Array {
    return this.system.call(`${STREAMS}#input-stream.read`, [this, length], () => this.take(length));
  }

  blockingRead(length: unknown): Uint8Array {
    return this.system.call(`${STREAMS}#input-stream.blocking-read`, [this, length], () => this.take(length));
  }

  skip(length: unknown): bigint {
    const act = () => BigInt(this.take(length).length);
    return this.system.call(`${STREAMS}#input-stream.skip`, [this, length], act);
  }

  blockingSkip(length: unknown): bigint {
    const act = () => BigInt(this.take(length).length);
    return this.system.call(`${STREAMS}#input-stream.blocking-skip`, [this, length], act);
  }

  subscribe(): Pollable {
    return this.system.call(`${STREAMS}#input-stream.subscribe`, [this], () => new Pollable(this.system, null));
  }
}

/** A stream that is written. */
export class OutputStream extends Handle {
  private readonly sink: Sink;

  constructor(system: System, sink: Sink) {
    super(system);
    this.sink = sink;
  }

  /** Writes bytes. */
  put(contents: Uint8Array): void {
    attempt(this.system, () => this.sink(contents));
  }

  private zeroes(length: unknown): void {
    const count = u64(length);
    if (count > BigInt(STREAM_BYTES)) throw new Misuse("more zeros than the stream takes at once");
    this.system.world.charge(Number(count));
    this.put(new Uint8Array(Number(count)));
  }

  private move(from: unknown, length: unknown): bigint {
    const taken = handle(from, InputStream).take(length);
    this.system.world.charge(taken.length);
    this.put(taken.slice());
    return BigInt(taken.length);
  }

  checkWrite(): bigint {
    return this.system.call(`${STREAMS}#output-stream.check-write`, [this], () => BigInt(STREAM_BYTES));
  }

  write(contents: unknown): void {
    this.system.call(`${STREAMS}#output-stream.write`, [this, contents], () => this.put(bytes(contents)));
  }

  blockingWriteAndFlush(contents: unknown): void {
    const name = `${STREAMS}#output-stream.blocking-write-and-flush`;
    this.system.call(name, [this, contents], () => this.put(bytes(contents)));
  }

  flush(): void {
    this.system.call(`${STREAMS}#output-stream.flush`, [this], () => undefined);
  }

  blockingFlush(): void {
    this.system.call(`${STREAMS}#output-stream.blocking-flush`, [this], () => undefined);
  }

  subscribe(): Pollable {
    return this.system.call(`${STREAMS}#output-stream.subscribe`, [this], () => new Pollable(this.system, null));
  }

  writeZeroes(length: unknown): void {
    this.system.call(`${STREAMS}#output-stream.write-zeroes`, [this, length], () => this.zeroes(length));
  }

  blockingWriteZeroesAndFlush(length: unknown): void {
    const name = `${STREAMS}#output-stream.blocking-write-zeroes-and-flush`;
    this.system.call(name, [this, length], () => this.zeroes(length));
  }

  splice(from: unknown, length: unknown): bigint {
    return this.system.call(`${STREAMS}#output-stream.splice`, [this, from, length], () => this.move(from, length));
  }

  blockingSplice(from: unknown, length: unknown): bigint {
    const name = `${STREAMS}#output-stream.blocking-splice`;
    return this.system.call(name, [this, from, length], () => this.move(from, length));
  }
}

/** The interfaces of the package. */
export const io = (system: System) => ({
  "wasi:io/error": { Error: IoError },
  "wasi:io/poll": {
    Pollable,
    poll: (those: unknown) => system.call("wasi:io/poll#poll", [those], () => poll(system, those)),
  },
  [STREAMS]: { InputStream, OutputStream },
});
