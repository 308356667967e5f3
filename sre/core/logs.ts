// A guest's log lines, cut at a limit. Specified in sre/SPEC.md, rule L1.

const NEWLINE = 0x0a;

/** Collects lines up to `limit` bytes; what is over is dropped and leaves a mark. */
export class Logs {
  private readonly limit: number;
  private readonly parts: Uint8Array[] = [];
  private size = 0;
  /** Whether anything was dropped. */
  truncated = false;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Appends a line and its newline. The bytes are copied. */
  line(bytes: Uint8Array): void {
    this.append(bytes);
    this.append(new Uint8Array([NEWLINE]));
  }

  private append(bytes: Uint8Array): void {
    const room = this.limit - this.size;
    if (bytes.length > room) this.truncated = true;
    if (room === 0 || bytes.length === 0) return;
    const part = bytes.slice(0, room);
    this.parts.push(part);
    this.size += part.length;
  }

  /** All lines. */
  bytes(): Uint8Array {
    const all = new Uint8Array(this.size);
    let at = 0;
    for (const part of this.parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}
