// What flows in and out of a guest: the input as a stream to be read once, and the output up to its limit.

/** The input, read from its beginning to its end. */
export class InputStream {
  private readonly bytes: Uint8Array;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Bytes that are left. */
  get left(): number {
    return this.bytes.length - this.at;
  }

  /** The next bytes, at most so many; none at the end. */
  read(length: number): Uint8Array {
    const start = this.at;
    this.at = Math.min(this.bytes.length, start + length);
    return this.bytes.subarray(start, this.at);
  }
}

/** Collects what a guest writes, up to a limit that nothing may pass. */
export class OutputStream {
  private readonly limit: number;
  private buffer = new Uint8Array(0);
  private size = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Appends a copy; false, and nothing is appended, when the limit would be passed. */
  write(bytes: Uint8Array): boolean {
    const size = this.size + bytes.length;
    if (size > this.limit) return false;
    if (size > this.buffer.length) {
      const larger = new Uint8Array(Math.min(this.limit, Math.max(size, 2 * this.buffer.length)));
      larger.set(this.buffer.subarray(0, this.size));
      this.buffer = larger;
    }
    this.buffer.set(bytes, this.size);
    this.size = size;
    return true;
  }

  /** All that was written. */
  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.size);
  }
}
