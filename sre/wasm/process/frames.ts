// Puts the chunks of a worker's pipe together to frames, and never holds more than one frame may have.
import { decodePrefix, WIRE_LIMITS } from "../wire.ts";

/** Collects chunks. */
export class FrameBuffer {
  private chunks: Uint8Array[] = [];
  private size = 0;
  /** Bytes that must be here before it is worth looking: so a long frame is joined twice, not at each chunk. */
  private awaited: number = WIRE_LIMITS.prefixBytes;

  /** Appends what came. */
  push(chunk: Uint8Array): void {
    this.chunks.push(chunk);
    this.size += chunk.length;
  }

  /** What the next whole frame holds; null while it is not here; `too-large` when it promises more than `most` bytes. */
  next(most: number): Uint8Array | null | "too-large" {
    if (this.size < this.awaited) return null;
    const joined = this.chunks.length === 1 ? this.chunks[0]! : new Uint8Array(Buffer.concat(this.chunks));
    this.chunks = [joined];
    const size = decodePrefix(joined);
    if (size > most) return "too-large";
    const end = WIRE_LIMITS.prefixBytes + size;
    this.awaited = end;
    if (this.size < end) return null;
    this.chunks = end === joined.length ? [] : [joined.subarray(end)];
    this.size -= end;
    this.awaited = WIRE_LIMITS.prefixBytes;
    return joined.subarray(WIRE_LIMITS.prefixBytes, end);
  }
}
