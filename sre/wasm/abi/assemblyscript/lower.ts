// Values into a guest's memory: each object from the guest's own allocator, pinned until all of a call's are there, so that
// the guest's collector takes none of them. The host writes only what lies in the memory, whatever the allocator says.
import type { Host } from "../../host.ts";
import type { Case, Value } from "../../values/index.ts";
import { bits32Of, bitsOf } from "../floats.ts";
import { ARRAY_BYTES, RUNTIME_IDS, VIEW_BYTES } from "./memory.ts";
import { checkRoom, type Runtime } from "./runtime.ts";
import { type GuestType, isBytes, type ListType, type ReferenceType, type Scalar, sizeOf } from "./types.ts";

/** The arguments of a call as WebAssembly takes them: integers, floats by their bits, pointers. */
export function lowerAll(
  values: readonly Value[],
  types: readonly GuestType[],
  runtime: Runtime,
  host: Host,
): (number | bigint)[] {
  const lowerer = new Lowerer(runtime, host);
  const args = types.map((type, index) => lowerer.argument(values[index]!, type));
  lowerer.done();
  return args;
}

class Lowerer {
  readonly #runtime: Runtime;
  readonly #host: Host;
  readonly #pinned: number[] = [];

  constructor(runtime: Runtime, host: Host) {
    this.#runtime = runtime;
    this.#host = host;
  }

  /** Lets the guest's collector have its objects again: the call's arguments hold them. */
  done(): void {
    for (const pointer of this.#pinned) this.#runtime.__unpin(pointer);
  }

  argument(value: Value, type: GuestType): number | bigint {
    if (type.kind !== "scalar") return this.#reference(value, type);
    switch (type.scalar) {
      case "f32":
        return bits32Of(value as number);
      case "f64":
        return bitsOf(value as number);
      default:
        return typeof value === "bigint" ? value : Number(value);
    }
  }

  #allocate(size: number, id: number): number {
    const pointer = this.#runtime.__new(size, id) >>> 0;
    checkRoom(this.#host, pointer, size);
    this.#runtime.__pin(pointer);
    this.#pinned.push(pointer);
    return pointer;
  }

  /** The memory as it is now. */
  #view(): DataView {
    const { buffer, byteOffset, byteLength } = this.#host.memory();
    return new DataView(buffer, byteOffset, byteLength);
  }

  #reference(value: Value, type: ReferenceType): number {
    switch (type.kind) {
      case "string":
        return this.#string(value as string);
      case "buffer":
        return this.#bytes(value as Uint8Array);
      case "nullable": {
        const { tag, value: inner } = value as Case;
        return tag === 0 ? 0 : this.#reference(inner!, type.of);
      }
      case "object": {
        const pointer = this.#allocate(type.size, type.id);
        for (const [index, member] of type.members.entries()) {
          this.#put(pointer + member.offset, (value as readonly Value[])[index]!, member.type);
        }
        return pointer;
      }
      case "static":
        return this.#elements(value as readonly Value[] | Uint8Array, type.element, type.id);
      case "view":
      case "array": {
        const items = value as readonly Value[] | Uint8Array;
        return this.#list(this.#elements(items, type.element, RUNTIME_IDS.arrayBuffer), items.length, type);
      }
    }
  }

  #string(text: string): number {
    const pointer = this.#allocate(2 * text.length, RUNTIME_IDS.string);
    const view = this.#view();
    for (let at = 0; at < text.length; at++) view.setUint16(pointer + 2 * at, text.charCodeAt(at), true);
    return pointer;
  }

  #bytes(bytes: Uint8Array, id: number = RUNTIME_IDS.arrayBuffer): number {
    const pointer = this.#allocate(bytes.length, id);
    this.#host.memory().set(bytes, pointer);
    return pointer;
  }

  /** The elements of a list side by side in an object of their own. */
  #elements(items: readonly Value[] | Uint8Array, element: GuestType, id: number): number {
    if (isBytes(element)) return this.#bytes(items as Uint8Array, id);
    const values = items as readonly Value[];
    const size = sizeOf(element);
    const pointer = this.#allocate(values.length * size, id);
    if (element.kind === "scalar") {
      const view = this.#view();
      for (const [index, value] of values.entries()) putScalar(view, pointer + index * size, value, element.scalar);
    } else for (const [index, value] of values.entries()) this.#put(pointer + index * size, value, element);
    return pointer;
  }

  /** The object of an array or typed array around its elements. */
  #list(data: number, length: number, { kind, id, element }: ListType): number {
    const pointer = this.#allocate(kind === "array" ? ARRAY_BYTES : VIEW_BYTES, id);
    const words = [data, data, length * sizeOf(element), ...(kind === "array" ? [length] : [])];
    const view = this.#view();
    for (const [index, word] of words.entries()) view.setUint32(pointer + 4 * index, word, true);
    return pointer;
  }

  /** Writes a value at an address that lies in the memory, since its object does. */
  #put(at: number, value: Value, type: GuestType): void {
    if (type.kind === "scalar") putScalar(this.#view(), at, value, type.scalar);
    else {
      const pointer = this.#reference(value, type);
      this.#view().setUint32(at, pointer, true);
    }
  }
}

function putScalar(view: DataView, at: number, value: Value, scalar: Scalar): void {
  switch (scalar) {
    case "bool":
    case "i8":
    case "u8":
      view.setUint8(at, Number(value));
      break;
    case "i16":
    case "u16":
      view.setUint16(at, value as number, true);
      break;
    case "i32":
    case "u32":
      view.setUint32(at, value as number, true);
      break;
    case "i64":
    case "u64":
      view.setBigUint64(at, value as bigint, true);
      break;
    case "f32":
      view.setInt32(at, bits32Of(value as number), true);
      break;
    case "f64":
      view.setBigInt64(at, bitsOf(value as number), true);
  }
}
