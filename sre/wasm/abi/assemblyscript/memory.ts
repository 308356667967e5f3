// Reads AssemblyScript's managed objects out of a hostile memory: every header, pointer and length is checked
// against the memory and the limits before the loader's helpers touch it, so that they can neither throw nor
// copy more than was charged. Layout: https://www.assemblyscript.org/runtime.html#memory-layout
import { GuestEnded } from "../../host.ts";

/** Runtime ids that AssemblyScript fixes. */
export const RUNTIME_IDS = { arrayBuffer: 1, string: 2 } as const;
/** Bytes of the header before an object: its id stands 8 bytes and its size 4 bytes before the pointer. */
const HEADER_BYTES = 20;
/** Type flags: a typed array, a plain Array, a StaticArray, and the bit of "values of one byte". */
const FLAGS = { view: 1 << 0, array: 1 << 1, staticArray: 1 << 2, oneByte: 1 << 6, anyAlign: 31 << 6 } as const;
/** Most runtime types that a guest may have: a large program has some hundreds. */
const MAX_TYPES = 16_384;
/** Bytes of a typed array's object: its buffer, where its data start, its length in bytes. */
export const VIEW_BYTES = 12;
/** Bytes of an Array's object: as a typed array's, and its length in elements. */
export const ARRAY_BYTES = 16;

/** An object's header. */
export interface Header {
  readonly id: number;
  readonly size: number;
}

/** Reads the header of the object at `pointer`; null unless header and object lie in the memory, aligned by 4. */
export function readHeader(memory: Uint8Array, pointer: number): Header | null {
  if (pointer < HEADER_BYTES || pointer % 4 !== 0 || pointer > memory.length) return null;
  const id = u32(memory, pointer - 8);
  const size = u32(memory, pointer - 4);
  return pointer + size <= memory.length ? { id, size } : null;
}

/** Reads 4 bytes, little-endian; the caller has checked that they are there. */
export function u32(memory: Uint8Array, at: number): number {
  return new DataView(memory.buffer, memory.byteOffset).getUint32(at, true);
}

/** Writes 4 bytes, little-endian; the caller has checked that they are there. */
export function setU32(memory: Uint8Array, at: number, value: number): void {
  new DataView(memory.buffer, memory.byteOffset).setUint32(at, value, true);
}

/** The flags of runtime types, by id; throws `GuestEnded` when the table does not lie in the memory. */
export function typeFlags(memory: Uint8Array, base: unknown): Uint32Array {
  const start = typeof base === "number" ? base >>> 0 : memory.length;
  const broken = () => new GuestEnded("bad-answer", "the table of runtime types does not lie in the guest's memory");
  if (start + 4 > memory.length) throw broken();
  const count = u32(memory, start);
  if (count > MAX_TYPES || start + 4 + 4 * count > memory.length) throw broken();
  const view = new DataView(memory.buffer, memory.byteOffset + start + 4, 4 * count);
  return Uint32Array.from({ length: count }, (_, id) => view.getUint32(4 * id, true));
}

/** Whether flags are those of a typed array of bytes: Uint8Array, Int8Array, Uint8ClampedArray. */
export function isByteView(flags: number | undefined): boolean {
  if (flags === undefined || (flags & FLAGS.view) === 0) return false;
  return (flags & (FLAGS.array | FLAGS.staticArray)) === 0 && (flags & FLAGS.anyAlign) === FLAGS.oneByte;
}
