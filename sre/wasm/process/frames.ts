// Puts the chunks of a worker's pipe together to frames, and never holds more than twice what one frame may have,
// however small the chunks are that it comes in: each chunk for itself would cost some hundred bytes more.
import { decodePrefix, WIRE_LIMITS } from "../wire.ts";

const NOTHING = new Uint8Array(0);

/** Collects chunks. */
export class FrameBuffer {
  /** What came: the bytes from `start` to `end`. They are ours to write behind `end` only where `owned`. */
  private buffer: Uint8Array = NOTHING;
  private start = 0;
  private end = 0;
  private owned = false;

  /** Appends what came. */
  push(chunk: Uint8Array): void {
    const size = this.end - this.start;
    if (size === 0) {
      // Most often a chunk is a whole frame: it is used as it is.
      this.buffer = chunk;
      this.start = 0;
      this.end = chunk.length;
      this.owned = false;
      return;
    }
    if (!this.owned || this.end + chunk.length > this.buffer.length) {
      const larger = new Uint8Array(Math.max(2 * size, size + chunk.length));
      larger.set(this.buffer.subarray(this.start, this.end));
      this.buffer = larger;
      this.start = 0;
      this.end = size;
      this.owned = true;
    }
    this.buffer.set(chunk, this.end);
    this.end += chunk.length;
  }

  /** What the next whole frame holds; null while it is not here; `too-large` when it promises more than `most` bytes. */
  next(most: number): Uint8Array | null | "too-large" {
    const begin = this.start + WIRE_LIMITS.prefixBytes;
    if (begin > this.end) return null;
    const size = decodePrefix(this.buffer.subarray(this.start, begin));
    if (size > most) return "too-large";
    if (begin + size > this.end) return null;
    const frame = this.buffer.subarray(begin, begin + size);
    this.start = begin + size;
    if (this.start === this.end) {
      // Nobody holds a large frame any longer than its reader does.
      this.buffer = NOTHING;
      this.start = 0;
      this.end = 0;
    }
    return frame;
  }
}
