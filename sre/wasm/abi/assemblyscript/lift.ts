// A guest's answer out of its memory, by its type. Every pointer, header and length is a hostile's: each range is checked
// against the memory and charged before it is read; an object that is not of its type's runtime id is refused; objects
// within objects, also those that come back to themselves, are read so deep and so often as values may be (J6).
import { GuestEnded, type Host } from "../../host.ts";
import { VALUE_LIMITS, type Value } from "../../values/index.ts";
import { floatOf } from "../floats.ts";
import { ARRAY_BYTES, RUNTIME_IDS, readHeader, u32, VIEW_BYTES } from "./memory.ts";
import { type GuestType, isBytes, type ListType, type ReferenceType, type Scalar, sizeOf } from "./types.ts";

/** The value of what a call gave back: an integer, a float by its bits, a pointer. */
export function liftResult(raw: number | bigint, type: GuestType, host: Host): Value {
  return type.kind === "scalar"
    ? scalarResult(raw, type.scalar)
    : new Lifter(host).reference(Number(raw) >>> 0, type, 1);
}

/** Small integers come as 32 bits of which the guest has promised nothing. */
function scalarResult(raw: number | bigint, scalar: Scalar): Value {
  const view = new DataView(new ArrayBuffer(8));
  if (typeof raw === "bigint") view.setBigInt64(0, raw, true);
  else view.setInt32(0, raw, true);
  return scalar === "bool" ? raw !== 0 : getScalar(view, 0, scalar);
}

class Lifter {
  readonly #host: Host;
  #values = 0;
  /** Bytes read that become at least as many of output. */
  #bytes = 0;

  constructor(host: Host) {
    this.#host = host;
  }

  #count(values: number): void {
    this.#values += values;
    if (this.#values > VALUE_LIMITS.values) this.#over(`more than ${VALUE_LIMITS.values} values`);
  }

  #over(what: string): never {
    throw new GuestEnded("output-limit", `the answer has ${what}`);
  }

  /** Charges bytes that are about to be read. */
  #charge(bytes: number): void {
    if (!this.#host.charge(bytes)) throw new GuestEnded("out-of-fuel", "no fuel for the output");
  }

  /** Bytes or code units each of which becomes at least a byte of output. */
  #allow(count: number): void {
    this.#bytes += count;
    const { output } = this.#host.limits;
    if (this.#bytes > output) this.#over(`at least ${this.#bytes} bytes; the limit is ${output}`);
  }

  /** The header of an object that must have an id and a size. */
  #object(pointer: number, id: number, least: number): number {
    const header = readHeader(this.#host.memory(), pointer);
    if (header === null) throw new GuestEnded("bad-answer", `the answer has a pointer, ${pointer}, that is no object`);
    if (header.id !== id || header.size < least) {
      const found = `runtime type ${header.id} and ${header.size} bytes`;
      throw new GuestEnded("bad-answer", `the answer has an object of ${found} where one of type ${id} belongs`);
    }
    return header.size;
  }

  /** Reads what a pointer names, at a depth of values. */
  reference(pointer: number, type: ReferenceType, depth: number): Value {
    if (depth > VALUE_LIMITS.depth) this.#over(`more than ${VALUE_LIMITS.depth} levels within each other`);
    this.#count(1);
    switch (type.kind) {
      case "string":
        return this.#string(pointer);
      case "buffer":
        return this.#copy(pointer, this.#object(pointer, RUNTIME_IDS.arrayBuffer, 0));
      case "nullable":
        if (pointer === 0) return { tag: 0, value: null };
        return { tag: 1, value: this.reference(pointer, type.of, depth + 1) };
      case "object": {
        this.#object(pointer, type.id, type.size);
        this.#charge(type.size);
        return type.members.map((member) => this.#get(pointer + member.offset, member.type, depth + 1));
      }
      case "static": {
        const size = this.#object(pointer, type.id, 0);
        return this.#elements(pointer, Math.floor(size / sizeOf(type.element)), type.element, depth);
      }
      case "view":
      case "array":
        return this.#list(pointer, type, depth);
    }
  }

  #string(pointer: number): string {
    const size = this.#object(pointer, RUNTIME_IDS.string, 0);
    this.#allow(size >>> 1);
    this.#charge(size);
    return decoder.decode(this.#host.memory().subarray(pointer, pointer + size - (size % 2)));
  }

  #copy(start: number, length: number): Uint8Array {
    this.#allow(length);
    this.#charge(length);
    return this.#host.memory().slice(start, start + length);
  }

  #list(pointer: number, type: ListType, depth: number): Value {
    this.#object(pointer, type.id, type.kind === "view" ? VIEW_BYTES : ARRAY_BYTES);
    const memory = this.#host.memory();
    const size = sizeOf(type.element);
    const start = u32(memory, pointer + 4);
    const length = type.kind === "view" ? Math.floor(u32(memory, pointer + 8) / size) : u32(memory, pointer + 12);
    if (start + length * size > memory.length) {
      throw new GuestEnded("bad-answer", `the answer has ${length * size} bytes at ${start}, outside the memory`);
    }
    return this.#elements(start, length, type.element, depth);
  }

  /** Elements that lie in the memory. */
  #elements(start: number, length: number, element: GuestType, depth: number): Value {
    if (isBytes(element)) return this.#copy(start, length);
    if (element.kind === "scalar" || length > VALUE_LIMITS.values) this.#count(length);
    // A comma or bracket each.
    this.#allow(length);
    const size = sizeOf(element);
    this.#charge(length * size);
    return Array.from({ length }, (_, index) => this.#get(start + index * size, element, depth + 1));
  }

  #get(at: number, type: GuestType, depth: number): Value {
    const memory = this.#host.memory();
    if (type.kind !== "scalar") return this.reference(u32(memory, at), type, depth);
    return getScalar(new DataView(memory.buffer, memory.byteOffset), at, type.scalar);
  }
}

// Halves of surrogate pairs become U+FFFD, a byte order mark stays.
const decoder = new TextDecoder("utf-16le", { ignoreBOM: true });

function getScalar(view: DataView, at: number, scalar: Scalar): Value {
  switch (scalar) {
    case "bool":
      return view.getUint8(at) !== 0;
    case "i8":
      return view.getInt8(at);
    case "u8":
      return view.getUint8(at);
    case "i16":
      return view.getInt16(at, true);
    case "u16":
      return view.getUint16(at, true);
    case "i32":
      return view.getInt32(at, true);
    case "u32":
      return view.getUint32(at, true);
    case "i64":
      return view.getBigInt64(at, true);
    case "u64":
      return view.getBigUint64(at, true);
    case "f32":
      return view.getFloat32(at, true);
    case "f64":
      return floatOf(view.getBigInt64(at, true));
  }
}
