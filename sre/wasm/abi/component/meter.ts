// What the glue does to a guest's memory, counted and charged before it happens. The glue sees memories, and the classes by
// which it reads them, through what is made here.
import { GuestEnded, type Host } from "../../host.ts";
import { CROSSING_LIMITS } from "./limits.ts";

/** Bytes that are charged together: a charge has a price of its own. */
const BATCH_BYTES = 4096;
/** Bytes of a number that is read or written by itself, whatever its width: it costs one unit. */
const NUMBER_BYTES = 8;

const TYPED_ARRAYS = [
  ...[Uint8Array, Int8Array, Uint16Array, Int16Array, Uint32Array, Int32Array],
  ...[BigUint64Array, BigInt64Array, Float32Array, Float64Array],
];
const NUMBERS = ["Int8", "Uint8", "Int16", "Uint16", "Int32", "Uint32", "BigInt64", "BigUint64", "Float32", "Float64"];

/** A memory's bytes as the glue has them: it can copy them, or look at them through the classes of `Meter.classes`. */
class Buffer {
  readonly real: ArrayBuffer;
  private readonly meter: Meter;

  constructor(real: ArrayBuffer, meter: Meter) {
    this.real = real;
    this.meter = meter;
  }

  get byteLength(): number {
    return this.real.byteLength;
  }

  slice(start: number, end: number): ArrayBuffer {
    this.meter.range(end - start);
    return this.real.slice(start, end);
  }
}

/** A memory as the glue has it. */
export class GlueMemory {
  readonly real: WebAssembly.Memory;
  private readonly meter: Meter;
  private seen: Buffer;

  constructor(real: WebAssembly.Memory, meter: Meter) {
    this.real = real;
    this.meter = meter;
    this.seen = new Buffer(real.buffer, meter);
  }

  get buffer(): unknown {
    if (this.seen.real !== this.real.buffer) this.seen = new Buffer(this.real.buffer, this.meter);
    return this.seen;
  }
}

/** Counts and charges. */
export class Meter {
  private readonly host: Host;
  private pending = 0;
  private numbers = 0;
  private bytes = 0;
  /** Why the glue was stopped, in case it kept that to itself. */
  stopped: GuestEnded | null = null;
  /** The classes of the language that read memories, by name. */
  readonly classes: Readonly<Record<string, unknown>>;

  constructor(host: Host) {
    this.host = host;
    const arrays = TYPED_ARRAYS.map((real) => [real.name, this.typedArray(real)] as const);
    this.classes = { DataView: this.dataView(), ...Object.fromEntries(arrays) };
  }

  /** Begins a stretch of the glue's own work; the guest has just run. */
  begin(): void {
    this.numbers = 0;
    this.bytes = 0;
  }

  /** Charges what has not been charged; throws what ends the guest when the fuel is not there. */
  settle(): void {
    const { pending } = this;
    this.pending = 0;
    if (pending > 0 && !this.host.charge(pending)) this.stop(new GuestEnded("out-of-fuel", "no fuel for values"));
  }

  /** Counts bytes that are read or written at once. */
  range(bytes: number): void {
    if (!(bytes > 0)) return;
    this.bytes += bytes;
    if (this.bytes > CROSSING_LIMITS.bytes) this.passed(`${CROSSING_LIMITS.bytes} bytes`);
    this.take(bytes);
  }

  private number(): void {
    if (++this.numbers > CROSSING_LIMITS.numbers) this.passed(`${CROSSING_LIMITS.numbers} numbers`);
    this.take(NUMBER_BYTES);
  }

  private take(bytes: number): void {
    this.pending += bytes;
    if (this.pending >= BATCH_BYTES) this.settle();
  }

  private passed(most: string): never {
    return this.stop(new GuestEnded("bad-answer", `a call's values take more than ${most}`));
  }

  private stop(end: GuestEnded): never {
    this.stopped ??= end;
    throw end;
  }

  /** A class of arrays that are made over a guest's memory for their length's price. */
  private typedArray<T extends (typeof TYPED_ARRAYS)[number]>(real: T): T {
    return new Proxy(real, {
      construct: (target, args) => {
        const [buffer, start, length] = args as [unknown, number, number];
        if (!(buffer instanceof Buffer)) return Reflect.construct(target, args);
        this.range(length * target.BYTES_PER_ELEMENT);
        return Reflect.construct(target, [buffer.real, start, length]);
      },
    });
  }

  private dataView(): unknown {
    const meter = this;
    class MeteredView {
      readonly buffer: unknown;
      private readonly real: DataView;

      constructor(buffer: unknown) {
        this.buffer = buffer;
        this.real = new DataView(buffer instanceof Buffer ? buffer.real : (buffer as ArrayBuffer));
      }

      /** Reads or writes one number. */
      touch(method: string, args: readonly unknown[]): unknown {
        meter.number();
        return (this.real as unknown as Record<string, (...args: readonly unknown[]) => unknown>)[method]!(...args);
      }
    }
    for (const type of NUMBERS) {
      for (const method of [`get${type}`, `set${type}`]) {
        const touch = function (this: MeteredView, ...args: readonly unknown[]) {
          return this.touch(method, args);
        };
        Object.defineProperty(MeteredView.prototype, method, { value: touch });
      }
    }
    return MeteredView;
  }
}
