// Building: what a path can be, that bytes don't depend on the place, and that every refusal is one clear sentence.
import { spawnSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { assemblyScript } from "../../host/build/assemblyscript.ts";
import { BUILD_LIMITS, build, decodeManifest, manifestPath, sourceDigest } from "../../host/build/index.ts";
import { scratchFolders } from "../support/folders.ts";

// A compile takes a second of a free core; the tests must not fail on a machine that is busy.
vi.setConfig({ testTimeout: 120_000 });

const EXAMPLES = join(import.meta.dirname, "../../guest-examples");
const HELLO = join(EXAMPLES, "assemblyscript-hello");

const { scratch, folderWith } = scratchFolders("build");

const PROJECT = '{ "language": "assemblyscript", "entry": "src/index.ts" }';
const EMPTY_MODULE = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

/** The example, built once for all the tests that only compare with it. */
const hello = build(HELLO);

describe("the same source", () => {
  test("gives the same module and manifest twice, from another folder, and with unrelated files around", async () => {
    const first = await hello;
    const again = await build(HELLO);
    const elsewhere = join(scratch, "a longer name", "deep", "copy");
    cpSync(HELLO, elsewhere, { recursive: true });
    writeFileSync(join(elsewhere, "src", "unused.ts"), "export const unused = 1;\n");
    const moved = await build(elsewhere);
    expect(again.module).toEqual(first.module);
    expect(moved.module).toEqual(first.module);
    expect(moved.manifest).toEqual(first.manifest);
    expect(first.manifest.toolchain).toEqual({ name: "assemblyscript", version: "0.28.20" });
    expect(first.manifest.entries).toEqual(["greet"]);
    expect(Buffer.from(first.module).includes(Buffer.from(scratch, "utf16le"))).toBe(false);
  });

  test("has another source digest when a comment changes, although the module is the same", async () => {
    const source = "export function f(s: string): string { return s; }\n";
    const one = await build(join(folderWith({ "f.ts": source }), "f.ts"));
    const two = await build(join(folderWith({ "f.ts": `${source}// a comment` }), "f.ts"));
    expect(two.module).toEqual(one.module);
    expect(two.manifest.source).not.toBe(one.manifest.source);
  });
});

test.skipIf(spawnSync("sha256sum", ["--version"]).status !== 0)(
  "the source digest is what coreutils give, in the order of paths as bytes",
  () => {
    const files = { "src/a-b.ts": "1", "src/a/b.ts": "2", "src/aB.ts": "3", "src/z.ts": "é\n", "src/é.ts": "5" };
    const script = "LC_ALL=C find src -type f | LC_ALL=C sort | xargs sha256sum | sha256sum";
    const { stdout } = spawnSync("sh", ["-c", script], { cwd: folderWith(files), encoding: "utf8" });
    expect(stdout.slice(0, 64)).toBe(
      sourceDigest(
        Object.entries(files)
          .map(([path, text]) => [path, Buffer.from(text)] as const)
          .reverse(),
      ),
    );
  },
);

describe("what is written", () => {
  test("the module, and a manifest beside it that decodes to the same", async () => {
    const { module } = await hello;
    const out = join(scratch, "out", "deep", "hello.wasm");
    const built = await build(join(folderWith({ "m.wasm": module }), "m.wasm"), { out });
    expect(built.module).toEqual(module);
    expect(built.manifest).toMatchObject({ language: "wasm", entries: ["greet"], toolchain: null, source: null });
    expect(new Uint8Array(readFileSync(out))).toEqual(module);
    expect(manifestPath(out)).toBe(join(scratch, "out", "deep", "hello.manifest.json"));
    expect(decodeManifest(new Uint8Array(readFileSync(manifestPath(out))))).toEqual(built.manifest);
    expect(readdirSync(join(scratch, "out", "deep")).sort()).toEqual(["hello.manifest.json", "hello.wasm"]);
  });

  test("a place that can't be written is refused", async () => {
    const folder = folderWith({ "taken/x": "", "m.wasm": (await hello).module });
    await expect(build(join(folder, "m.wasm"), { out: join(folder, "taken") })).rejects.toMatchObject({
      code: "USAGE",
    });
  });
});

describe("compiler errors", () => {
  test("come through with file, line and column", async () => {
    const folder = folderWith({
      "lockstep.json": PROJECT,
      "src/index.ts": 'import { g } from "./lib/g";\nexport function f(s: string): string {\n  return g(s);\n}\n',
      "src/lib/g.ts": "export function g(s: string): string {\n  return s + missing;\n}\n",
    });
    await expect(build(folder)).rejects.toMatchObject({
      code: "BUILD_FAILED",
      message: expect.stringContaining("src/lib/g.ts:2:14: Cannot find name 'missing'."),
    });
  });

  test("are cut at a limit", async () => {
    const lines = Array.from({ length: 100 }, (_, i) => `  m${i}();`).join("\n");
    const folder = folderWith({ "f.ts": `export function f(): void {\n${lines}\n}\n` });
    const error = await build(join(folder, "f.ts")).catch((reason: Error) => reason);
    expect((error as Error).message.split("\n")).toHaveLength(BUILD_LIMITS.diagnostics + 2);
  });

  test("a single file that imports is told to become a project", async () => {
    const folder = folderWith({
      "f.ts": 'import { g } from "./g";\nexport function f(): i32 { return g(); }\n',
      "g.ts": "",
    });
    await expect(build(join(folder, "f.ts"))).rejects.toMatchObject({
      code: "BUILD_FAILED",
      message: expect.stringContaining("make the folder a project with a lockstep.json"),
    });
  });
});

describe("a source that is hard on the compiler", () => {
  test.each([
    ["parentheses in parentheses", `return ${"(".repeat(20_000)}x${")".repeat(20_000)};`, "nests too deeply"],
    ["one endless sum", `return ${"x + ".repeat(50_000)}x;`, "ran out of stack"],
  ])("%s fails in one sentence", async (_, body, words) => {
    const folder = folderWith({ "f.ts": `export function f(x: i32): i32 { ${body} }` });
    const error = await build(join(folder, "f.ts")).catch((reason: Error) => reason);
    expect(error).toMatchObject({ code: "BUILD_FAILED", message: expect.stringContaining(words) });
    expect((error as Error).message.length).toBeLessThan(300);
  });

  test("a compiler that takes too long is stopped", async () => {
    const source = Buffer.from("export function f(s: string): string { return s; }");
    const tree = { entry: "f.ts", files: new Map([["f.ts", source]]) };
    await expect(assemblyScript(30).compile(tree, "assemblyscript/2")).rejects.toMatchObject({
      code: "BUILD_FAILED",
      message: expect.stringContaining("stopped after 0.03 s"),
    });
  });

  test("a module of megabytes arrives whole", async () => {
    const text = "0123456789".repeat(60_000);
    const folder = folderWith({ "f.ts": `export function f(s: string): string { return s + "${text}"; }` });
    expect((await build(join(folder, "f.ts"))).module.length).toBeGreaterThan(1_000_000);
  });
});

test("warnings come along with the module", async () => {
  const source =
    "export function f(s: string): string { return s; }\nexport function g(x: f64): bool { return x == NaN; }\n";
  const { warnings } = await build(join(folderWith({ "f.ts": source }), "f.ts"));
  expect(warnings.join()).toContain("f.ts:2:");
});

describe("entries", () => {
  test("are spelled as a call spells them, from every file; what can't be called is a warning", async () => {
    const folder = folderWith({
      "lockstep.json": PROJECT,
      "src/index.ts": `
        export * from "./more";
        export { inner as renamed } from "./more";
        export function text(s: string): Uint8Array { return new Uint8Array(s.length); }
        export function bytes(b: Uint8Array): string { return b.length.toString(); }
        export function buffer(b: ArrayBuffer): ArrayBuffer { return b; }
        export function double(x: i32): i32 { return 2 * x; }
        export function two(a: string, b: string): string { return a + b; }
        export function maybe(a: string | null): string { return a == null ? "" : a; }
        export function counts(a: Map<string, i32>): i32 { return a.size; }
        export function each(f: (x: i32) => i32): i32 { return f(1); }
        export function box(b: Box): i32 { return b.get(); }
        class Box { private x: i32 = 0; get(): i32 { return this.x; } }
        export function same(s: string): string { return s; }
        export const constant: i32 = 1;`,
      "src/more.ts": `
        export function inner(s: string): string { return s; }
        export function same(x: i32): i32 { return x; }`,
    });
    const { manifest, warnings } = await build(folder);
    const expected = ["buffer", "bytes", "double", "inner", "maybe", "renamed", "same", "text", "two"];
    expect([...manifest.entries].sort()).toEqual(expected);
    expect(warnings).toEqual([
      "src/index.ts: counts can't be called: it is (Map<String,i32>) => i32",
      "src/index.ts: each can't be called: it is ((i32) => i32) => i32",
      "src/index.ts: box can't be called: it is (src/index/Box) => i32",
    ]);
  });

  test("a source with none says why not", async () => {
    const folder = folderWith({ "f.ts": "export function size(a: Set<i32>): i32 { return a.size; }\n" });
    await expect(build(join(folder, "f.ts"))).rejects.toMatchObject({
      code: "BUILD_FAILED",
      message: expect.stringContaining("\nsize can't be called: it is (Set<i32>) => i32"),
    });
  });

  test("names that no call can carry are left out", async () => {
    const source = `export function ${"f".repeat(129)}(s: string): string { return s; }\n`;
    const folder = folderWith({
      "f.ts": source,
      "g.ts": `${source}export function g(s: string): string { return s; }\n`,
    });
    await expect(build(join(folder, "f.ts"))).rejects.toMatchObject({ code: "INVALID_MODULE" });
    expect((await build(join(folder, "g.ts"))).manifest.entries).toEqual(["g"]);
  });

  test("too many are refused", async () => {
    const line = (_: unknown, i: number) => `export function f${i}(s: string): string { return s; }`;
    const source = Array.from({ length: BUILD_LIMITS.entries + 1 }, line).join("\n");
    const folder = folderWith({ "f.ts": source });
    await expect(build(join(folder, "f.ts"))).rejects.toMatchObject({ code: "TOO_LARGE" });
  });
});

describe("what a person says against the guess", () => {
  const source = "export function f(s: string): string { return s; }\n";

  test("the language of a folder without a project file, which its files tell too", async () => {
    const folder = folderWith({ "assembly/index.ts": source });
    const { manifest } = await build(folder, { language: "assemblyscript" });
    expect(manifest).toMatchObject({ language: "assemblyscript", abi: "assemblyscript/2", entries: ["f"] });
    expect((await build(folder)).manifest).toEqual(manifest);
  });

  test("the one function to be called, as a call spells it", async () => {
    const module = join(folderWith({ "m.wasm": (await hello).module }), "m.wasm");
    expect((await build(module, { entry: "greet:json" })).manifest.entries).toEqual(["greet:json"]);
    expect((await build(HELLO, { entry: "greet:json" })).manifest.entries).toEqual(["greet:json"]);
  });

  test("the ABI, which a project file can say too", async () => {
    const module = join(folderWith({ "m.wasm": (await hello).module }), "m.wasm");
    expect((await build(module, { abi: "assemblyscript/1" })).manifest.abi).toBe("assemblyscript/1");
    const project = (abi: string) =>
      folderWith({
        "lockstep.json": `{"language":"assemblyscript","entry":"a.ts","abi":"${abi}"}`,
        "a.ts": source,
      });
    expect((await build(project("assemblyscript/2"))).manifest.abi).toBe("assemblyscript/2");
    await expect(build(project("bytes/1"))).rejects.toMatchObject({ code: "USAGE" });
  });

  test.each([
    ["a language that is none", { language: "cobol" }, "USAGE", "those that can be built are assemblyscript"],
    [
      "an ABI that is none",
      { abi: "bytes/9" },
      "USAGE",
      'there is no ABI "bytes/9"; use assemblyscript/2 or assemblyscript/1',
    ],
    ["an ABI that it doesn't fit", { abi: "bytes/1" }, "INVALID_MODULE", "does not fit the ABI bytes/1: it exports"],
    ["an entry that is none", { entry: "nope" }, "USAGE", 'there is no entry "nope"; the module exports greet'],
  ])("%s is refused", async (_, options, code, words) => {
    const module = join(folderWith({ "m.wasm": (await hello).module }), "m.wasm");
    await expect(build(module, options)).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
  });
});

test("a component is taken as it is, and its entries are told with their types", async () => {
  const { manifest, signatures } = await build(join(import.meta.dirname, "../data/wasm/typed.wasm"));
  expect(manifest).toMatchObject({ language: "wasm", abi: "component/1", sre: "wasm" });
  expect(manifest.entries).toContain("demo:all/types@0.1.0#try");
  expect(signatures).toHaveLength(manifest.entries.length);
  expect(signatures[0]).toBe("add: func(a: u32, b: u32) -> u32");
  const one = await build(join(import.meta.dirname, "../data/wasm/typed.wasm"), { entry: "half" });
  expect(one.signatures).toEqual(["half: func(x: f32, y: f64) -> f64"]);
});

describe("the compiler reads nothing but the project", () => {
  test.each([
    ["a path that climbs out", "../outside"],
    ["an absolute path", join(scratch, "outside")],
    ["a package", "some-package"],
    ["a symbolic link", "./link"],
  ])("%s is not found", async (_, target) => {
    writeFileSync(join(scratch, "outside.ts"), "export const secret = 1;\n");
    const source = `import { secret } from "${target}";\nexport function f(): i32 { return secret; }\n`;
    const folder = folderWith({
      "lockstep.json": PROJECT,
      "src/index.ts": source,
      "node_modules/some-package/index.ts": "export const secret = 1;\n",
    });
    symlinkSync(join(scratch, "outside.ts"), join(folder, "src", "link.ts"));
    await expect(build(folder)).rejects.toMatchObject({
      code: "BUILD_FAILED",
      message: expect.stringContaining("found"),
    });
  });

  test("an asconfig.json has no say", async () => {
    const folder = join(scratch, "configured");
    cpSync(HELLO, folder, { recursive: true });
    writeFileSync(join(folder, "asconfig.json"), '{ "options": { "debug": true, "optimizeLevel": 0 } }');
    expect((await build(folder)).manifest).toEqual((await hello).manifest);
  });
});

describe("refused by name", () => {
  const file = (name: string, content: string | Uint8Array) => join(folderWith({ [name]: content }), name);
  test.each([
    ["nothing there", () => join(scratch, "absent"), "NOT_FOUND", "does not exist"],
    ["a .wasm file that is text", () => file("a.wasm", "hello"), "INVALID_MODULE", "is not WebAssembly"],
    ["an empty .wasm file", () => file("a.wasm", ""), "INVALID_MODULE", "is not WebAssembly"],
    ["a module cut off", () => file("a.wasm", EMPTY_MODULE.subarray(0, 6)), "INVALID_MODULE", "WebAssembly"],
    ["another language", () => file("a.hs", "main = pure ()"), "BUILD_FAILED", "what can be built is"],
    ["a folder that is no project", () => folderWith({ "a.ts": "" }), "BUILD_FAILED", "has no lockstep.json"],
    [
      "a project file that leads to a device",
      () => {
        const folder = folderWith({ "a.ts": "" });
        symlinkSync("/dev/zero", join(folder, "lockstep.json"));
        return folder;
      },
      "BUILD_FAILED",
      "is no regular file",
    ],
    ["a project file that is not JSON", () => folderWith({ "lockstep.json": "{" }), "BUILD_FAILED", "is not JSON"],
    [
      "an unknown member",
      () => folderWith({ "lockstep.json": '{"language":"assemblyscript","entry":"a.ts","x":1}' }),
      "BUILD_FAILED",
      "is not a project file",
    ],
    [
      "an unknown language",
      () => folderWith({ "lockstep.json": '{"language":"cobol","entry":"a.ts"}' }),
      "BUILD_FAILED",
      'at "language"',
    ],
    [
      "an entry outside",
      () => folderWith({ "lockstep.json": '{"language":"assemblyscript","entry":"../a.ts"}' }),
      "BUILD_FAILED",
      'at "entry"',
    ],
    [
      "a project without an entry, and none of the usual ones",
      () => folderWith({ "lockstep.json": '{"language":"assemblyscript"}', "a.ts": "" }),
      "BUILD_FAILED",
      "has no assembly/index.ts for AssemblyScript to start from",
    ],
    [
      "an entry that is absent",
      () => folderWith({ "lockstep.json": '{"language":"assemblyscript","entry":"a.ts"}' }),
      "BUILD_FAILED",
      'entry "a.ts" is not a source file',
    ],
    [
      "source that exports nothing",
      () => file("a.ts", "function f(): void {}\n"),
      "BUILD_FAILED",
      "exports no function",
    ],
    ["a file as a folder", () => join(file("a.ts", ""), "b.ts"), "NOT_FOUND", "does not exist"],
    ["a path with a zero byte", () => join(scratch, "a\0.ts"), "USAGE", "could not read"],
    ["a name that reads as an option", () => file("--help.ts", ""), "BUILD_FAILED", "begins with a dash"],
    ["source that is not UTF-8", () => file("a.ts", new Uint8Array([0xff])), "BUILD_FAILED", "is not UTF-8"],
    ["a source file too large", () => file("a.ts", new Uint8Array(BUILD_LIMITS.fileBytes + 1)), "TOO_LARGE", "limit"],
    ["a module too large", () => file("a.wasm", new Uint8Array(BUILD_LIMITS.moduleBytes + 1)), "TOO_LARGE", "limit"],
    [
      "too many source files",
      () =>
        folderWith({
          "lockstep.json": PROJECT,
          ...Object.fromEntries(Array.from({ length: BUILD_LIMITS.files + 1 }, (_, i) => [`src/${i}.ts`, ""])),
        }),
      "TOO_LARGE",
      "more than 1000 source files",
    ],
    [
      "folders too deep",
      () => folderWith({ "lockstep.json": PROJECT, [`${"d/".repeat(BUILD_LIMITS.depth + 1)}a.ts`]: "" }),
      "TOO_LARGE",
      "nested deeper",
    ],
    [
      "an import that no guest gets",
      () =>
        file(
          "a.ts",
          '@external("env", "fetch") declare function q(): void;\nexport function f(s: string): string { q(); return s; }\n',
        ),
      "INVALID_MODULE",
      'imports "env"."fetch"',
    ],
  ] as const)("%s", async (_, path, code, words) => {
    await expect(build(path())).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
  });
});
