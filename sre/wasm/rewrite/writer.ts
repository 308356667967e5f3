// Writes WebAssembly's binary format: a growing buffer with LEB128 numbers in their shortest form.

/** An append-only byte buffer. */
export class Writer {
  private buffer: Uint8Array;
  length = 0;

  constructor(capacity = 256) {
    this.buffer = new Uint8Array(capacity);
  }

  private reserve(count: number): void {
    if (this.length + count <= this.buffer.length) return;
    const larger = new Uint8Array(Math.max(this.buffer.length * 2, this.length + count));
    larger.set(this.buffer.subarray(0, this.length));
    this.buffer = larger;
  }

  /** Appends single bytes. */
  byte(...values: readonly number[]): void {
    this.reserve(values.length);
    for (const value of values) this.buffer[this.length++] = value;
  }

  /** Appends bytes as they are. */
  bytes(source: Uint8Array): void {
    this.reserve(source.length);
    this.buffer.set(source, this.length);
    this.length += source.length;
  }

  /** Appends an unsigned LEB128 number below 2^32. */
  u32(value: number): void {
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  /** Appends a signed LEB128 number of a safe integer's range. */
  signed(value: number): void {
    let rest = value;
    for (;;) {
      const low = ((rest % 128) + 128) % 128;
      rest = (rest - low) / 128;
      if ((rest === 0 && low < 0x40) || (rest === -1 && low >= 0x40)) {
        this.byte(low);
        return;
      }
      this.byte(low | 0x80);
    }
  }

  /** Appends a name of ASCII characters. */
  name(text: string): void {
    this.u32(text.length);
    for (let index = 0; index < text.length; index++) this.byte(text.charCodeAt(index));
  }

  /** Appends another writer's bytes with their length in front. */
  sized(content: Writer): void {
    this.u32(content.length);
    this.bytes(content.view());
  }

  /** Appends a whole section, unless it is empty. */
  section(id: number, content: Writer): void {
    if (content.length === 0) return;
    this.byte(id);
    this.sized(content);
  }

  /** The bytes so far, not copied. */
  view(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }
}
