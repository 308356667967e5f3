// Writes WebAssembly's binary format: a growing buffer with LEB128 numbers in their shortest form. It is the inner
// loop of rewriting, so single bytes have a method of their own and copies of a few bytes do without `set`.

/** Below this many bytes a loop is faster than the typed array's own copy. */
const SHORT_COPY = 24;
/** Bytes that a length needs at most. */
const LENGTH_BYTES = 5;

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

  /** Appends one byte. */
  op(value: number): void {
    if (this.length === this.buffer.length) this.reserve(1);
    this.buffer[this.length++] = value;
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

  /** Appends a range of another array. */
  copy(source: Uint8Array, start: number, end: number): void {
    const count = end - start;
    this.reserve(count);
    if (count >= SHORT_COPY) this.buffer.set(source.subarray(start, end), this.length);
    else {
      const { buffer } = this;
      for (let from = start, to = this.length; from < end; from++, to++) buffer[to] = source[from]!;
    }
    this.length += count;
  }

  /** Appends an unsigned LEB128 number below 2^32. */
  u32(value: number): void {
    this.reserve(LENGTH_BYTES);
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.buffer[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.buffer[this.length++] = rest;
  }

  /** Appends an opcode and an unsigned number below 2^32: most of what is written. */
  indexed(opcode: number, index: number): void {
    if (this.length + LENGTH_BYTES >= this.buffer.length) this.reserve(LENGTH_BYTES + 1);
    const { buffer } = this;
    let at = this.length;
    buffer[at++] = opcode;
    let rest = index;
    while (rest >= 0x80) {
      buffer[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    buffer[at++] = rest;
    this.length = at;
  }

  /** Appends a signed LEB128 number of 32 bits. */
  s32(value: number): void {
    if (this.length + LENGTH_BYTES >= this.buffer.length) this.reserve(LENGTH_BYTES);
    const { buffer } = this;
    let at = this.length;
    let rest = value | 0;
    while (rest < -0x40 || rest >= 0x40) {
      buffer[at++] = (rest & 0x7f) | 0x80;
      rest >>= 7;
    }
    buffer[at++] = rest & 0x7f;
    this.length = at;
  }

  /** Appends a signed LEB128 number of a safe integer's range. */
  signed(value: number): void {
    if (value === (value | 0)) {
      this.s32(value);
      return;
    }
    let rest = BigInt(value);
    for (;;) {
      const low = Number(BigInt.asUintN(7, rest));
      rest >>= 7n;
      if ((rest === 0n && low < 0x40) || (rest === -1n && low >= 0x40)) {
        this.op(low);
        return;
      }
      this.op(low | 0x80);
    }
  }

  /** Appends a name of ASCII characters. */
  name(text: string): void {
    this.u32(text.length);
    for (let index = 0; index < text.length; index++) this.op(text.charCodeAt(index));
  }

  /** Begins something with its length in front; `close` takes what this gives. */
  open(): number {
    this.reserve(LENGTH_BYTES);
    this.length += LENGTH_BYTES;
    return this.length;
  }

  /** Ends what `open` began: writes its length in front of it and moves it up; the length. */
  close(start: number): number {
    const { buffer } = this;
    const count = this.length - start;
    let at = start - LENGTH_BYTES;
    let rest = count;
    let bytes = 1;
    for (let more = count >>> 7; more > 0; more >>>= 7) bytes++;
    buffer.copyWithin(at + bytes, start, this.length);
    this.length = at + bytes + count;
    for (; rest >= 0x80; rest >>>= 7) buffer[at++] = (rest & 0x7f) | 0x80;
    buffer[at] = rest;
    return count;
  }

  /** Appends a whole section, unless it is empty. */
  section(id: number, content: Writer): void {
    if (content.length === 0) return;
    this.op(id);
    this.u32(content.length);
    this.bytes(content.view());
  }

  /** The bytes so far, not copied. */
  view(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }
}
