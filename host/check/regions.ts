// Bytes as an examination compares them: in pieces that have digests, so that little crosses, and the place of a difference
// is found all the same. Runs in engines, too, so it brings no cryptography of its own.
import type { Region } from "./answer.ts";

/** Hexadecimal digits that stand for a piece. */
const DIGITS = 32;

const TABLE = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Bytes as hexadecimal digits. */
export function toHex(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at++) parts.push(TABLE[bytes[at]!]!);
  return parts.join("");
}

/** Bytes of hexadecimal digits. */
export function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at++) bytes[at] = (digit(text, 2 * at) << 4) | digit(text, 2 * at + 1);
  return bytes;
}

function digit(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit < 0x3a ? unit - 0x30 : unit - 0x57;
}

/** Whether there is anything but zeros; memories are mostly those, so it looks at four bytes at a time where it can. */
function isEmpty(bytes: Uint8Array): boolean {
  const { buffer, byteOffset, length } = bytes;
  const units = byteOffset % 4 === 0 && length % 4 === 0 ? new Int32Array(buffer, byteOffset, length / 4) : bytes;
  for (let at = 0; at < units.length; at++) if (units[at] !== 0) return false;
  return true;
}

/** A region of these bytes, in pieces of so many. */
export function regionOf(
  name: string,
  bytes: Uint8Array,
  pieceBytes: number,
  sha256: (bytes: Uint8Array) => Uint8Array,
): Region {
  const pieces: [number, string][] = [];
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    const piece = bytes.subarray(start, start + pieceBytes);
    if (!isEmpty(piece)) pieces.push([start / pieceBytes, toHex(sha256(piece)).slice(0, DIGITS)]);
  }
  return { name, size: bytes.length, pieces };
}
