// Components from source: a world in WIT beside the code of any language, and the toolchains that put an interpreter inside.
import { afterEach, describe, expect, test, vi } from "vitest";
import { build } from "../../host/build/index.ts";
import { scratchFolders } from "../support/folders.ts";
import { sandboxForTests } from "../support/guest-run.ts";
import { suiteFor } from "../support/languages.ts";

// A Python component takes half a minute of a free core; the tests must not fail on a machine that is busy.
vi.setConfig({ testTimeout: 600_000 });

const run = sandboxForTests();

const { folderWith } = scratchFolders("component");

const WORLD = "package demo:add@0.1.0;\nworld app { export add: func(a: u32, b: u32) -> u32; }\n";
const ADD = '(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))';

async function answer(folder: string, entry: string, input: unknown): Promise<string> {
  const outcome = await run(await build(folder), entry, JSON.stringify(input));
  if (outcome.kind === "fault") throw new Error(outcome.message);
  return outcome.note + Buffer.from(outcome.output).toString();
}

describe("a world beside a module's source", () => {
  test("makes a component of it, and is part of the source", async () => {
    const built = await build(folderWith({ "main.wat": ADD, "wit/world.wit": WORLD }));
    expect(built.manifest).toMatchObject({ language: "wat", abi: "component/1", entries: ["add"] });
    expect(built.signatures).toEqual(["add: func(a: u32, b: u32) -> u32"]);
    const outcome = await run(built, "add", "[2,3]");
    expect(outcome.kind === "exit" && Buffer.from(outcome.output).toString()).toBe("5");
    const told = await build(folderWith({ "main.wat": ADD, "wit/world.wit": `// Sums.\n${WORLD}` }));
    expect(told.manifest.module).toEqual(built.manifest.module);
    expect(told.manifest.source).not.toBe(built.manifest.source);
  });

  test("may stand on other packages, and be one of several", async () => {
    const files = {
      "main.wat": ADD,
      "wit/world.wit":
        "package demo:add@0.1.0;\nworld app { use other:types/numbers@1.0.0.{number}; export add: func(a: number, b: number) -> number; }\nworld empty {}\n",
      "wit/deps/other/types.wit": "package other:types@1.0.0;\ninterface numbers { type number = u32; }\n",
    };
    await expect(build(folderWith(files))).rejects.toMatchObject({
      code: "BUILD_FAILED",
      message: expect.stringContaining("There are multiple worlds"),
    });
    const settings = { "lockstep.json": '{ "language": "wat", "world": "app" }' };
    expect(await answer(folderWith({ ...files, ...settings }), "add", [2, 3])).toBe("5");
  });

  test.each([
    ["a type that is none", WORLD.replace("-> u32", "-> u3"), "name `u3` does not exist"],
    [
      "a function that the module lacks",
      WORLD.replace("add: func", "sub: func"),
      "failed to find export of function `sub`",
    ],
    ["another signature", WORLD.replace("-> u32", "-> u64"), "type mismatch"],
  ])("with %s is refused", async (_, world, words) => {
    await expect(build(folderWith({ "main.wat": ADD, "wit/world.wit": world }))).rejects.toMatchObject({
      code: "BUILD_FAILED",
      message: expect.stringContaining(words),
    });
  });

  test("must be there where a component is asked for", async () => {
    const folder = folderWith({ "main.wat": ADD });
    await expect(build(folder, { abi: "component/1" })).rejects.toMatchObject({
      code: "BUILD_FAILED",
      message: expect.stringContaining("wit/world.wit"),
    });
  });
});

