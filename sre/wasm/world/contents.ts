// The bytes of a file: those of the context, which nobody can change, or the guest's own, which count against the
// scratch space.
import { refuse } from "./problem.ts";
import type { Space } from "./space.ts";

const NOTHING = new Uint8Array(0);

/** A file's bytes. */
export interface Contents {
  readonly size: number;
  /** Whether they can be changed. */
  readonly writable: boolean;
  /** Up to `length` bytes from `offset` on, fewer at the end; a view that holds until the next change. */
  read(offset: number, length: number): Uint8Array;
  /** Writes bytes at `offset`; what lies between the end and it becomes zeros. */
  write(offset: number, bytes: Uint8Array): void;
  /** Cuts them, or lengthens them with zeros. */
  resize(size: number): void;
}

/** A blob of the context. */
export class Given implements Contents {
  readonly writable = false;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get size(): number {
    return this.bytes.length;
  }

  read(offset: number, length: number): Uint8Array {
    return this.bytes.subarray(offset, offset + length);
  }

  write(): void {
    refuse("acces");
  }

  resize(): void {
    refuse("acces");
  }
}

/** Bytes of the guest's own. */
export class Scratch implements Contents {
  readonly writable = true;
  size = 0;
  private buffer = NOTHING;
  private readonly space: Space;

  constructor(space: Space) {
    this.space = space;
  }

  read(offset: number, length: number): Uint8Array {
    return this.buffer.subarray(Math.min(offset, this.size), Math.min(offset + length, this.size));
  }

  write(offset: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (offset + bytes.length > this.size) this.resize(offset + bytes.length);
    this.buffer.set(bytes, offset);
  }

  resize(size: number): void {
    if (size <= this.size) {
      this.space.give(this.size - size);
      // Space that was given back is not held; and what the file is lengthened by later must read as zeros.
      if (4 * size <= this.buffer.length) this.buffer = this.buffer.slice(0, size);
      else this.buffer.fill(0, size, this.size);
    } else {
      this.space.takeLength(size - this.size);
      this.reserve(size);
    }
    this.size = size;
  }

  private reserve(size: number): void {
    if (size <= this.buffer.length) return;
    const larger = new Uint8Array(Math.max(size, 2 * this.buffer.length));
    larger.set(this.buffer.subarray(0, this.size));
    this.buffer = larger;
  }
}
