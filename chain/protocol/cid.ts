// Content ids: how people and other tools spell a SHA-256 digest of raw bytes. One form only (CIDv1, raw,
// sha2-256, base32 lowercase, `bafkrei…`), so that a blob has one name.
import { hexDecode, hexEncode } from "./bytes.ts";
import { LockstepError } from "./errors.ts";
import type { Digest } from "./units.ts";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
/** Version 1, codec raw (0x55), hash sha2-256 (0x12) of 32 bytes. */
const PREFIX = "01551220";
/** "b" for base32, then 36 bytes × 8 bits / 5 bits per digit, rounded up to 58 digits. */
const LENGTH = 59;

function base32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += ALPHABET[(held >> (bits - 5)) & 31]!;
  }
  return bits > 0 ? text + ALPHABET[(held << (5 - bits)) & 31]! : text;
}

function unbase32(text: string): Uint8Array | null {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  let bits = 0;
  let held = 0;
  let size = 0;
  for (const character of text) {
    const value = ALPHABET.indexOf(character);
    if (value < 0) return null;
    held = ((held << 5) | value) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[size++] = (held >> bits) & 255;
    }
  }
  return bytes;
}

/** The content id of the bytes with this digest. */
export function cidOf(digest: Digest): string {
  return `b${base32(hexDecode(PREFIX + digest))}`;
}

/** The digest that a content id names; MALFORMED for any other kind, base or spelling of a CID. */
export function digestOfCid(text: string): Digest {
  const bytes = text.length === LENGTH && text.startsWith("bafkrei") ? unbase32(text.slice(1)) : null;
  const hex = bytes === null ? "" : hexEncode(bytes);
  const found = hex.slice(PREFIX.length) as Digest;
  // Encoding again refuses stray bits in the last digit.
  if (!hex.startsWith(PREFIX) || cidOf(found) !== text) {
    throw new LockstepError(
      "MALFORMED",
      `"${text.slice(0, 80)}" is not a content id of raw bytes (CIDv1, base32, SHA-256, beginning with bafkrei)`,
    );
  }
  return found;
}
