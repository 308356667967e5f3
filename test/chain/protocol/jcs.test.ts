// Canonical JSON: RFC 8785's own rules as vectors, and every other spelling refused by name.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  canonicalize,
  DOCUMENT_LIMITS,
  digestOf,
  type Json,
  parseCanonical,
  portableCrypto,
  utf8Decode,
  utf8Encode,
} from "../../../chain/protocol/index.ts";
import { codeOf, refusalOf } from "../../support/errors.ts";
import { basicPlan, makeReceipt } from "../../support/receipts.ts";
import { random } from "../../support/state-tree.ts";

const text = (value: Json) => utf8Decode(canonicalize(value));
const parse = (source: string, maxBytes = 10_000) => parseCanonical(utf8Encode(source), maxBytes);
const numberOf = (bits: string) => {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${bits}`));
  return view.getFloat64(0);
};

describe("canonicalize", () => {
  test("the example of RFC 8785 section 3.2.2", () => {
    const value = {
      numbers: [Number("333333333.33333329"), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"/",
      literals: [null, true, false],
    };
    expect(text(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  test("members are ordered by UTF-16 code units (section 3.2.3)", () => {
    const value = {
      "\u20ac": "Euro Sign",
      "\r": "Carriage Return",
      "\ufb33": "Hebrew Letter Dalet With Dagesh",
      "1": "One",
      "\ud83d\ude00": "Emoji: Grinning Face",
      "\u0080": "Control",
      "\u00f6": "Latin Small Letter O With Diaeresis",
    };
    const order = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\ud83d\ude00", "\ufb33"];
    const at = order.map((name) => text(value).indexOf(`${JSON.stringify(name)}:`));
    expect(at).toEqual([...at].sort((a, b) => a - b));
    expect(at[0]).toBe(1);
  });

  test.each([
    ["0000000000000000", "0"],
    ["8000000000000000", "0"],
    ["0000000000000001", "5e-324"],
    ["8000000000000001", "-5e-324"],
    ["7fefffffffffffff", "1.7976931348623157e+308"],
    ["4340000000000000", "9007199254740992"],
    ["c340000000000000", "-9007199254740992"],
    ["4430000000000000", "295147905179352830000"],
    ["44b52d02c7e14af5", "9.999999999999997e+22"],
    ["44b52d02c7e14af6", "1e+23"],
    ["44b52d02c7e14af7", "1.0000000000000001e+23"],
    ["444b1ae4d6e2ef4e", "999999999999999700000"],
    ["444b1ae4d6e2ef50", "1e+21"],
    ["3eb0c6f7a0b5ed8c", "9.999999999999997e-7"],
    ["3eb0c6f7a0b5ed8d", "0.000001"],
    ["41b3de4355555553", "333333333.3333332"],
    ["becbf647612f3696", "-0.0000033333333333333333"],
    ["43143ff3c1cb0959", "1424953923781206.2"],
  ])("the number with bits %s is %s (appendix B)", (bits, expected) => {
    expect(text(numberOf(bits))).toBe(expected);
  });

  test("numeric-looking members are ordered as texts, not as numbers", () => {
    expect(text({ "9": 1, "10": 2, "1": 3, a: 4 })).toBe('{"1":3,"10":2,"9":1,"a":4}');
    expect(text({ a: { "2": [], "10": {} }, b: [] })).toBe('{"a":{"10":{},"2":[]},"b":[]}');
  });

  test("a member called __proto__ or toJSON is a member like any other", () => {
    const value = JSON.parse('{"toJSON":1,"__proto__":{"b":1,"a":2}}') as Json;
    expect(text(value)).toBe('{"__proto__":{"a":2,"b":1},"toJSON":1}');
  });

  test("an object without a prototype is an object", () => {
    expect(text(Object.assign(Object.create(null) as object, { b: 1, a: 2 }) as Json)).toBe('{"a":2,"b":1}');
  });

  class Money {
    cents = 1;
  }
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  test.each<[string, unknown]>([
    ["not a number", Number.NaN],
    ["infinity", { a: [Number.NEGATIVE_INFINITY] }],
    ["undefined", undefined],
    ["an undefined member", { a: undefined }],
    ["a hole in an array", new Array(2)],
    ["a bigint", { a: 1n }],
    ["a function", { toJSON: () => 1 }],
    ["a symbol", Symbol("a")],
    ["a date", { at: new Date(0) }],
    ["bytes", new Uint8Array(2)],
    ["a map", new Map()],
    ["a class instance", new Money()],
    ["half a surrogate pair in a text", ["\ud800"]],
    ["half a surrogate pair in a member's name", { "\udc00": 1 }],
    ["a cycle", cycle],
  ])("refuses %s", (_, value) => {
    expect(codeOf(() => canonicalize(value as Json))).toBe("MALFORMED");
  });
});

const name = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 8 }),
  fc.constantFrom("__proto__", "toJSON", "constructor", "1", "10", "9", "-1", "01", "\u2028", "\u007f", "\ufb33", "😀"),
);
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { depthSize: "small", maxDepth: 6 },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.maxSafeInteger(),
    name,
    fc.array(tie("json"), { maxLength: 4 }),
    fc.array(fc.tuple(name, tie("json")), { maxLength: 5 }).map((entries) => Object.fromEntries(entries) as Json),
  ),
}));

/** The definition, straight from the RFC and slowly. */
function reference(value: Json): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(reference).join(",")}]`;
  const entries = Object.entries(value as Record<string, Json>);
  entries.sort(([a], [b]) => {
    for (let at = 0; at < Math.min(a.length, b.length); at++) {
      if (a.charCodeAt(at) !== b.charCodeAt(at)) return a.charCodeAt(at) - b.charCodeAt(at);
    }
    return a.length - b.length;
  });
  return `{${entries.map(([member, inner]) => `${JSON.stringify(member)}:${reference(inner)}`).join(",")}}`;
}

