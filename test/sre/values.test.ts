// Typed values as JSON (SPEC rules J1 to J6): each type both ways, every value back from its text, a hostile's texts.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalize, type Json, utf8Decode } from "../../chain/protocol/index.ts";
import {
  type Case,
  readArguments,
  readValue,
  VALUE_LIMITS,
  type Value,
  ValueError,
  type ValueType,
  writeValue,
} from "../../sre/wasm/values/index.ts";

const int = (bits: 8 | 16 | 32 | 64, signed = true): ValueType => ({ kind: "integer", bits, signed });
const float = (bits: 32 | 64): ValueType => ({ kind: "float", bits });
const list = (of: ValueType): ValueType => ({ kind: "list", of });
const option = (of: ValueType): ValueType => ({ kind: "option", of });
const tuple = (...of: ValueType[]): ValueType => ({ kind: "tuple", of });
const record = (fields: Readonly<Record<string, ValueType>>): ValueType => ({
  kind: "record",
  fields: Object.entries(fields).map(([name, type]) => ({ name, type })),
});
const BOOL: ValueType = { kind: "bool" };
const STRING: ValueType = { kind: "string" };
const CHAR: ValueType = { kind: "char" };
const BYTES: ValueType = { kind: "bytes" };
const VARIANT: ValueType = {
  kind: "variant",
  cases: [
    { name: "none-at-all", type: null },
    { name: "point", type: tuple(int(8), int(8)) },
  ],
};
const some = (value: Value): Case => ({ tag: 1, value });
const NONE: Case = { tag: 0, value: null };

/** Why a text is refused. */
function refusal(text: string, type: ValueType): string {
  try {
    readValue(text, type);
  } catch (error) {
    if (error instanceof ValueError) return error.message;
    throw error;
  }
  throw new Error(`${text.slice(0, 100)} was read`);
}

describe("each type has one JSON (J2, J3)", () => {
  test.each<[ValueType, Value, string]>([
    [BOOL, true, "true"],
    [BOOL, false, "false"],
    [int(8), -128, "-128"],
    [int(16, false), 65_535, "65535"],
    [int(32, false), 4_294_967_295, "4294967295"],
    [int(64), -9_223_372_036_854_775_808n, '"-9223372036854775808"'],
    [int(64, false), 18_446_744_073_709_551_615n, '"18446744073709551615"'],
    [float(64), 0.1, "0.1"],
    [float(64), -0, "-0"],
    [float(64), 1e21, "1e+21"],
    [float(64), 5e-324, "5e-324"],
    [float(64), Number.NaN, '"NaN"'],
    [float(64), Number.POSITIVE_INFINITY, '"Infinity"'],
    [float(64), Number.NEGATIVE_INFINITY, '"-Infinity"'],
    [float(32), Math.fround(0.1), "0.10000000149011612"],
    [STRING, 'a"\\\n\u0001€😀', '"a\\"\\\\\\n\\u0001€😀"'],
    [CHAR, "😀", '"😀"'],
    [BYTES, Uint8Array.of(251, 255, 254, 0), '"+//+AA=="'],
    [BYTES, new Uint8Array(0), '""'],
    [list(int(8)), [1, -2], "[1,-2]"],
    [tuple(), [], "[]"],
    [record({ b: BOOL, a: int(8), __proto: STRING }), [true, 1, "x"], '{"__proto":"x","a":1,"b":true}'],
    [record({}), [], "{}"],
    [option(BOOL), NONE, "null"],
    [option(BOOL), some(true), "true"],
    [option(option(BOOL)), NONE, "null"],
    [option(option(BOOL)), some(NONE), '{"some":null}'],
    [option(option(BOOL)), some(some(false)), '{"some":false}'],
    [{ kind: "result", ok: int(8), error: null }, { tag: 0, value: 7 }, '{"ok":7}'],
    [{ kind: "result", ok: int(8), error: null }, { tag: 1, value: null }, '{"error":null}'],
    [VARIANT, { tag: 0, value: null }, '"none-at-all"'],
    [VARIANT, { tag: 1, value: [1, 2] }, '{"point":[1,2]}'],
    [{ kind: "enum", names: ["red", "blue"] }, { tag: 1, value: null }, '"blue"'],
    [{ kind: "flags", names: ["r", "w", "x"] }, [true, false, true], '["r","x"]'],
  ])("%j", (type, value, text) => {
    expect(writeValue(value, type)).toBe(text);
    expect(readValue(text, type)).toEqual(value);
  });

  test("and what else is read", () => {
    expect(readValue("9007199254740991", int(64))).toBe(9_007_199_254_740_991n);
    expect(readValue("[0, 255]", BYTES)).toEqual(Uint8Array.of(0, 255));
    expect(readValue(' { "a" :\t1\r\n} ', record({ a: int(8) }))).toEqual([1]);
    expect(readValue('"\\u20ac\\/\\ud83d\\ude00"', STRING)).toBe("€/😀");
    expect(readValue("1E2", float(64))).toBe(100);
    expect(readValue(`${"1".padEnd(300, "0")}.00`, float(64))).toBe(1e299);
    expect(readValue('["x","r"]', { kind: "flags", names: ["r", "w", "x"] })).toEqual([true, false, true]);
  });

  test("halves of surrogate pairs are written as U+FFFD", () => {
    expect(writeValue("a\ud800", STRING)).toBe('"a\ufffd"');
  });

  test("a field named __proto__ is a field", () => {
    const type: ValueType = { kind: "record", fields: [{ name: "__proto__", type: int(8) }] };
    expect(writeValue(readValue('{"__proto__":3}', type), type)).toBe('{"__proto__":3}');
    expect(refusal('{"__proto__":{}}', record({ a: int(8) }))).toMatch(/^\$\.__proto__: there is no such field/);
  });

  test("arguments: an array, and nothing for an empty one (J1)", () => {
    expect(readArguments("", [])).toEqual([]);
    expect(readArguments('[2, "x"]', [int(8), STRING])).toEqual([2, "x"]);
    expect(() => readArguments("", [BOOL])).toThrow("$: expected an array of 1 value, found one of 0 (character 2)");
  });
});

