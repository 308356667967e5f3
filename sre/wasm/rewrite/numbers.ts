// Reads LEB128 numbers that the validator has taken: no check is repeated here, so this must never see bytes that the
// validator hasn't.

/** A place in valid bytes. */
export class Numbers {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  /** Reads an unsigned number; of one above 2^31 only the low bits matter here. */
  u32(): number {
    let byte = this.bytes[this.at++]!;
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let shift = 7; byte >= 0x80; shift += 7) {
      byte = this.bytes[this.at++]!;
      value |= (byte & 0x7f) << shift;
    }
    return value;
  }

  /** Passes over a number of any length. */
  skipNumber(): void {
    while (this.bytes[this.at++]! >= 0x80);
  }
}
