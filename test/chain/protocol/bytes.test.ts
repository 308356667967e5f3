// Each spelling of bytes has one accepted form; the platform's own codecs are the reference for the accepted ones.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  base64Decode,
  base64Encode,
  compareBytes,
  concat,
  equalBytes,
  hexDecode,
  hexEncode,
  utf8Decode,
  utf8Encode,
} from "../../../chain/protocol/index.ts";
import { codeOf } from "../../support/errors.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);
const anyBytes = fc.uint8Array({ maxLength: 300 });

describe("UTF-8", () => {
  test("agrees with the platform's encoder on any well-formed text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
        expect(Buffer.compare(utf8Encode(text), new TextEncoder().encode(text))).toBe(0);
        expect(utf8Decode(utf8Encode(text))).toBe(text);
      }),
    );
  });

  test("agrees with the platform's strict decoder on arbitrary bytes", () => {
    const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const byte = fc.oneof(
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom(0xc0, 0xc2, 0xe0, 0xed, 0xf0, 0xf4, 0x80, 0xbf),
    );
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 8 }), (values) => {
        const input = Uint8Array.from(values);
        let expected: string | null = null;
        try {
          expected = strict.decode(input);
        } catch {}
        if (expected === null) expect(codeOf(() => utf8Decode(input))).toBe("MALFORMED");
        else expect(utf8Decode(input)).toBe(expected);
      }),
      { numRuns: 20_000 },
    );
  });

  test.each([
    ["an overlong slash", bytes(0xc0, 0xaf)],
    ["an overlong three-byte form", bytes(0xe0, 0x80, 0xaf)],
    ["an overlong four-byte form", bytes(0xf0, 0x80, 0x80, 0xaf)],
    ["an encoded surrogate", bytes(0xed, 0xa0, 0x80)],
    ["a point above U+10FFFF", bytes(0xf4, 0x90, 0x80, 0x80)],
    ["a cut-off character", bytes(0x61, 0xe2, 0x82)],
    ["a lone continuation byte", bytes(0x80)],
    ["a byte that begins nothing", bytes(0xff)],
  ])("refuses %s", (_, input) => {
    expect(codeOf(() => utf8Decode(input))).toBe("MALFORMED");
  });

  test("keeps a byte order mark as a character", () => {
    expect(utf8Decode(bytes(0xef, 0xbb, 0xbf, 0x61))).toBe("\ufeffa");
  });

  test.each(["\ud800", "a\udc00", "\udc00\ud800", "é\ud83d!"])("refuses half a surrogate pair in %j", (text) => {
    expect(codeOf(() => utf8Encode(text))).toBe("MALFORMED");
  });

  test("handles texts longer than one chunk", () => {
    for (const text of ["x".repeat(100_000), "é😀".repeat(30_000)]) expect(utf8Decode(utf8Encode(text))).toBe(text);
  });
});

describe("hexadecimal and base64", () => {
  test("agree with the platform's encoders and come back", () => {
    fc.assert(
      fc.property(anyBytes, (input) => {
        expect(hexEncode(input)).toBe(Buffer.from(input).toString("hex"));
        expect(base64Encode(input)).toBe(Buffer.from(input).toString("base64"));
        expect(hexDecode(hexEncode(input))).toEqual(input);
        expect(base64Decode(base64Encode(input))).toEqual(input);
      }),
    );
  });

  test.each(["a", "AA", "0g", "0x00", " 00 ", "é0", "0€"])("hexDecode refuses %j", (text) => {
    expect(codeOf(() => hexDecode(text))).toBe("MALFORMED");
  });

  test.each([
    ["no padding", "QQ"],
    ["half the padding", "QQ="],
    ["stray bits before two pads", "QR=="],
    ["stray bits before one pad", "QUJ="],
    ["high stray bits before two pads", "Qf=="],
    ["the URL alphabet", "-_-_"],
    ["a space", "QUJD "],
    ["a line break", "QUJD\nQUJ"],
    ["padding in the middle", "QQ==QUJD"],
    ["only padding", "===="],
    ["three pads", "Q==="],
    ["a character beyond ASCII", "QUJé"],
  ])("base64Decode refuses %s", (_, text) => {
    expect(codeOf(() => base64Decode(text))).toBe("MALFORMED");
  });

  test("every accepted base64 text is the encoding of what it gave", () => {
    const unit = fc.constantFrom(..."ABQRfgwxyz0189+/=");
    fc.assert(
      fc.property(fc.string({ unit, minLength: 4, maxLength: 8 }), (text) => {
        let decoded: Uint8Array | null = null;
        try {
          decoded = base64Decode(text);
        } catch {}
        const platform = Buffer.from(text, "base64");
        expect(decoded !== null).toBe(platform.toString("base64") === text);
        if (decoded !== null) expect(base64Encode(decoded)).toBe(text);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe("comparing and joining", () => {
  test("order is that of unsigned bytes, prefix first", () => {
    fc.assert(
      fc.property(anyBytes, anyBytes, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b));
        expect(equalBytes(a, b)).toBe(Buffer.compare(a, b) === 0);
        expect(equalBytes(a, a.slice())).toBe(true);
        expect(concat(a, b, a)).toEqual(new Uint8Array(Buffer.concat([a, b, a])));
      }),
    );
  });
});
