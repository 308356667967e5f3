// Pictures of 8-bit red, green, blue and opacity as PNG files, written and read with nothing but zlib.
import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from("89504e470d0a1a0a", "hex");
/** Eight bits a channel; red, green, blue, opacity; the one compression, filter method and no interlacing. */
const FORMAT = [8, 6, 0, 0, 0] as const;
const PIXEL_BYTES = 4;

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const [size, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  size.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([size, body, check]);
}

/** A file of a picture's pixels, row by row, without filters. */
export function writePng(width: number, height: number, pixels: Uint8Array): Uint8Array {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  const row = width * PIXEL_BYTES;
  const rows = Array.from({ length: height }, (_, y) => Buffer.from([0, ...pixels.subarray(y * row, (y + 1) * row)]));
  return Buffer.concat([
    SIGNATURE,
    ...[chunk("IHDR", Buffer.from([...head, ...FORMAT])), chunk("IDAT", deflateSync(Buffer.concat(rows)))],
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** The pixels of such a file, whatever filters its rows have (PNG specification, section 9). */
export function readPng(file: Uint8Array): {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
} {
  const bytes = Buffer.from(file);
  if (!bytes.subarray(0, 8).equals(SIGNATURE)) throw new Error("no PNG file");
  const data: Buffer[] = [];
  for (let at = 8; at < bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    const whole = bytes.subarray(at + 4, at + 8 + bytes.readUInt32BE(at));
    if (crc32(whole) !== bytes.readUInt32BE(at + 4 + whole.length)) throw new Error("a chunk's checksum is wrong");
    if (whole.toString("latin1", 0, 4) === "IDAT") data.push(whole.subarray(4));
  }
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  if (!bytes.subarray(24, 29).equals(Buffer.from(FORMAT))) throw new Error("another kind of PNG file");
  const row = width * PIXEL_BYTES;
  const [lines, pixels] = [inflateSync(Buffer.concat(data)), new Uint8Array(row * height)];
  for (let y = 0; y < height; y++) {
    const filter = lines[y * (row + 1)]!;
    for (let x = 0; x < row; x++) {
      const at = y * row + x;
      const left = x < PIXEL_BYTES ? 0 : pixels[at - PIXEL_BYTES]!;
      const up = y === 0 ? 0 : pixels[at - row]!;
      const corner = y === 0 || x < PIXEL_BYTES ? 0 : pixels[at - row - PIXEL_BYTES]!;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter]!;
      pixels[at] = lines[y * (row + 1) + 1 + x]! + guess;
    }
  }
  return { width, height, pixels };
}

function paeth(left: number, up: number, corner: number): number {
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}
