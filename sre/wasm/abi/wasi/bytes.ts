// Puts numbers and structures into the bytes that WASI gives, little-endian.
import type { Node } from "../../world/index.ts";
import { FILETYPE } from "./numbers.ts";

/** Writes fields one after the other, in as many bytes as they have. */
export class Writer {
  readonly bytes: Uint8Array;
  private readonly view: DataView;
  private at = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
  }

  u8(value: number): this {
    this.view.setUint8(this.at, value);
    this.at += 1;
    return this;
  }

  u16(value: number): this {
    this.view.setUint16(this.at, value, true);
    this.at += 2;
    return this;
  }

  u32(value: number): this {
    this.view.setUint32(this.at, value, true);
    this.at += 4;
    return this;
  }

  u64(value: bigint): this {
    this.view.setBigUint64(this.at, value, true);
    this.at += 8;
    return this;
  }

  /** Leaves bytes as zeros. */
  gap(size: number): this {
    this.at += size;
    return this;
  }
}

/** A u32. */
export const u32 = (value: number): Uint8Array => new Writer(4).u32(value).bytes;

/** A u64. */
export const u64 = (value: bigint): Uint8Array => new Writer(8).u64(value).bytes;

/** `filetype` of a node. */
export const filetypeOf = ({ kind }: Node): number => FILETYPE[kind];
