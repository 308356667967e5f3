// C and C++: what a project is, what the header gives, how errors come through, and that both toolchains do.
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { build } from "../../host/build/index.ts";
import { scratchFolders } from "../support/folders.ts";
import { sandboxForTests } from "../support/guest-run.ts";
import { component } from "../support/require.ts";

// A compile takes a second of a free core; the tests must not fail on a machine that is busy.
vi.setConfig({ testTimeout: 300_000 });

const run = sandboxForTests();
const EXAMPLE = join(import.meta.dirname, "../../guest-examples/c-crc32");

const { folderWith } = scratchFolders("clang");

const entry = (body: string) =>
  `#include <lockstep.h>\n#include <stdio.h>\nLOCKSTEP_ENTRY(run)(const char *in, size_t n) { ${body} }\n`;

describe("without a toolchain", () => {
  const checkout = process.cwd();
  afterEach(() => {
    vi.unstubAllEnvs();
    process.chdir(checkout);
  });

  test("the ways to get one are told", async () => {
    const folder = folderWith({ "main.c": entry("return 0;"), "main.cpp": entry("return 0;") });
    process.chdir(folder);
    vi.stubEnv("PATH", folder);
    vi.stubEnv("WASI_SDK_PATH", undefined);
    const message = expect.stringMatching(/not installed here.*\n.*npm install @yowasp\/clang\nor\n.*apt-get install/);
    await expect(build(join(folder, "main.c"))).rejects.toMatchObject({ code: "BUILD_FAILED", message });
    await expect(build(join(folder, "main.cpp"))).rejects.toMatchObject({
      message: expect.stringContaining("libc++-dev-wasm32"),
    });
  });

  component("npm-clang")("but npm's", () => {
    test("C becomes the bytes that the example names, and errors come through", async () => {
      process.chdir(join(checkout, "test/toolchains/clang"));
      const built = await build(EXAMPLE);
      expect(built.manifest.toolchain).toEqual({ name: "@yowasp/clang", version: "22.0.0-git20542-10" });
      expect(built.manifest.module.sha256).toBe("48fecc7b72edf9d150fcec6148c12b39da2baef89340308c0c428316213cfbc7");
      await expect(build(folderWith({ "main.c": "int x = y;\n" }))).rejects.toMatchObject({
        code: "BUILD_FAILED",
        message: expect.stringContaining("main.c:1:9: error: use of undeclared identifier 'y'"),
      });
    });
  });
});

component("wasi-libc")("a project in C", () => {
  test("is every source file below its folder, headers too", async () => {
    const folder = folderWith({
      "main.c": `#include "lib/twice.h"\n${entry("static int out; out = twice((int)n); return lockstep_output(&out, 4);")}`,
      "lib/twice.c": "int twice(int x) { return 2 * x; }\n",
      "lib/twice.h": "int twice(int x);\n",
      "notes.txt": "no source",
    });
    const built = await build(folder);
    expect(built.manifest).toMatchObject({ language: "c", abi: "bytes/1", entries: ["run"] });
    const outcome = await run(built, "run", "abc");
    expect(outcome.kind === "exit" && [...outcome.output]).toEqual([6, 0, 0, 0]);
  });

  test("without the header is a command with standard streams, arguments and an exit code", async () => {
    const source = `#include <stdio.h>\nint main(void) { int c; while ((c = getchar()) != EOF) putchar(c + 1); return 3; }\n`;
    const built = await build(folderWith({ "main.c": source }));
    expect(built.manifest).toMatchObject({ abi: "wasi/1", entries: ["_start"] });
    const outcome = await run(built, "_start", "HAL");
    expect(outcome.kind === "exit" && outcome.answer.exit).toEqual({ kind: "code", code: 3 });
    expect(outcome.kind === "exit" && Buffer.from(outcome.output).toString()).toBe("IBM");
  });

  test("may be one file of any name, when its language is said", async () => {
    const folder = folderWith({ "-o.txt": entry("return lockstep_output(in, n);") });
    const built = await build(join(folder, "-o.txt"), { language: "c" });
    const outcome = await run(built, "run", "same");
    expect(outcome.kind === "exit" && Buffer.from(outcome.output).toString()).toBe("same");
  });

  test("of two languages at once asks which is meant", async () => {
    const folder = folderWith({ "main.c": entry("return 0;"), "main.cpp": entry("return 0;") });
    await expect(build(folder)).rejects.toMatchObject({
      code: "BUILD_FAILED",
      message: expect.stringContaining("could be c or cpp; say which with --lang"),
    });
    expect((await build(folder, { language: "c" })).manifest.language).toBe("c");
  });

  test("prints to the logs and can't read, open or leave quietly", async () => {
    const printed = await build(
      join(folderWith({ "p.c": entry(`fprintf(stderr, "got %zu\\n", n); return lockstep_output(in, n);`) }), "p.c"),
    );
    const outcome = await run(printed, "run", "abc");
    expect(outcome.kind === "exit" && Buffer.from(outcome.logs).toString()).toContain("got 3\n");
    const left = await run(await build(join(folderWith({ "e.c": entry("exit(0);") }), "e.c")), "run", "");
    expect(left.kind === "exit" && left.answer.exit.kind).toBe("trap");
    const reading = folderWith({ "r.c": entry("char c; return lockstep_output(in, fread(&c, 1, 1, stdin));") });
    await expect(build(join(reading, "r.c"))).rejects.toMatchObject({
      code: "INVALID_MODULE",
      message: expect.stringContaining('"wasi_snapshot_preview1"."fd_read"'),
    });
  });

  test("shows the compiler's errors and warnings by file and line, without the place where it was built", async () => {
    const wrong = folderWith({ "main.c": entry("return 0;"), "lib/b.c": "\nint x = y;\n" });
    const error = (await build(wrong).catch((reason: Error) => reason)) as Error;
    expect(error).toMatchObject({ code: "BUILD_FAILED" });
    expect(error.message).toMatch(/^clang refused the source:\nlib\/b\.c:2:9: error: /);
    expect(error.message).not.toContain(tmpdir());
    const { warnings } = await build(folderWith({ "main.c": entry("int x = 3.5; return x;") }));
    expect(warnings[0]).toMatch(/^main\.c:3:\d+: warning: /);
    const unlinked = folderWith({ "main.c": `int nowhere(void);\n${entry("return nowhere();")}` });
    await expect(build(unlinked)).rejects.toMatchObject({
      message: expect.stringContaining("undefined symbol: nowhere"),
    });
  });

  test("has the same bytes wherever it is built, though it tells its own file name", async () => {
    const files = { "src/main.c": entry("return lockstep_output(__FILE__, sizeof __FILE__ - 1);") };
    const built = await build(folderWith(files));
    expect((await build(folderWith(files))).module).toEqual(built.module);
    const outcome = await run(built, "run", "");
    expect(outcome.kind === "exit" && Buffer.from(outcome.output).toString()).toBe("src/main.c");
  });
});

component("wasi-libcxx")("a project in C++", () => {
  test("has its static objects made once, before the entry", async () => {
    const source = `
      #include <lockstep.h>
      #include <string>
      static int made = 0;
      struct Once { std::string text; Once() : text("made " + std::to_string(++made)) {} } once;
      LOCKSTEP_ENTRY(run)(const char *, size_t) { return lockstep_output(once.text.data(), once.text.size()); }`;
    const outcome = await run(await build(folderWith({ "main.cpp": source })), "run", "");
    expect(outcome.kind === "exit" && Buffer.from(outcome.output).toString()).toBe("made 1");
  });
});
