// The randomness that a guest sees: a stream that the context's seed fixes. Good for simulation and hashing,
// never for a lottery: whoever orders chooses the seed. Specified in sre/SPEC.md, rules C2 and C3.
import type { Digest } from "../../chain/protocol/index.ts";
import type { Sha256 } from "./transcript.ts";

/** A stream of bytes: block n is SHA-256 over the seed's 32 bytes and n as 8 bytes, big-endian, from n = 0. */
export class Randomness {
  private readonly seed: Digest;
  private input: Uint8Array | null = null;
  private readonly sha256: Sha256;
  private block = new Uint8Array(0);
  private used = 0;
  private counter = 0;

  constructor(seed: Digest, sha256: Sha256) {
    this.seed = seed;
    this.sha256 = sha256;
  }

  /** The next byte of the stream. */
  byte(): number {
    if (this.used === this.block.length) {
      // Most guests draw nothing, and reading the seed's digits costs as much as the rest of a small run's host.
      this.input ??= readSeed(this.seed);
      const view = new DataView(this.input.buffer);
      view.setUint32(32, Math.floor(this.counter / 2 ** 32));
      view.setUint32(36, this.counter % 2 ** 32);
      this.block = new Uint8Array(this.sha256(this.input));
      this.counter++;
      this.used = 0;
    }
    return this.block[this.used++]!;
  }

  /** The next bytes of the stream: in whole blocks, since a guest pays an eighth of a unit for each. */
  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    for (let at = 0; at < count; ) {
      bytes[at++] = this.byte();
      const some = this.block.subarray(this.used, this.used + count - at);
      bytes.set(some, at);
      at += some.length;
      this.used += some.length;
    }
    return bytes;
  }

  /** The next integer of 53 bits: 7 bytes, big-endian, without the first three bits. */
  int53(): number {
    let value = this.byte() & 0x1f;
    for (let index = 0; index < 6; index++) value = value * 256 + this.byte();
    return value;
  }
}

function readSeed(seed: Digest): Uint8Array {
  const input = new Uint8Array(40);
  for (let index = 0; index < 32; index++) input[index] = Number.parseInt(seed.slice(2 * index, 2 * index + 2), 16);
  return input;
}
