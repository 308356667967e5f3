// Whether bytes are UTF-8, as the specification demands of names, and the text of those that are wanted: the name of a
// custom section may be as long as the module, and nobody wants it. Our own, because this runs in worker processes that
// hold no other room's code.

/** Whether the bytes from `start` up to `end` are well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates). */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    const first = bytes[at++]!;
    if (first < 0x80) continue;
    if (first < 0xc2 || first > 0xf4) return false;
    const more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    if (at + more > end) return false;
    // The second byte's range excludes overlong forms, surrogates and what lies above U+10FFFF.
    const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    if (bytes[at]! < low || bytes[at]! > high) return false;
    for (let index = 1; index < more; index++) if ((bytes[at + index]! & 0xc0) !== 0x80) return false;
    at += more;
  }
  return true;
}

/** The text of well-formed UTF-8. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; ) {
    const first = bytes[at++]!;
    const more = first < 0xc0 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    let point = more === 0 ? first : first & (0x3f >> more);
    for (const stop = at + more; at < stop; at++) point = (point << 6) | (bytes[at]! & 0x3f);
    text += String.fromCodePoint(point);
  }
  return text;
}
