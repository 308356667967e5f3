// Order of texts by their UTF-8 bytes, without encoding them. JavaScript's own `<` compares UTF-16 code units, which
// puts characters above U+FFFF before U+E000: SQLite and memory would then scan in different orders.

/** A code unit's rank in UTF-8 order: surrogates stand for the highest characters, so they come last. */
function rank(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit;
}

/** Compares two texts by their UTF-8 bytes: negative, zero or positive. Both must be well-formed. */
export function compareText(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at++) {
    const difference = rank(a.charCodeAt(at)) - rank(b.charCodeAt(at));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
