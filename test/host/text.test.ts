// What stands in for TextEncoder and TextDecoder where an engine's shell has none says what Node's own say.
import { describe, expect, test } from "vitest";
import { Decoder, Encoder } from "../../host/engines/text.ts";

/** Every single byte and pair, and longer bytes made of the edges of what UTF-8 may have at each place. */
function* samples(): Generator<Uint8Array> {
  for (let first = 0; first < 256; first++)
    for (let second = 0; second < 256; second++) yield new Uint8Array([first, second]);
  const edges = [0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5];
  for (const a of edges)
    for (const b of edges) for (const c of edges) for (const d of edges) yield new Uint8Array([a, b, c, d]);
}

describe("the decoder", () => {
  test.each([{}, { ignoreBOM: true }, { fatal: true }])(
    "with %o says of all kinds of bytes what Node's says",
    (options) => {
      const [own, real] = [new Decoder("utf-8", options), new TextDecoder("utf-8", options)];
      const said = (decoder: { decode(bytes: Uint8Array): string }, bytes: Uint8Array) => {
        try {
          return decoder.decode(bytes);
        } catch (error) {
          return (error as Error).name;
        }
      };
      const wrong = [...samples()].filter((bytes) => said(own, bytes) !== said(real, bytes));
      expect(wrong).toEqual([]);
    },
  );

  test("knows the byte order mark, and UTF-16", () => {
    const marked = new TextEncoder().encode("\ufeffa");
    expect([new Decoder().decode(marked), new Decoder("utf-8", { ignoreBOM: true }).decode(marked)]).toEqual([
      "a",
      "\ufeffa",
    ]);
    expect(new Decoder("utf-16le").decode(new Uint8Array([0x61, 0, 0, 0xd8]))).toBe("a\ufffd");
  });
});

test("the encoder writes what Node's writes", () => {
  for (const text of ["", "a", "zażółć 😀", "\ud800x", "x\udc00\ud83d", "\uffff\u{10ffff}\u0800\u0080"]) {
    expect(new Encoder().encode(text)).toEqual(new TextEncoder().encode(text));
  }
});
