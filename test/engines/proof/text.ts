// TextEncoder and TextDecoder for shells that lack them (JavaScriptCore's), with just what the guest ABIs use. Browsers
// and Node keep their own. It fills in for a test; no product code needs it, since every browser has both.
import { utf8Decode, utf8Encode } from "../../../chain/protocol/bytes.ts";

class Encoder {
  encode(text: string): Uint8Array {
    return utf8Encode(text.toWellFormed());
  }

  /** Into a place that is large enough. */
  encodeInto(text: string, into: Uint8Array): { readonly read: number; readonly written: number } {
    const bytes = this.encode(text);
    into.set(bytes);
    return { read: text.length, written: bytes.length };
  }
}

class Decoder {
  private readonly label: string;

  constructor(label = "utf-8") {
    this.label = label;
  }

  /** AssemblyScript's loader gives long strings as an array of 16-bit units. */
  decode(bytes: Uint8Array | Uint16Array): string {
    if (this.label === "utf-16le" || bytes instanceof Uint16Array) return utf16(bytes);
    // Refuses what is not UTF-8, where the real one replaces: no vector has such bytes.
    return utf8Decode(bytes);
  }
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