describe("parseCanonical", () => {
  test("reads back what canonicalize writes, whatever the order of members was", () => {
    fc.assert(
      fc.property(json, (value) => {
        const bytes = canonicalize(value);
        expect(utf8Decode(bytes)).toBe(reference(value));
        expect(Buffer.compare(canonicalize(parseCanonical(bytes, 1e6)), bytes)).toBe(0);
      }),
      { numRuns: 1_000 },
    );
  });

  test("whatever it accepts is its own canonical form", () => {
    const unit = fc.constantFrom(
      ...'{}[],:"\\ 0123456789eE.+-truefalsn\n'.split(""),
      '"a":',
      "null",
      "1",
      "[1,2]",
      "é",
    );
    let accepted = 0;
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 6 }), (source) => {
        let value: Json;
        try {
          value = parse(source);
        } catch (error) {
          expect((error as { code?: string }).code).toBe("MALFORMED");
          return;
        }
        accepted++;
        expect(reference(value)).toBe(source);
      }),
      { numRuns: 20_000 },
    );
    expect(accepted).toBeGreaterThan(500);
  });

  /** The definition: JSON that is written in the same bytes again. Undefined for what it refuses. */
  function byDefinition(bytes: Uint8Array): Json | undefined {
    try {
      const value = JSON.parse(utf8Decode(bytes)) as Json;
      return Buffer.compare(canonicalize(value), bytes) === 0 ? value : undefined;
    } catch {
      return undefined;
    }
  }

  function read(bytes: Uint8Array): Json | undefined {
    try {
      return parseCanonical(bytes, 1e6);
    } catch (error) {
      expect((error as { code?: string }).code).toBe("MALFORMED");
      return undefined;
    }
  }

  test("takes what its definition takes and nothing else: real documents with a byte changed, added or left out", () => {
    const seed = Number(process.env["LOCKSTEP_SEED"] ?? 20261124);
    console.log(`seed ${seed}`);
    const next = random(seed);
    const telling = utf8Encode('"\\n,:[]{}=+-/019.eEAZaz_ \u2014\u{1f512}\u0000\u007f\n');
    const odd = canonicalize({
      "\u00e9": ["\ud83d\ude00\u2028", 1e21, -0.5, null],
      "a\n\\": { __proto: true },
      z: [[], {}],
    });
    const counts = { taken: 0, refused: 0 };
    for (const bytes of [makeReceipt(basicPlan()).bytes, odd]) {
      expect(read(bytes)).toEqual(byDefinition(bytes));
      for (let count = 0; count < 4_000; count++) {
        const at = next(bytes.length);
        const byte = count % 2 === 0 ? next(256) : telling[next(telling.length)]!;
        const [added, left] = [count % 3 === 1 ? [] : [byte], count % 3 === 2 ? 0 : 1];
        const changed = Uint8Array.of(...bytes.subarray(0, at), ...added, ...bytes.subarray(at + left));
        const value = read(changed);
        expect(value).toEqual(byDefinition(changed));
        counts[value === undefined ? "refused" : "taken"] += 1;
      }
    }
    expect(Math.min(counts.taken, counts.refused)).toBeGreaterThan(500);
  });

  test.each([
    ["nothing", ""],
    ["white space inside", '{"a": 1}'],
    ["white space after", '{"a":1}\n'],
    ["a byte order mark", '\ufeff{"a":1}'],
    ["a doubled member", '{"a":1,"a":2}'],
    ["a doubled equal member", '{"a":1,"a":1}'],
    ["members out of order", '{"b":1,"a":2}'],
    ["members in numeric instead of text order", '{"9":1,"10":2}'],
    ["an escape that isn't needed", '"\\u0061"'],
    ["an escaped slash", '"\\/"'],
    ["a capital in an escape", '"\\u000F"'],
    ["a long escape where a short one exists", '"\\u000a"'],
    ["an escaped lone surrogate", '"\\ud800"'],
    ["an escaped surrogate pair", '"\\ud83d\\ude00"'],
    ["a raw control character", '"\u0001"'],
    ["minus zero", "-0"],
    ["a fraction of zero", "1.0"],
    ["an exponent", "1e2"],
    ["a capital exponent", "1E+30"],
    ["a plus sign", "+1"],
    ["a leading zero", "01"],
    ["a number beyond doubles", "1e400"],
    ["an integer that doubles round", "9007199254740993"],
    ["a trailing comma", "[1,]"],
    ["a second value", "1 1"],
    ["single quotes", "{'a':1}"],
    ["a comment", "1//"],
    ["NaN", "NaN"],
    ["an unclosed object", '{"a":1'],
    ["a closing bracket too many", "[]]"],
    ["an unclosed text", '"a'],
    ["a text ending in a backslash", '"a\\'],
  ])("refuses %s", (_, source) => {
    expect(codeOf(() => parse(source))).toBe("MALFORMED");
  });

  test("refuses bytes that are not UTF-8", () => {
    expect(codeOf(() => parseCanonical(Uint8Array.of(0x22, 0xff, 0x22), 10))).toBe("MALFORMED");
    expect(codeOf(() => parseCanonical(Uint8Array.of(0x22, 0xc0, 0xaf, 0x22), 10))).toBe("MALFORMED");
  });

  test("bounds the size before looking at anything", () => {
    expect(parse("[1,2]", 5)).toEqual([1, 2]);
    expect(codeOf(() => parse("[1,2]", 4))).toBe("TOO_LARGE");
  });

  test("bounds the depth, counting brackets outside texts only", () => {
    const nest = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
    const deepest = DOCUMENT_LIMITS.depth;
    expect(() => parse(nest(deepest))).not.toThrow();
    expect(codeOf(() => parse(nest(deepest + 1)))).toBe("MALFORMED");
    expect(codeOf(() => canonicalize(JSON.parse(nest(deepest + 1)) as Json))).toBe("MALFORMED");
    expect(parse(JSON.stringify('\\"[[[[[[[[[[[[[[[[[[[['))).toBe('\\"[[[[[[[[[[[[[[[[[[[[');
    // Far deeper than any engine's stack.
    const refusal = refusalOf(() => parse(nest(2_000_000), 5_000_000));
    expect(refusal?.message).toContain(`deeper than ${deepest} levels at byte ${deepest}`);
  });

  test("a member called __proto__ reaches no prototype", () => {
    const value = parse('{"__proto__":{"polluted":true}}') as Record<string, Json>;
    expect(Object.keys(value)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test("says what is wrong, where, and never in the engine's words", () => {
    expect(refusalOf(() => parseCanonical(utf8Encode('{"a": 1}'), 99, "order"))?.message).toBe(
      "order is not canonical JSON (RFC 8785) at byte 5",
    );
    expect(refusalOf(() => parseCanonical(utf8Encode("{"), 99, "order"))?.message).toBe(
      "order is not canonical JSON (RFC 8785) at byte 1",
    );
  });
});

test("digestOf is the SHA-256 of the canonical bytes", () => {
  // printf '{"a":1,"b":2}' | sha256sum
  expect(digestOf(portableCrypto, { b: 2, a: 1 })).toBe(
    "43258cff783fe7036d8a43033f830adfc60ec037382473548ac742b888292777",
  );
});
