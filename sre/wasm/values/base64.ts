// Standard base64 with padding (RFC 4648 section 4), one spelling alone. Of our own: workers load nothing of the rooms
// that have another, so that they start fast.

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const NONE = 255;
const VALUES = new Uint8Array(128).fill(NONE);
for (let value = 0; value < DIGITS.length; value++) VALUES[DIGITS.charCodeAt(value)] = value;
/** Groups of three bytes that are spelled at once: a call takes so many characters. */
const GROUPS = 2_048;

/** The text of bytes. */
export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let from = 0; from < bytes.length; from += 3 * GROUPS) {
    const codes: number[] = [];
    const to = Math.min(bytes.length, from + 3 * GROUPS);
    for (let at = from; at < to; at += 3) {
      const group = (bytes[at]! << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
      for (let shift = 18; shift >= 0; shift -= 6) codes.push(DIGITS.charCodeAt((group >> shift) & 63));
    }
    text += String.fromCharCode(...codes);
  }
  const pads = (3 - (bytes.length % 3)) % 3;
  return pads === 0 ? text : text.slice(0, -pads) + "=".repeat(pads);
}

/** The bytes of a text; null unless it is exactly how `toBase64` spells them. */
export function fromBase64(text: string): Uint8Array | null {
  if (text.length % 4 !== 0) return null;
  const pads = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - pads);
  for (let at = 0, out = 0; at < text.length; at += 4) {
    let group = 0;
    const padded = at + 4 === text.length ? pads : 0;
    for (let digit = at; digit < at + 4; digit++) {
      const value = digit < at + 4 - padded ? (VALUES[text.charCodeAt(digit)] ?? NONE) : 0;
      if (value === NONE) return null;
      group = (group << 6) | value;
    }
    // Bits that stand for nothing must be zero.
    if ((group & ((1 << (8 * padded)) - 1)) !== 0) return null;
    for (let byte = 0; byte < 3 - padded; byte++) bytes[out++] = (group >> (16 - 8 * byte)) & 255;
  }
  return bytes;
}
