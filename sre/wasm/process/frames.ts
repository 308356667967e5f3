// Puts the chunks of a worker's pipe together to frames, and never holds more than one frame may have.
import { decodePrefix, WIRE_LIMITS } from "../wire.ts";

/** A frame's two parts. */
export interface Frame {
  readonly header: Uint8Array;
  readonly body: Uint8Array;
}

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

  /** The next whole frame; null while it is not here; `too-large` when it promises more than `most` bytes of body. */
  next(most: number): Frame | null | "too-large" {
    if (this.size < this.awaited) return null;
    const joined = this.chunks.length === 1 ? this.chunks[0]! : new Uint8Array(Buffer.concat(this.chunks));
    this.chunks = [joined];
    const sizes = decodePrefix(joined);
    if (sizes.header > WIRE_LIMITS.headerBytes || sizes.body > most) return "too-large";
    const start = WIRE_LIMITS.prefixBytes + sizes.header;
    const end = start + sizes.body;
    this.awaited = end;
    if (this.size < end) return null;
    this.chunks = [joined.subarray(end)];
    this.size -= end;
    this.awaited = WIRE_LIMITS.prefixBytes;
    return { header: joined.subarray(WIRE_LIMITS.prefixBytes, start), body: joined.subarray(start, end) };
  }
}
