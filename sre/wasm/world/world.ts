// The deterministic operating system of one run: arguments, environment, streams, files, time and randomness, all from
// the call and nothing from the machine. It knows no ABI: those of WASI stand on it. Specified in sre/SPEC.md, rules O1
// to O9.
import type { Host } from "../host.ts";
import { InputStream, OutputStream } from "./streams.ts";
import { FileTree } from "./tree.ts";

/** What a program finds as its own name, before the arguments of the context. */
export const PROGRAM_NAME = "guest";

/** Nanoseconds of a millisecond, the step of the logical clock. */
export const NS_PER_MS = 1_000_000n;

/** Thrown when the guest has been ended inside a call of the world, and caught where its ABI returns to the guest. */
export class Stopped extends Error {}

const STOPPED = new Stopped("the guest is ended");

/** One run's world. */
export class World {
  readonly args: readonly string[];
  /** Name and value, in the order of the names. */
  readonly env: readonly (readonly [name: string, value: string])[];
  readonly input: InputStream;
  readonly output: OutputStream;
  readonly files: FileTree;
  private readonly host: Host;
  private readonly origin: bigint;

  constructor(host: Host, input: Uint8Array) {
    const { args, clock, env, files } = host.context;
    this.host = host;
    this.origin = clock;
    this.args = [PROGRAM_NAME, ...args];
    this.env = Object.keys(env)
      .sort()
      .map((name) => [name, env[name]!]);
    this.input = new InputStream(input);
    this.output = new OutputStream(host.limits.output);
    const charge = (bytes: number) => this.charge(bytes);
    this.files = new FileTree(files, host.files, () => asNanoseconds(host.clock.now), charge);
  }

  /** Takes the price of bytes that cross, or that the host has to write; ends the guest when the fuel is not there. */
  charge(bytes: number): void {
    if (!this.host.charge(bytes)) throw STOPPED;
  }

  /** Writes to the output; the guest ends when the limit is passed. */
  print(bytes: Uint8Array): void {
    if (this.output.write(bytes)) return;
    this.host.end("output-limit", `the output has more than ${this.host.limits.output} bytes, its limit`);
    throw STOPPED;
  }

  /** Writes to the logs, which are cut at their limit. */
  log(bytes: Uint8Array): void {
    this.host.logs.write(bytes);
  }

  /** Reads the clock: nanoseconds since 1970, modulo 2^64. */
  wallTime(): bigint {
    return asNanoseconds(this.host.clock.read());
  }

  /** Reads the clock: nanoseconds since the run began. */
  runTime(): bigint {
    return asNanoseconds(this.host.clock.read() - this.origin);
  }

  /** Nanoseconds since 1970 as the next reading would give them, without letting time pass. */
  get now(): bigint {
    return asNanoseconds(this.host.clock.now);
  }

  /** Lets time pass: that many nanoseconds, rounded up to whole milliseconds. */
  wait(nanoseconds: bigint): void {
    this.host.clock.pass((nanoseconds + NS_PER_MS - 1n) / NS_PER_MS);
  }

  /** Nanoseconds since the run began, without letting time pass. */
  get elapsed(): bigint {
    return asNanoseconds(this.host.clock.now - this.origin);
  }

  /** The next bytes of the randomness, charged before they are made. */
  randomBytes(count: number): Uint8Array {
    this.charge(count);
    return this.host.random.bytes(count);
  }
}

const asNanoseconds = (milliseconds: bigint): bigint => BigInt.asUintN(64, milliseconds * NS_PER_MS);
