// What a context may say: numbers, texts, names and paths that somebody hostile chose (SPEC J10).
import { describe, expect, test } from "vitest";
import { contextRequest, document, EMPTY_DIGEST, type Json } from "../../../chain/protocol/index.ts";

const read = (json: Json) => document(contextRequest, json, "the context");
const file = { sha256: EMPTY_DIGEST, size: 0 };
const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at));
const filesAt = (...paths: string[]): Json => ({ files: Object.fromEntries(paths.map((path) => [path, file])) });

describe("J10: a context", () => {
  test("may have as much as the limits say", () => {
    const full = {
      args: many(64, () => "é".repeat(2048)),
      env: Object.fromEntries(many(64, (index) => [`V${index}`, "x".repeat(4096)])),
      files: Object.fromEntries(many(64, (index) => [`folder/${index}`, { ...file, size: 4 * 2 ** 20 }])),
    };
    expect(read(full)).toEqual(full);
    expect(Object.keys(read(filesAt("é".repeat(120), "a b/c", "..a/.b", "dir/x", "dir.x")).files!).length).toBe(5);
  });

  test.each<[what: string, context: Json, message: string]>([
    ["65 arguments", { args: many(65, () => "") }, "the context.args is above the maximum of 64"],
    ["a long argument", { args: ["é".repeat(2049)] }, "the context.args[0] must have at most 4096 bytes"],
    ["a zero in an argument", { args: ["a", "b\0c"] }, "the context.args[1] must not have a zero in it"],
    ["half a pair in an argument", { args: ["\ud800"] }, "the context.args[0] must be well-formed Unicode"],
    [
      "65 variables",
      { env: Object.fromEntries(many(65, (index) => [`V${index}`, ""])) },
      "the context.env must be at most 64 variables",
    ],
    ["a zero in a value", { env: { A: "\0" } }, "the context.env.A must not have a zero in it"],
    ["a name with =", { env: { "A=B": "" } }, `is the name of a member that must have no "=" in it`],
    ["a name with a space", { env: { "A B": "" } }, "is the name of a member that must be printable ASCII"],
    ["an empty name", { env: { "": "" } }, "is the name of a member that must be printable ASCII"],
    ["10,000 files", filesAt(...many(10_000, (index) => `f${index}`)), "the context.files must be at most 64 files"],
    [
      "too many bytes",
      { files: { a: { ...file, size: 2 ** 28 }, b: { ...file, size: 1 } } },
      "the context.files must have at most 268435456 bytes together",
    ],
    ["sizes that add up to no number", { files: { a: { ...file, size: 2 ** 53 } } }, "the context.files.a.size"],
    ["a path that goes up", filesAt("../a"), 'must be relative, of names joined by "/", none of them empty'],
    ["one that goes up later", filesAt("a/../../b"), "must be relative"],
    ["one that goes nowhere", filesAt("a/./b"), "must be relative"],
    ["an absolute path", filesAt("/a"), "must be relative"],
    ["an empty name in a path", filesAt("a//b"), "must be relative"],
    ["a path that is a folder", filesAt("a/"), "must be relative"],
    ["no path", filesAt(""), "must not be empty"],
    ["a zero in a path", filesAt("a\0b"), "must have no control characters"],
    ["a newline in a path", filesAt("a\nb"), "must have no control characters"],
    ["a long path", filesAt("é".repeat(121)), "must have at most 240 bytes"],
    ["half a pair in a path", filesAt("\udc00"), "must be well-formed Unicode"],
    [
      "a file that is a folder, too",
      filesAt("a/b/c", "x", "a/b"),
      'the context.files must not have "a/b" as a file and as a folder of another',
    ],
    ["a prototype", JSON.parse('{"env":{"__proto__":"x"}}') as Json, '"__proto__"'],
    ["something else", { arg: ["x"] }, 'the context has an unknown member "arg"'],
  ])("may not have %s", (_what, context, message) => {
    expect(() => read(context)).toThrow(message);
  });
});