suiteFor("c")("C in a component", () => {
  test("has its static objects made first", async () => {
    const source = `#include <stdlib.h>
      static int *base;
      __attribute__((constructor)) static void make(void) { base = malloc(sizeof *base); *base = 100; }
      __attribute__((export_name("add"))) unsigned add(unsigned a, unsigned b) { return *base + a + b; }`;
    expect(await answer(folderWith({ "main.c": source, "wit/world.wit": WORLD }), "add", [2, 3])).toBe("105");
  });

  test("that prints is refused with the reason", async () => {
    const source = `#include <stdio.h>
      __attribute__((export_name("add"))) unsigned add(unsigned a, unsigned b) { puts("adding"); return a + b; }`;
    await expect(build(folderWith({ "main.c": source, "wit/world.wit": WORLD }))).rejects.toMatchObject({
      code: "BUILD_FAILED",
      message: expect.stringContaining("WASI preview 1 has no place in a component"),
    });
  });
});

describe("without its toolchain", () => {
  const checkout = process.cwd();
  afterEach(() => {
    vi.unstubAllEnvs();
    process.chdir(checkout);
  });

  test.each([
    ["index.js", "export const add = (a, b) => a + b;", "npm install componentize-qjs"],
    ["main.py", "class WitWorld:\n    pass\n", "pip install componentize-py"],
  ])("%s tells how to get it", async (file, source, way) => {
    const folder = folderWith({ [file]: source, "wit/world.wit": WORLD });
    vi.stubEnv("PATH", folder);
    vi.stubEnv("LOCKSTEP_TOOLCHAINS", folder);
    process.chdir(folder);
    await expect(build(folder)).rejects.toMatchObject({
      code: "BUILD_FAILED",
      message: expect.stringContaining(way),
    });
  });
});

suiteFor("javascript component")("a component in TypeScript", () => {
  test("is one module of several files, whose errors are the result's", async () => {
    const folder = folderWith({
      "index.ts": 'import { half } from "./half.ts";\nexport function halve(n: number): number { return half(n); }\n',
      "half.ts": 'export const half = (n: number): number => { if (n % 2) throw n + " is odd"; return n / 2; };\n',
      "wit/world.wit": "package demo:halve;\nworld app { export halve: func(n: u32) -> result<u32, string>; }\n",
    });
    const built = await build(folder);
    expect(built.manifest).toMatchObject({ language: "typescript", abi: "component/1", entries: ["halve"] });
    expect(built.warnings).toEqual([expect.stringContaining("other bytes next time")]);
    const even = await run(built, "halve", "[4]");
    if (even.kind === "fault") throw new Error(even.message);
    expect(Buffer.from(even.output).toString()).toBe('{"ok":2}');
    const odd = await run(built, "halve", "[5]");
    expect(odd.kind === "exit" && Buffer.from(odd.output).toString()).toBe('{"error":"5 is odd"}');
  });

  test("that is wrong is refused in the toolchain's words", async () => {
    const folder = folderWith({
      "index.js": "export function sub() {}\n",
      "wit/world.wit": WORLD.replace("u32;", "u3;"),
    });
    await expect(build(folder)).rejects.toMatchObject({
      code: "BUILD_FAILED",
      message: expect.stringMatching(/^componentize-qjs refused the source:\n[\s\S]*u3/),
    });
  });
});

suiteFor("python component")("a component in Python", () => {
  test("has the types of its world", async () => {
    const folder = folderWith({
      "main.py": `from wit_world import Item\nfrom words import tidy\nclass WitWorld:
    def tally(self, items):
        sums = {}
        for item in items:
            sums[tidy(item.name)] = sums.get(tidy(item.name), 0) + item.count
        return [Item(name, count) for name, count in sorted(sums.items())]\n`,
      "words.py": "def tidy(word):\n    return word.strip().lower()\n",
      "wit/world.wit":
        "package demo:tally;\nworld app { record item { name: string, count: u32 } export tally: func(items: list<item>) -> list<item>; }\n",
    });
    const items = [
      { name: "b", count: 1 },
      { name: "A", count: 2 },
      { name: " B", count: 3 },
    ];
    expect(await answer(folder, "tally", [items])).toBe('[{"count":2,"name":"a"},{"count":4,"name":"b"}]');
  });
});
