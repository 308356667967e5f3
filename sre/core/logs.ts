// A guest's log lines, cut at a limit. Specified in sre/SPEC.md, rule L1.

const NEWLINE = new Uint8Array([0x0a]);

/** Collects lines up to `limit` bytes; what is over is dropped and leaves a mark. */
export class Logs {
  private readonly limit: number;
  private buffer = new Uint8Array(256);
  private size = 0;
  /** Whether anything was dropped. */
  truncated = false;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Appends a line and its newline. The bytes are copied. */
  line(bytes: Uint8Array): void {
    this.write(bytes);
    this.write(NEWLINE);
  }

  /** Appends bytes as they are: what comes from a stream has its own newlines. The bytes are copied. */
  write(bytes: Uint8Array): void {
    const count = Math.min(bytes.length, this.limit - this.size);
    if (count < bytes.length) this.truncated = true;
    if (this.size + count > this.buffer.length) {
      const larger = new Uint8Array(Math.max(this.buffer.length * 2, this.size + count));
      larger.set(this.buffer.subarray(0, this.size));
      this.buffer = larger;
    }
    this.buffer.set(bytes.subarray(0, count), this.size);
    this.size += count;
  }

  /** All lines. */
  bytes(): Uint8Array {
    return this.buffer.slice(0, this.size);
  }
}
