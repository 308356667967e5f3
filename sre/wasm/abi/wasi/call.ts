// How a call of WASI crosses: what its parameters are, which ranges they name, what is charged, what is noted. The
// functions themselves see numbers and bytes and give bytes back. Specified in sre/SPEC.md, rules W2 to W4.
import type { CallValue } from "../../../core/index.ts";
import { HOST_CALL_BYTES } from "../../limits.ts";
import { Problem, Stopped } from "../../world/index.ts";
import { WASI_LIMITS } from "./limits.ts";
import { ERRNO } from "./numbers.ts";
import type { Process } from "./process.ts";

/**
 * A parameter as witx has it: a number; bytes that the guest gives (pointer, length), or has gathered (vectors, count); a
 * result of known size (pointer), whose address matters if it is placed; room for a result (pointer, length), or scattered (vectors, count); or the
 * three of a poll: subscriptions in, events out, their number.
 */
export type Parameter =
  | "i32"
  | "i64"
  | "bytes"
  | "gathered"
  | "room"
  | "scattered"
  | { readonly result: number | ((process: Process) => number) }
  | { readonly placed: (process: Process) => number }
  | { readonly poll: { readonly subscription: number; readonly event: number } };

/** What the act of a call is given for its parameters: results are left out, rooms are the bytes that they take. */
export type Inputs<P extends readonly Parameter[]> = P extends readonly [
  infer First,
  ...infer Rest extends readonly Parameter[],
]
  ? First extends "i32" | "room" | "scattered"
    ? [number, ...Inputs<Rest>]
    : First extends { readonly placed: unknown }
      ? [number, ...Inputs<Rest>]
      : First extends "i64"
        ? [bigint, ...Inputs<Rest>]
        : First extends "bytes" | "gathered" | { readonly poll: object }
          ? [Uint8Array, ...Inputs<Rest>]
          : Inputs<Rest>
  : [];

/** A function of WASI: it gives the bytes of its results in the order of the parameters, or throws a `Problem`. */
export interface Operation {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  act(process: Process, ...inputs: (number | bigint | Uint8Array)[]): readonly Uint8Array[];
}

/** An operation with its inputs typed by its parameters. */
export function operation<const P extends readonly Parameter[]>(
  name: string,
  parameters: P,
  act: (process: Process, ...inputs: Inputs<P>) => readonly Uint8Array[],
): Operation {
  return { name, parameters, act: act as Operation["act"] };
}

/** A parameter's types in WebAssembly. */
export function wasmTypes(parameter: Parameter): readonly ("i32" | "i64")[] {
  if (parameter === "i32" || parameter === "i64") return [parameter];
  if (typeof parameter === "string") return ["i32", "i32"];
  return "poll" in parameter ? ["i32", "i32", "i32"] : ["i32"];
}

/** A range of the guest's memory. */
interface Range {
  readonly start: number;
  readonly size: number;
}

/** A call's parameters taken apart, before anything has been charged or done. */
interface Taken {
  readonly inputs: (number | bigint | Uint8Array)[];
  /** Where each result goes, and whether its size is known and in `bytes`. */
  readonly outputs: { readonly ranges: readonly Range[]; readonly charged: boolean }[];
  /** Bytes that are read, and results of known size. */
  bytes: number;
}

/** Thrown when a range of a call does not lie in the guest's memory; the guest has been ended. */
class BadRange extends Error {}
const BAD_RANGE = new BadRange("a range outside the guest's memory");

/** Makes a call; its errno. When the guest has been ended it sees nothing of that. */
export function perform(process: Process, operation: Operation, values: readonly (number | bigint)[]): number {
  const { host, world } = process;
  try {
    const taken = new Taker(process, operation.name).take(operation.parameters, values);
    world.charge(taken.bytes);
    let errno: number = ERRNO.success;
    let results: readonly Uint8Array[] = [];
    try {
      results = operation.act(process, ...taken.inputs);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      errno = ERRNO[error.code];
    }
    for (const [index, result] of results.entries()) if (!taken.outputs[index]!.charged) world.charge(result.length);
    // Noted before anything is written: a result may go where an input lies.
    host.called(operation.name, taken.inputs.map(asValue), [errno, ...results].map(asValue));
    const memory = host.memory();
    for (const [index, result] of results.entries()) scatter(memory, taken.outputs[index]!.ranges, result);
    return errno;
  } catch (error) {
    if (error instanceof BadRange || error instanceof Stopped) return ERRNO.success;
    throw error;
  }
}

