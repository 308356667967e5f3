// What the imports of WASI 0.2 share during one run: the world, the way to answer with an error, and the note of every
// call. A guest declares the types of what it imports itself, so each argument's shape is looked at before it is used.

import type { ExitKind } from "../../../../../chain/protocol/index.ts";
import type { CallValue } from "../../../../core/index.ts";
import type { Host } from "../../../host.ts";
import { HOST_CALL_BYTES } from "../../../limits.ts";
import { Stopped, World } from "../../../world/index.ts";

/** Thrown where a function answers with the error of its result; the glue looks for `payload`. */
export class Failure extends Error {
  readonly payload: unknown;

  constructor(payload: unknown) {
    super("the function answers with an error");
    this.payload = payload;
  }
}

/** Thrown where an argument or a use is none that the interface has: the guest traps. */
export class Misuse extends Error {}

const STOPPED = new Stopped("the guest is ended");
const encoder = new TextEncoder();
/** The key by which the glue finds what to do when a handle is dropped. */
const DISPOSE: symbol = (Symbol as { readonly dispose?: symbol }).dispose ?? Symbol.for("dispose");

/** One run's WASI. */
export class System {
  readonly host: Host;
  readonly world: World;
  /** Whether the guest's standard output is the run's. */
  readonly streams: boolean;
  /** The code by which the guest ended itself. */
  exited: number | null = null;
  private handles = 0;

  constructor(host: Host, input: Uint8Array, streams: boolean) {
    this.host = host;
    this.world = new World(host, input);
    this.streams = streams;
  }

  /** The number of a new handle. */
  number(): number {
    return ++this.handles;
  }

  /** Answers a call of the guest's, and notes it. */
  call<T>(name: string, args: readonly unknown[], act: () => T): T {
    try {
      const result = act();
      this.host.called(name, args.map(noted), result === undefined ? [] : [noted(result)]);
      return result;
    } catch (error) {
      if (error instanceof Failure) this.host.called(name, args.map(noted), [noted("error"), noted(error.payload)]);
      else if (!(error instanceof Stopped) && !(error instanceof Misuse)) this.host.breakDown();
      throw error;
    }
  }

  /** Ends the guest. */
  end(exit: ExitKind, note: string): never {
    this.host.end(exit, note);
    throw STOPPED;
  }

  /** Ends the guest as it wants to be. */
  exit(code: number): never {
    this.exited = code;
    this.host.stop();
    throw STOPPED;
  }

  /** A number of bytes that are wanted at once, which may not be too many (SPEC rule H4). */
  count(bytes: bigint, what: string): number {
    if (bytes <= BigInt(HOST_CALL_BYTES)) return Number(bytes);
    return this.end("bad-answer", `${what}: ${bytes} bytes at once; a call takes at most ${HOST_CALL_BYTES}`);
  }
}

/** Something that a guest has a handle of. */
export class Handle {
  readonly system: System;
  private readonly number: number;

  constructor(system: System) {
    this.system = system;
    this.number = system.number();
  }

  /** What is done when the guest drops it. */
  drop(): void {}

  toJSON(): number {
    return this.number;
  }
}
Object.defineProperty(Handle.prototype, DISPOSE, {
  value(this: Handle) {
    this.drop();
  },
});

/** A value as the transcript has it: bytes as they are, all else as its JSON, 64-bit integers as strings. */
function noted(value: unknown): CallValue {
  if (value instanceof Uint8Array) return { kind: "bytes", value };
  return { kind: "bytes", value: encoder.encode(jsonOf(value) ?? "null") };
}

/** The JSON of a value; undefined for what has none. A list of a million numbers is one call of the engine's. */
function jsonOf(value: unknown): string | undefined {
  if (value instanceof Uint8Array || value instanceof Uint32Array) return `[${value.join()}]`;
  if (typeof value === "bigint") return `"${value}"`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (value instanceof Handle) return String(value.toJSON());
  if (Array.isArray(value)) return `[${Array.from(value, (item: unknown) => jsonOf(item) ?? "null").join()}]`;
  const members = Object.entries(value).flatMap(([name, inner]) => {
    const json = jsonOf(inner);
    return json === undefined ? [] : `${JSON.stringify(name)}:${json}`;
  });
  return `{${members.join()}}`;
}

/** An unsigned 64-bit integer. */
export function u64(value: unknown): bigint {
  if (typeof value === "bigint" && value >= 0n && value < 2n ** 64n) return value;
  throw new Misuse("an argument is no u64");
}

/** A number that is an unsigned integer of so many bits, 32 at most. */
export function unsigned(value: unknown, bits: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 2 ** bits) return value;
  throw new Misuse(`an argument is no u${bits}`);
}

/** A list of anything but numbers. */
export function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new Misuse("an argument is no list");
}

/** Bytes. */
export function bytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new Misuse("an argument is no list<u8>");
}

/** A string. */
export function text(value: unknown): string {
  if (typeof value === "string") return value;
  throw new Misuse("an argument is no string");
}

/** An object: flags, a record, a variant. */
export function object(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null) return value as Readonly<Record<string, unknown>>;
  throw new Misuse("an argument is no record, variant or set of flags");
}

/** A handle of that class. */
export function handle<T>(value: unknown, kind: abstract new (...args: never[]) => T): T {
  if (value instanceof kind) return value;
  throw new Misuse("an argument is no handle of its resource");
}
