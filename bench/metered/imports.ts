// Reads what a valid module imports and with which results: engines don't tell types, and the raw module must get the
// same answers as a metered one, whoever metered it.

/** A function that a module imports. */
export interface Wanted {
  readonly module: string;
  readonly name: string;
  /** The first result's type byte; 0 for none. */
  readonly result: number;
}

/** The type bytes whose values cross to JavaScript as 64-bit integers: always, or only when floats are bit-cast. */
export const RESULT = { i64: 0x7e, f64: 0x7c } as const;

/** The imported functions of a valid module, in order. */
export function importsOf(bytes: Uint8Array): readonly Wanted[] {
  let at = 8;
  const u32 = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  };
  const text = () => {
    const length = u32();
    at += length;
    return new TextDecoder().decode(bytes.subarray(at - length, at));
  };
  const limits = () => {
    const flags = u32();
    u32();
    if (flags & 1) u32();
  };
  const results: number[] = [];
  const found: Wanted[] = [];
  while (at < bytes.length) {
    const [id, size] = [bytes[at++]!, u32()];
    const end = at + size;
    if (id === 1)
      for (let left = u32(); left > 0; left--) {
        at += 1;
        const params = u32();
        at += params;
        const count = u32();
        results.push(count === 0 ? 0 : bytes[at]!);
        at += count;
      }
    if (id === 2)
      for (let left = u32(); left > 0; left--) {
        const [module, name, kind] = [text(), text(), bytes[at++]!];
        if (kind === 0) found.push({ module, name, result: results[u32()]! });
        else if (kind === 3) at += 2;
        else {
          if (kind === 1) at += 1;
          limits();
        }
      }
    at = end;
  }
  return found;
}