/** Bytes of a vector: pointer and length. */
const VECTOR_BYTES = 8;

/** Takes the parameters of one call apart. */
class Taker {
  private readonly process: Process;
  private readonly name: string;
  private readonly memory: Uint8Array;
  private readonly view: DataView;
  private readonly taken: Taken = { inputs: [], outputs: [], bytes: 0 };

  constructor(process: Process, name: string) {
    this.process = process;
    this.name = name;
    this.memory = process.host.memory();
    this.view = new DataView(this.memory.buffer);
  }

  take(parameters: readonly Parameter[], values: readonly (number | bigint)[]): Taken {
    const { inputs, outputs } = this.taken;
    let at = 0;
    const next = () => Number(values[at++]) >>> 0;
    for (const parameter of parameters) {
      if (parameter === "i64") inputs.push(BigInt.asUintN(64, BigInt(values[at++]!)));
      else if (parameter === "i32") inputs.push(next());
      else if (parameter === "bytes") inputs.push(this.read(next(), next()));
      else if (parameter === "gathered") inputs.push(this.gather(this.vectors(next(), next())));
      else if (parameter === "room") this.room([this.range(next(), next())]);
      else if (parameter === "scattered") this.room(this.vectors(next(), next()));
      else if ("poll" in parameter) {
        const [from, to, count] = [next(), next(), next()];
        inputs.push(this.read(from, count * parameter.poll.subscription));
        outputs.push({ ranges: [this.range(to, count * parameter.poll.event)], charged: false });
      } else if ("placed" in parameter) inputs.push(this.result(next(), parameter.placed(this.process)));
      else
        this.result(next(), typeof parameter.result === "number" ? parameter.result : parameter.result(this.process));
    }
    return this.taken;
  }

  /** A range; ends the guest unless it lies in the memory and is of no more than a call may name. */
  private range(start: number, size: number): Range {
    if (this.process.host.view(start, size, this.name) === null) throw BAD_RANGE;
    return { start, size };
  }

  private read(start: number, size: number): Uint8Array {
    this.range(start, size);
    this.taken.bytes += size;
    return this.memory.subarray(start, start + size);
  }

  /** The ranges that vectors name: of the first of them, as many bytes as a call may name at most. */
  private vectors(start: number, count: number): Range[] {
    const counted = Math.min(count, WASI_LIMITS.vectors);
    this.read(start, counted * VECTOR_BYTES);
    let left = HOST_CALL_BYTES;
    return Array.from({ length: counted }, (_, index) => {
      const at = start + index * VECTOR_BYTES;
      const [from, size] = [this.view.getUint32(at, true), this.view.getUint32(at + 4, true)];
      const taken = Math.min(size, left);
      left -= taken;
      if (!this.process.host.holds(from, size, this.name)) throw BAD_RANGE;
      return { start: from, size: taken };
    });
  }

  private gather(ranges: readonly Range[]): Uint8Array {
    const size = sizeOf(ranges);
    this.taken.bytes += size;
    const gathered = new Uint8Array(size);
    let at = 0;
    for (const { start, size: length } of ranges) {
      gathered.set(this.memory.subarray(start, start + length), at);
      at += length;
    }
    return gathered;
  }

  private result(start: number, size: number): number {
    this.taken.outputs.push({ ranges: [this.range(start, size)], charged: true });
    this.taken.bytes += size;
    return start;
  }

  private room(ranges: readonly Range[]): void {
    this.taken.inputs.push(sizeOf(ranges));
    this.taken.outputs.push({ ranges, charged: false });
  }
}

const sizeOf = (ranges: readonly Range[]): number => ranges.reduce((sum, { size }) => sum + size, 0);

function scatter(memory: Uint8Array, ranges: readonly Range[], bytes: Uint8Array): void {
  let at = 0;
  for (const { start, size } of ranges) {
    if (at >= bytes.length) return;
    memory.set(bytes.subarray(at, at + size), start);
    at += size;
  }
}

function asValue(value: number | bigint | Uint8Array): CallValue {
  if (typeof value === "number") return { kind: "i32", value };
  return typeof value === "bigint" ? { kind: "i64", value } : { kind: "bytes", value };
}
