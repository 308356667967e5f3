// Builds WebAssembly binaries byte by byte, for modules that no tool would write.

/** Unsigned LEB128. */
export function leb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}

/** A name with its length. */
export const name = (text: string): number[] => {
  const bytes = new TextEncoder().encode(text);
  return [...leb(bytes.length), ...bytes];
};

/** A section. */
export const section = (id: number, ...parts: number[][]): number[] => {
  const content = parts.flat();
  return [id, ...leb(content.length), ...content];
};

/** A module of sections. */
export const binary = (...sections: number[][]): Uint8Array =>
  new Uint8Array([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, ...sections.flat()]);

const body = (code: number[], locals: number[] = [0]): number[] => {
  const content = [...locals, ...code, 0x0b];
  return [...leb(content.length), ...content];
};

/** A module with one function () -> () of this code, a memory of a page, a table, and a global i32. */
export function withCode(code: number[], locals: number[] = [0]): Uint8Array {
  return binary(
    section(1, [1, 0x60, 0, 0]),
    section(3, [1, 0]),
    section(4, [1, 0x70, 0, 1]),
    section(5, [1, 0, 1]),
    section(6, [1, 0x7f, 1, 0x41, 0, 0x0b]),
    section(7, [1], name("f"), [0, 0]),
    section(10, [1], body(code, locals)),
  );
}
