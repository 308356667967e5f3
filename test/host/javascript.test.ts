// JavaScript and TypeScript from source to one module: what is put together, what is taken as it is, what is refused and
// where, and that a guest's errors are told in the source's own lines.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { type BuildOptions, build, manifestPath } from "../../host/build/index.ts";
import { inSource } from "../../host/cli/places.ts";
import { sandboxForTests } from "../support/guest-run.ts";

vi.setConfig({ testTimeout: 120_000 });

const run = sandboxForTests();
const scratch = mkdtempSync(join(tmpdir(), "lockstep-javascript-"));
afterAll(() => rmSync(scratch, { recursive: true }));

let folders = 0;
/** A fresh folder with the given files. */
function folderWith(files: Record<string, string>): string {
  folders += 1;
  const folder = join(scratch, `f${folders}`);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

const TYPESCRIPT: BuildOptions = { language: "typescript" };
const buildAll = (files: Record<string, string>, options: BuildOptions = TYPESCRIPT) =>
  build(folderWith(files), options);
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const refusal = (files: Record<string, string>) =>
  buildAll(files).then(
    () => "built",
    ({ message }: Error) => message,
  );

describe("a project", () => {
  const FILES = {
    "index.ts": `import data from "./data.json";
import { double, type Number } from "./lib/double.js";
import { one } from "./lib";
import old = require("./old.cjs");
enum Plus { One = 1, Two }
export default function (a: Number): number {
  return double(a) + data.n + one + Plus.Two + old.k;
}
export const sum = async (bytes: Uint8Array): Promise<Uint8Array> => new Uint8Array([bytes.reduce((a, b) => a + b, 0)]);
export type Unused = string;
`,
    "lib/double.ts": "export type Number = number;\nexport const double = (n: Number): Number => n * 2;\n",
    "lib/index.mjs": "export const zero = 0;\n",
    "lib/index.ts": 'export * from "./one.mts";\n',
    "lib/one.mts": "export const one: number = 1;\n",
    "data.json": '{ "n": 10 }',
    "old.cjs": "exports.k = 100;\n",
    "unused.ts": "this is no TypeScript",
  };

  test("becomes one module without types, the same twice and elsewhere, of the files that it needs", async () => {
    const [built, again] = [await buildAll(FILES), await buildAll(FILES)];
    expect(again.module).toEqual(built.module);
    expect(again.manifest).toEqual(built.manifest);
    expect(text(built.module)).not.toMatch(/import |lockstep-javascript-/);
    expect(built.manifest).toMatchObject({
      ...{ sre: "quickjs", abi: "javascript/1", language: "typescript", entries: ["default", "sum:bytes"] },
      toolchain: { name: "rolldown" },
    });
    const without = await buildAll({ ...FILES, "unused.ts": "" });
    expect(without.manifest.source).toBe(built.manifest.source);
    const changed = await buildAll({ ...FILES, "lib/one.mts": "export const one: number = 1;" });
    expect(changed.manifest.source).not.toBe(built.manifest.source);
    const outcome = await run(built, "default", "[4]");
    expect(outcome.kind === "exit" && text(outcome.output)).toBe("121");
    const bytes = await run(built, "sum:bytes", new Uint8Array([1, 2, 3]));
    expect(bytes.kind === "exit" && [...bytes.output]).toEqual([6]);
  });

  test("is TypeScript or JavaScript by what it begins with", async () => {
    const script = "export default () => 1;\n";
    expect((await build(folderWith({ "index.js": script }))).manifest.language).toBe("javascript");
    expect((await build(folderWith({ "src/index.ts": script }))).manifest.language).toBe("typescript");
    const both = build(folderWith({ "index.js": script, "index.ts": script }));
    await expect(both).rejects.toThrow("could be javascript or typescript; say which with --lang");
  });
});

describe("one JavaScript file that needs no other", () => {
  const SOURCE = "// A comment, and two  spaces.\nexport default  (x) => x;\nexport const K = 5\nexport class C {}\n";

  test("is its own module, to the byte, built again from what was built", async () => {
    const folder = folderWith({ "f.js": SOURCE });
    const out = join(folder, "out.js");
    const built = await build(join(folder, "f.js"), { out });
    expect(text(built.module)).toBe(SOURCE);
    expect(built.manifest.entries).toEqual(["default"]);
    expect(built.warnings).toEqual([
      "f.js: K can't be called: it is a value",
      "f.js: C can't be called: it is a class",
    ]);
    expect(manifestPath(out)).toBe(join(folder, "out.manifest.json"));
    expect((await build(out)).module).toEqual(built.module);
  });

  test("what was built of a project is its own module, too", async () => {
    const folder = folderWith({
      "index.ts": 'import { a } from "./a.ts"; export default () => a;',
      "a.ts": "export const a = 1;",
    });
    const out = join(folder, "out.js");
    const built = await build(folder, { ...TYPESCRIPT, out });
    expect((await build(out)).module).toEqual(built.module);
  });

  test("an entry that a person names is taken", async () => {
    const file = join(folderWith({ "f.js": "export const f = (bytes) => bytes;" }), "f.js");
    expect((await build(file, { entry: "f:bytes" })).manifest.entries).toEqual(["f:bytes"]);
    await expect(build(file, { entry: "f:text" })).rejects.toMatchObject({ code: "USAGE" });
    await expect(build(file, { abi: "bytes/1" })).rejects.toMatchObject({ code: "USAGE" });
  });
});

describe("what can't be built is told with its place", () => {
  test.each([
    ["syntax", { "index.ts": "export default () => {\n  let y = ;\n};\n" }, "index.ts:2:11: Unexpected token"],
    [
      "a file that is not there",
      { "index.ts": 'import "./no.ts";\n' },
      'index.ts:1:8: there is no file "./no.ts" in the project',
    ],
    [
      "a package",
      { "index.ts": '\nimport _ from "lodash";\nexport default _;' },
      'index.ts:2:15: "lodash" is no file of the project: packages',
    ],
    [
      "a module of Node's",
      { "index.ts": 'export { readFileSync } from "node:fs";\n' },
      '"node:fs" is no file of the project',
    ],
    [
      "a file outside",
      { "index.ts": 'import "../../../../etc/passwd";\n' },
      'there is no file "../../../../etc/passwd"',
    ],
    [
      "a file by its address",
      { "index.ts": 'import "file:///etc/passwd";\n' },
      '"file:///etc/passwd" is no file of the project',
    ],
    [
      "an export that is not there",
      { "index.ts": 'import { b } from "./a.ts";\nexport default () => b;', "a.ts": "" },
      "index.ts:1:10: ",
    ],
    [
      "JSON that is none",
      { "index.ts": 'import a from "./a.json";\nexport default () => a;', "a.json": "{" },
      "a.json",
    ],
    ["nothing to call", { "index.ts": "export const K = 1;" }, "index.ts exports no function that can be called"],
  ] as const)("%s", async (_what, files, words) => {
    expect(await refusal(files)).toContain(words);
  });

  test("in a single JavaScript file, too", async () => {
    const file = join(folderWith({ "f.js": "export default () => 1;\nlet x = ;\n" }), "f.js");
    await expect(build(file)).rejects.toThrow("f.js:2:9: Unexpected token");
  });

  test("a project's own configuration and plugins are not looked at", async () => {
    const trap = 'throw new Error("ran")';
    const built = await buildAll({
      ...{
        "index.ts": "export default () => 1;",
        "rolldown.config.ts": trap,
        "vite.config.js": trap,
        "tsconfig.json": "{",
      },
      "package.json": '{ "type": "commonjs", "main": "x" }',
    });
    expect(built.manifest.entries).toEqual(["default"]);
  });
});

describe("a guest's error is told in the source's own lines", () => {
  test("by the source map", async () => {
    const built = await buildAll({
      "index.ts": 'import { deep } from "./lib/deep.ts";\n\ntype A = 1;\nexport default (): void => deep();\n',
      "lib/deep.ts": "interface B {\n  b: 1;\n}\n\nexport function deep(): never {\n  throw new TypeError('no');\n}\n",
    });
    const outcome = await run(built, "default", "");
    if (outcome.kind === "fault") throw new Error(outcome.message);
    expect(inSource(outcome.note, built.places)).toBe("lib/deep.ts:6:13: TypeError: no");
    expect(inSource(text(outcome.logs), built.places)).toBe(
      "Uncaught TypeError: no\n    at deep (lib/deep.ts:6:13)\n    at index_default (index.ts:4:28)\n",
    );
  });

  test("by its name, where the module is the file", async () => {
    const built = await build(join(folderWith({ "f.js": "export default () => {\n  null.x;\n};\n" }), "f.js"));
    const outcome = await run(built, "default", "");
    expect(outcome.kind === "exit" && inSource(outcome.note, built.places)).toMatch(/^f\.js:2:7: TypeError: /);
    expect(inSource("at main.js:1:2, xmain.js:1:2", null)).toBe("at main.js:1:2, xmain.js:1:2");
  });
});
