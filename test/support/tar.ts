// Archives with what ours never write: links, as other people's tools make them.

const BLOCK = 512;
const SYMBOLIC = "2".charCodeAt(0);

/** An archive with a symbolic link before its other entries. */
export function withLink(archive: Uint8Array, path: string, target: string): Uint8Array {
  const header = new Uint8Array(BLOCK);
  const put = (at: number, text: string) => header.set(new TextEncoder().encode(text), at);
  put(0, path);
  for (const [at, digits] of [
    [100, 7],
    [108, 7],
    [116, 7],
    [124, 11],
    [136, 11],
  ] as const)
    put(at, "0".repeat(digits));
  header[156] = SYMBOLIC;
  put(157, target);
  put(257, "ustar\0" + "00");
  put(148, " ".repeat(8));
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  const whole = new Uint8Array(BLOCK + archive.length);
  whole.set(header);
  whole.set(archive, BLOCK);
  return whole;
}
