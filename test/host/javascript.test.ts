// JavaScript and TypeScript from source to one module: what is put together, what is taken as it is, what is refused and
// where, and that a guest's errors are told in the source's own lines.
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { type BuildOptions, build, manifestPath } from "../../host/build/index.ts";
import { inSource } from "../../host/cli/places.ts";
import { scratchFolders } from "../support/folders.ts";
import { sandboxForTests } from "../support/guest-run.ts";

vi.setConfig({ testTimeout: 120_000 });

const run = sandboxForTests();

const { folderWith } = scratchFolders("javascript");

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

describe("a .ts file that is named alone", () => {
  const languageOf = async (files: Record<string, string>, options: BuildOptions = {}) =>
    (await build(join(folderWith(files), "f.ts"), options)).manifest.language;
  const EITHER = "export function f(text: string): string { return text; }\n";

  test.each([
    [
      "types of AssemblyScript",
      { "f.ts": "export function f(a: i32): i32 { return a; }", "tsconfig.json": "" },
      "assemblyscript",
    ],
    ["an asconfig.json beside it", { "f.ts": EITHER, "asconfig.json": "{}", "package.json": "{}" }, "assemblyscript"],
    ["no sign at all", { "f.ts": EITHER }, "assemblyscript"],
    ["types of TypeScript", { "f.ts": "export function f(a: number): number { return a; } // i32" }, "typescript"],
    ["a promise", { "f.ts": "export async function f(text: string) { return text; }" }, "typescript"],
    ["a tsconfig.json beside it", { "f.ts": EITHER, "tsconfig.json": "{}" }, "typescript"],
    ["a package.json beside it", { "f.ts": EITHER, "package.json": "{}" }, "typescript"],
  ] as const)("%s", async (_sign, files, language) => {
    expect(await languageOf(files)).toBe(language);
  });

  test("--lang overrules", async () => {
    expect(await languageOf({ "f.ts": EITHER }, TYPESCRIPT)).toBe("typescript");
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

describe("packages in the project's node_modules", () => {
  /** A package's files in a folder of node_modules. */
  const at = (folder: string, files: Record<string, string>) =>
    Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]));
  const USES = (specifier: string) => ({
    "index.ts": `import { default as x } from ${JSON.stringify(specifier)}; export default () => x?.default ?? x?.value ?? x;`,
  });
  const answer = async (files: Record<string, string>) => {
    const outcome = await run(await buildAll(files), "default", "");
    return outcome.kind === "exit" && text(outcome.output);
  };

  test.each([
    [
      "exports by condition",
      "p",
      {
        "package.json":
          '{"exports":{"types":"./no","node":"./no.js","browser":{"import":"./b.js"},"default":"./no.js"}}',
        "b.js": "export default 1",
      },
    ],
    [
      "exports of a subpath",
      "p/sub",
      { "package.json": '{"exports":{".":"./no.js","./sub":["./s.mjs"]}}', "s.mjs": "export default 1" },
    ],
    [
      "exports by pattern, the longest first",
      "@a/p/x/y.js",
      { "package.json": '{"exports":{"./*":"./no/*","./x/*.js":"./lib/*.cjs"}}', "lib/y.cjs": "module.exports = 1" },
    ],
    [
      "a main of CommonJS without its ending, and files beside it",
      "p",
      {
        "package.json": '{"main":"./lib/main"}',
        "lib/main.js": "module.exports = { value: require('./one').one + require('../data').n }",
        "lib/one.js": "exports.one = 1",
        "data.json": '{"n":0}',
      },
    ],
    [
      "module before main, for import",
      "p",
      { "package.json": '{"main":"no.js","module":"m.js"}', "m.js": "export default 1" },
    ],
    ["no main", "p", { "package.json": "{}", "index.js": "exports.default = 1" }],
    [
      "imports of its own",
      "p",
      {
        "package.json": '{"exports":"./a.js","imports":{"#b":{"node":"./no.js","default":"./b.js"}}}',
        "a.js": 'export { default } from "#b"',
        "b.js": "export default 1",
      },
    ],
    [
      "an older folder of a package with a package.json",
      "p/sub",
      {
        "package.json": "{}",
        "sub/package.json": '{"main":"s.js"}',
        "sub/s.js": "exports.default = 1",
        "sub/index.js": "",
      },
    ],
  ] as const)("%s", async (_what, specifier, files) => {
    const name = specifier.startsWith("@") ? "@a/p" : "p";
    expect(await answer({ ...USES(specifier), ...at(`node_modules/${name}`, files) })).toBe("1");
  });

  test("a package's own packages are found beside it or above, and by links that installers make", async () => {
    const files = {
      ...USES("p"),
      ...at("node_modules/p", { "package.json": "{}", "index.js": "exports.default = [require('q'), require('r')]" }),
      ...at("node_modules/p/node_modules/q", { "package.json": "{}", "index.js": "module.exports = 'own'" }),
      ...at("node_modules/q", { "package.json": "{}", "index.js": "module.exports = 'other'" }),
      ...at("node_modules/.store/r/node_modules/r", {
        "package.json": "{}",
        "index.js": "module.exports = require('s')",
      }),
      ...at("node_modules/.store/r/node_modules/s", { "package.json": "{}", "index.js": "module.exports = 'linked'" }),
    };
    const folder = folderWith(files);
    symlinkSync(".store/r/node_modules/r", join(folder, "node_modules/r"));
    const built = await build(folder, TYPESCRIPT);
    const outcome = await run(built, "default", "");
    expect(outcome.kind === "exit" && text(outcome.output)).toBe('["own","linked"]');
    // What a package says counts for the digest of the source; what nobody asks for does not.
    const source = async () => (await build(folder, TYPESCRIPT)).manifest.source;
    writeFileSync(join(folder, "node_modules/q/index.js"), "");
    expect(await source()).toBe(built.manifest.source);
    writeFileSync(join(folder, "node_modules/.store/r/node_modules/s/index.js"), "module.exports = 2");
    expect(await source()).not.toBe(built.manifest.source);
  });

  test("real ones: hashes, identifiers and colours as their authors published them", async () => {
    const folder = folderWith({
      "index.ts": `import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { nanoid } from "nanoid";
import colours from "picocolors";
export default (text: string) => [bytesToHex(sha256(new TextEncoder().encode(text))), nanoid().length, colours.red("x")];
`,
    });
    for (const name of ["@noble/hashes", "nanoid", "picocolors"]) {
      cpSync(join("node_modules", name), join(folder, "node_modules", name), { recursive: true });
    }
    const outcome = await run(await build(folder, TYPESCRIPT), "default", '["abc"]');
    const hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    expect(outcome.kind === "exit" && JSON.parse(text(outcome.output))).toEqual([hash, 21, "x"]);
  });

  test.each([
    [
      "a module of Node's in a package",
      "p",
      { "package.json": "{}", "index.js": "const fs = require('fs');\nmodule.exports = fs" },
      `node_modules/p/index.js:1:20: "fs" is a module of Node's`,
    ],
    [
      "what is not exported",
      "p/lib/x.js",
      { "package.json": '{"exports":"./a.js"}', "lib/x.js": "", "a.js": "" },
      'index.ts:1:30: the package in node_modules/p does not export "./lib/x.js"',
    ],
    [
      "a target outside",
      "p",
      { "package.json": '{"exports":"../../../../../../etc/passwd.js"}' },
      "index.ts:1:30: it leads out of the project",
    ],
    [
      "a file that is not there",
      "p",
      { "package.json": '{"main":"./x.node"}', "x.node": "" },
      'index.ts:1:30: there is no JavaScript file "p" in the package',
    ],
    [
      "a package.json that is none",
      "p",
      { "package.json": "{" },
      "index.ts:1:30: node_modules/p/package.json is not JSON",
    ],
    [
      "conditions without end",
      "p",
      { "package.json": `{"exports":${'{"import":'.repeat(500)}"./a.js"${"}".repeat(500)}}`, "a.js": "" },
      'does not export "."',
    ],
    [
      "a target that is itself an import",
      "p",
      { "package.json": '{"exports":"./a.js","imports":{"#a":"#a"}}', "a.js": 'import "#a"; export default 1' },
      `node_modules/p/a.js:1:8: "#a" leads to another import`,
    ],
  ] as const)("refused: %s", async (_what, specifier, files, words) => {
    expect(await refusal({ ...USES(specifier), ...at("node_modules/p", files) })).toContain(words);
  });

  test("a link out of the project is not followed", async () => {
    const [folder, other] = [
      folderWith(USES("p")),
      folderWith({ "package.json": "{}", "index.js": "exports.default = 1" }),
    ];
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(other, join(folder, "node_modules/p"));
    await expect(build(folder, TYPESCRIPT)).rejects.toThrow(`"p" is not in the project's node_modules`);
  });

  test("a file that stands alone is told that projects have packages", async () => {
    const file = join(folderWith({ "f.js": 'import "p"; export default () => 1;' }), "f.js");
    await expect(build(file)).rejects.toThrow("a single file is built alone");
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
      `index.ts:2:15: "lodash" is not in the project's node_modules: install it in the project's folder (npm install lodash)`,
    ],
    [
      "a module of Node's",
      { "index.ts": 'export { readFileSync } from "node:fs";\n' },
      `index.ts:1:30: "node:fs" is a module of Node's: functions have no files, network, processes or threads`,
    ],
    [
      "a file outside",
      { "index.ts": 'import "../../../../etc/passwd";\n' },
      'there is no file "../../../../etc/passwd"',
    ],
    [
      "a file by its address",
      { "index.ts": 'import "file:///etc/passwd";\n' },
      '"file:///etc/passwd" is neither a file of the project nor the name of a package',
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
