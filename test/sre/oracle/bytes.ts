// Reading and writing the numbers of the WebAssembly binary format, told a second time for the oracle and the
// generators. It must share no code with sre/wasm/rewrite, which it is held against.

/** A place in bytes that are known to be a valid module: it checks nothing. */
export class Cursor {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  byte(): number {
    return this.bytes[this.at++]!;
  }

  u32(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  }

  u64(): bigint {
    let value = 0n;
    let shift = 0n;
    for (;;) {
      const byte = this.byte();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
      shift += 7n;
    }
  }

  /** A signed number of at most 33 bits. */
  s33(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      scale *= 128;
      if (byte < 128) return byte & 64 ? value - scale : value;
    }
  }

  skipNumber(): void {
    while (this.byte() >= 128);
  }

  take(size: number): Uint8Array {
    this.at += size;
    return this.bytes.subarray(this.at - size, this.at);
  }
}

/** Appends an unsigned number. */
export function putU(out: number[], value: number | bigint): void {
  if (typeof value === "bigint") {
    let rest = value;
    while (rest > 127n) {
      out.push(Number(rest & 127n) | 128);
      rest >>= 7n;
    }
    out.push(Number(rest));
    return;
  }
  let rest = value;
  while (rest > 127) {
    out.push((rest & 127) | 128);
    rest = Math.floor(rest / 128);
  }
  out.push(rest);
}

/** Appends a signed number. */
export function putS(out: number[], value: number | bigint): void {
  let rest = BigInt(value);
  for (;;) {
    const low = Number(rest & 127n);
    rest >>= 7n;
    if ((rest === 0n && low < 64) || (rest === -1n && low >= 64)) {
      out.push(low);
      return;
    }
    out.push(low | 128);
  }
}

/** Appends many bytes; a spread would overflow the stack. */
export function putAll(out: number[], bytes: ArrayLike<number>): void {
  for (let index = 0; index < bytes.length; index++) out.push(bytes[index]!);
}

/** Appends bytes with their number before them. */
export function putSized(out: number[], bytes: ArrayLike<number>): void {
  putU(out, bytes.length);
  putAll(out, bytes);
}

/** Appends an ASCII name. */
export function putName(out: number[], name: string): void {
  putSized(
    out,
    [...name].map((char) => char.charCodeAt(0)),
  );
}
