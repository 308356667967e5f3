// TextEncoder and TextDecoder for shells that lack them (JavaScriptCore's), with what the guest ABIs use of them, as the
// Encoding Standard says. Browsers and Node keep their own.

const REPLACED = 0xfffd;

class Encoder {
  encode(text: string): Uint8Array {
    const bytes = new Uint8Array(text.length * 3);
    return bytes.slice(0, this.encodeInto(text, bytes).written);
  }

  /** Into a place that is large enough. */
  encodeInto(text: string, into: Uint8Array): { readonly read: number; readonly written: number } {
    let at = 0;
    for (const character of text) {
      const point = character.codePointAt(0)!;
      at = put(into, at, point >= 0xd800 && point <= 0xdfff ? REPLACED : point);
    }
    return { read: text.length, written: at };
  }
}

function put(into: Uint8Array, start: number, point: number): number {
  let at = start;
  if (point < 0x80) {
    into[at++] = point;
    return at;
  }
  const more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  into[at++] = ((0xf00 >> (more + 1)) & 0xff) | (point >> (6 * more));
  for (let rest = more - 1; rest >= 0; rest--) into[at++] = 0x80 | ((point >> (6 * rest)) & 0x3f);
  return at;
}

interface Options {
  readonly fatal?: boolean;
  readonly ignoreBOM?: boolean;
}

class Decoder {
  private readonly wide: boolean;
  private readonly fatal: boolean;
  private readonly keep: boolean;

  constructor(label = "utf-8", { fatal = false, ignoreBOM = false }: Options = {}) {
    this.wide = label === "utf-16le";
    this.fatal = fatal;
    this.keep = ignoreBOM;
  }

  /** AssemblyScript's loader gives long strings as an array of 16-bit units. */
  decode(bytes: Uint8Array | Uint16Array = new Uint8Array()): string {
    const text = this.wide || bytes instanceof Uint16Array ? utf16(bytes) : this.utf8(bytes);
    return !this.keep && text.startsWith("\ufeff") ? text.slice(1) : text;
  }

  private utf8(bytes: Uint8Array): string {
    let text = "";
    for (let at = 0; at < bytes.length; ) {
      const [point, length] = characterAt(bytes, at);
      if (point < 0 && this.fatal) throw new TypeError("the bytes are not UTF-8");
      text += String.fromCodePoint(point < 0 ? REPLACED : point);
      at += length;
    }
    return text;
  }
}

/** The character at a place, and how many bytes it takes; -1 for what is none, up to where another may begin. */
function characterAt(bytes: Uint8Array, at: number): readonly [point: number, length: number] {
  const first = bytes[at]!;
  if (first < 0x80) return [first, 1];
  const more = first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
  if (more === 0) return [-1, 1];
  // Overlong forms, halves of surrogate pairs and what is past the last character show in the second byte.
  let low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  let high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  let point = first & (0x3f >> more);
  for (let index = 1; index <= more; index++) {
    const byte = bytes[at + index] ?? 0;
    if (byte < low || byte > high) return [-1, index];
    point = (point << 6) | (byte & 0x3f);
    [low, high] = [0x80, 0xbf];
  }
  return [point, more + 1];
}

function utf16(bytes: Uint8Array | Uint16Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = "";
  for (let at = 0; at + 1 < bytes.byteLength; at += 2) text += String.fromCharCode(view.getUint16(at, true));
  return text.toWellFormed();
}

const host = globalThis as { TextEncoder?: unknown; TextDecoder?: unknown };
host.TextEncoder ??= Encoder;
host.TextDecoder ??= Decoder;

export { Decoder, Encoder };