describe("what is no value of the type is refused with its place", () => {
  const nested = record({ items: list(record({ x: int(8, false) })) });
  test.each<[string, ValueType, string | RegExp]>([
    [
      '{"items":[{"x":1},{"x":256}]}',
      nested,
      "$.items[1].x: expected an integer from 0 to 255, found the number 256 (character 24)",
    ],
    ['{"items":[{}]}', nested, '$.items[0]: the field "x" is missing (character 12)'],
    ['{"items":[],"items":[]}', nested, "$.items: the field is there twice (character 20)"],
    ['{"items":[],"more":1}', nested, /^\$\.more: there is no such field; expected an object of "items"/],
    ["1.0", int(32), /found the number 1\.0 /],
    ["1e3", int(32), /found the number 1e3 /],
    ["-0", int(32), /found the number -0 /],
    ["+1", int(32), /found the character "\+"/],
    ["01", int(32), /spelled in a way that JSON lacks/],
    ["9007199254740992", int(64), /2\^53 - 1, found the number 9007199254740992 /],
    ['"18446744073709551616"', int(64, false), /found the string "18446744073709551616"/],
    ['" 1"', int(64), /found the string " 1"/],
    ['"1"', int(32), /found a string/],
    ["1e999", float(64), /found 1e999, which is too large/],
    ["3.5e38", float(32), /which is too large/],
    ['"nan"', float(64), /found "nan"/],
    ["0.123456789012345678901", float(64), /more than 20 significant digits/],
    [`0.${"0".repeat(399)}1`, float(64), /found a number of 402 characters/],
    [".5", float(64), /found the character "\."/],
    ["5.", float(64), /spelled in a way/],
    ['"ab"', CHAR, /one character, found a string of 2 code units/],
    ['""', CHAR, /found a string of 0 code units/],
    ['"\\ud800"', STRING, /half of a surrogate pair/],
    ['"\ud800"', STRING, /half of a surrogate pair/],
    ['"\n"', STRING, /control character/],
    ['"\\x"', STRING, /escape that JSON lacks/],
    ['"\\u12"', STRING, /escape that JSON lacks/],
    ['"abc', STRING, /has no end/],
    ['"AB=="', BYTES, /no base64/],
    ['"AAA"', BYTES, /no base64/],
    ['"A€=="', BYTES, /no base64/],
    ["[256]", BYTES, /^\$\[0\]: expected an integer from 0 to 255/],
    ["tru", BOOL, /expected true or false, found true|found the character|expected true or false/],
    ["[1,]", list(int(8)), /found the character "\]"/],
    ["[1 2]", list(int(8)), /expected "," or "\]", found the number 2/],
    ["[1,2,3]", tuple(int(8), int(8)), /expected an array of 2 values, found one more/],
    ["{x:1}", record({ x: int(8) }), /a field's name in quotes/],
    ['{"ok":1,"error":1}', { kind: "result", ok: int(8), error: int(8) }, /found the field "error"/],
    ["{}", { kind: "result", ok: int(8), error: int(8) }, /found an empty object/],
    ['{"error":1}', { kind: "result", ok: int(8), error: null }, /^\$\.error: expected null, found the number 1/],
    ['"point"', VARIANT, /found a case without its value/],
    ['{"none-at-all":null}', VARIANT, /a case that has none/],
    ['"other"', VARIANT, /found "other"/],
    ['{"toString":1}', VARIANT, /found the field "toString"/],
    ['["r","r"]', { kind: "flags", names: ["r"] }, /the flag "r" is there twice/],
    ["true false", BOOL, /expected nothing more, found false/],
    ["\ufefftrue", BOOL, /expected true or false, found the character/],
    ["", BOOL, /found the end of the text/],
    ["// x\ntrue", BOOL, /found the character "\/"/],
  ])("%s (J4, J5)", (text, type, message) => {
    const said = refusal(text, type);
    if (typeof message === "string") expect(said).toBe(message);
    else expect(said).toMatch(message);
  });
});

describe("limits (J6)", () => {
  /** A list's node: a type that comes back to itself. */
  const node: { kind: "record"; fields: { name: string; type: ValueType }[] } = { kind: "record", fields: [] };
  node.fields.push({ name: "next", type: option(node) });
  const chain = (nodes: number) => `${'{"next":'.repeat(nodes)}null${"}".repeat(nodes)}`;

  test("depth: a type that comes back to itself is read and written so far and no further", () => {
    // A record and an option a node.
    const value = readValue(chain(32), node);
    expect(writeValue(value, node)).toBe(chain(32));
    expect(refusal(chain(33), node)).toMatch(/more than 64 levels within each other/);
    expect(refusal(chain(1_000_000), node)).toMatch(/more than 64 levels/);
    expect(() => writeValue([some(value)], node)).toThrow(/more than 64 levels/);
  });

  test("values: as many are read and written, one more is not", () => {
    const most = `[${"0,".repeat(VALUE_LIMITS.values - 2)}0]`;
    const read = readValue(most, list(int(8))) as number[];
    expect(read.length).toBe(VALUE_LIMITS.values - 1);
    expect(writeValue(read, list(int(8)))).toBe(most);
    expect(refusal(`[0,${most.slice(1)}`, list(int(8)))).toMatch(/more than 1048576 values/);
    expect(() => writeValue([...read, 0], list(int(8)))).toThrow(/more than 1048576 values/);
  });

  test("characters", () => {
    const long = " ".repeat(VALUE_LIMITS.chars);
    expect(refusal(`${long}1`, int(8))).toMatch(/67108865 characters; at most 67108864/);
    expect(writeValue("abc", STRING, 5)).toBe('"abc"');
    expect(() => writeValue("abc", STRING, 4)).toThrow(/more than 4 characters/);
    expect(() => writeValue(new Uint8Array(30_000_000), BYTES, 1_000)).toThrow(/more than 1000 characters/);
  });

  test("a long text of any token is read in time that grows with its length alone", () => {
    const long = 1_000_000;
    expect(refusal("9".repeat(long), float(64))).toMatch(/a number of 1000000 characters/);
    expect(refusal("9".repeat(long), int(32))).toMatch(/found the number 9{40}…/);
    expect(refusal(`"${"\\n".repeat(long)}`, STRING)).toMatch(/has no end/);
    expect(refusal(`"${"A".repeat(long)}€"`, BYTES)).toMatch(/no base64/);
    expect(refusal(`${" ".repeat(long)}x`, BOOL)).toMatch(/character 1000001/);
  });
});

/** A type, and values of it. */
interface Drawn {
  readonly type: ValueType;
  readonly value: fc.Arbitrary<Value>;
}

const bits = (size: number, signed: boolean) =>
  fc.bigInt({ min: signed ? -(2n ** BigInt(size - 1)) : 0n, max: 2n ** BigInt(size - (signed ? 1 : 0)) - 1n });
const name = fc.oneof(
  fc.string({ unit: "binary", maxLength: 6 }),
  fc.constantFrom("__proto__", "a", "b", "constructor"),
);
const names = fc
  .uniqueArray(name, { minLength: 1, maxLength: 4 })
  .filter((all) => all.every((one) => one.isWellFormed()));

const NOTHING = fc.constant<Value | null>(null);

const leaf: fc.Arbitrary<Drawn> = fc.oneof(
  fc.constant({ type: BOOL, value: fc.boolean() }),
  fc.constant({ type: STRING, value: fc.string({ unit: "binary" }).map((text) => text.toWellFormed()) }),
  fc.constant({
    type: CHAR,
    value: fc.string({ unit: "binary", minLength: 1, maxLength: 1 }).map((text) => text.toWellFormed()),
  }),
  fc.constant({ type: BYTES, value: fc.uint8Array().map((bytes) => Uint8Array.from(bytes)) }),
  fc.constant({ type: float(64), value: fc.double() }),
  fc.constant({ type: float(32), value: fc.float() }),
  fc.tuple(fc.constantFrom<8 | 16 | 32 | 64>(8, 16, 32, 64), fc.boolean()).map(([size, signed]) => ({
    type: int(size, signed),
    value: bits(size, signed).map((value) => (size === 64 ? value : Number(value))),
  })),
  names.map((all) => ({
    type: { kind: "enum", names: all } as const,
    value: fc.nat({ max: all.length - 1 }).map((tag): Value => ({ tag, value: null })),
  })),
  names.map((all) => ({
    type: { kind: "flags", names: all } as const,
    value: fc.array(fc.boolean(), { minLength: all.length, maxLength: all.length }),
  })),
);

const { drawn } = fc.letrec<{ drawn: Drawn }>((tie) => ({
  drawn: fc.oneof(
    { depthSize: "small" },
    leaf,
    tie("drawn").map(({ type, value }): Drawn => ({ type: list(type), value: fc.array(value, { maxLength: 4 }) })),
    tie("drawn").map(
      ({ type, value }): Drawn => ({ type: option(type), value: fc.oneof(fc.constant<Value>(NONE), value.map(some)) }),
    ),
    fc.array(tie("drawn"), { maxLength: 3 }).map(
      (all): Drawn => ({
        type: tuple(...all.map(({ type }) => type)),
        value: fc.tuple(...all.map(({ value }) => value)),
      }),
    ),
    names
      .chain((all) =>
        fc.tuple(fc.constant(all), fc.array(tie("drawn"), { minLength: all.length, maxLength: all.length })),
      )
      .map(
        ([all, types]): Drawn => ({
          type: { kind: "record", fields: all.map((one, at) => ({ name: one, type: types[at]!.type })) },
          value: fc.tuple(...types.map(({ value }) => value)),
        }),
      ),
    fc.tuple(tie("drawn"), tie("drawn")).map(
      ([ok, error]): Drawn => ({
        type: { kind: "result", ok: ok.type, error: error.type },
        value: fc.oneof(
          ok.value.map((value): Value => ({ tag: 0, value })),
          error.value.map((value): Value => ({ tag: 1, value })),
        ),
      }),
    ),
    fc.tuple(names, tie("drawn")).map(
      ([all, { type, value }]): Drawn => ({
        type: { kind: "variant", cases: all.map((one, at) => ({ name: one, type: at === 0 ? type : null })) },
        value: fc
          .nat({ max: all.length - 1 })
          .chain((tag) => (tag === 0 ? value : NOTHING).map((inner): Value => ({ tag, value: inner }))),
      }),
    ),
  ),
}));

describe("any value of any type", () => {
  test("comes back from its text, which JSON.parse takes and RFC 8785 would write (J2, J3)", () => {
    fc.assert(
      fc.property(
        drawn.chain(({ type, value }) => fc.tuple(fc.constant(type), value)),
        ([type, value]) => {
          const text = writeValue(value, type);
          expect(readValue(text, type)).toEqual(value);
          if (!text.includes("-0")) expect(utf8Decode(canonicalize(JSON.parse(text) as Json))).toBe(text);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test("whatever text comes, it is read or refused in our own words (J4 to J6)", () => {
    fc.assert(
      fc.property(
        drawn,
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.json(),
          fc
            .array(fc.constantFrom("{", "}", "[", "]", ",", ":", '"', "a", "1", "-", "null", "\\u", "e", "."))
            .map((all) => all.join("")),
        ),
        ({ type }, text) => {
          try {
            readValue(text, type);
          } catch (error) {
            if (!(error instanceof ValueError)) throw error;
            expect(error.message).toMatch(/^\$.*: /s);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
