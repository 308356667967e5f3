// Rust, Go and Zig: what their projects may look like, and how their compilers' words come through.
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { build, lookForToolchains } from "../../host/build/index.ts";
import { LANGUAGES } from "../../host/build/languages.ts";
import { scratchFolders } from "../support/folders.ts";
import { sandboxForTests } from "../support/guest-run.ts";
import { suiteFor } from "../support/languages.ts";

// A compile takes seconds of a free core; the tests must not fail on a machine that is busy.
vi.setConfig({ testTimeout: 300_000 });

const run = sandboxForTests();

const { folderWith } = scratchFolders("toolchains");

const refusal = async (path: string): Promise<Error> => {
  const error = (await build(path).catch((reason: Error) => reason)) as Error;
  expect(error).toMatchObject({ code: "BUILD_FAILED" });
  expect(error.message).not.toContain(tmpdir());
  return error;
};

describe("without its toolchain", () => {
  afterEach(() => vi.unstubAllEnvs());

  test.each([
    ["main.rs", "Rust", "rustup target add wasm32-wasip1"],
    ["main.go", "Go", "go.dev"],
    ["main.zig", "Zig", "pip install ziglang"],
  ])("%s tells how to get it", async (file, language, way) => {
    const folder = folderWith({ [file]: "" });
    vi.stubEnv("PATH", folder);
    const { message } = await refusal(join(folder, file));
    expect(message).toMatch(new RegExp(`^${language}.* is not installed here`));
    expect(message).toContain(way);
  });
});

test("what is here and what is missing is told for every language that takes a toolchain", async () => {
  const folder = folderWith({});
  mkdirSync(folder, { recursive: true });
  vi.stubEnv("PATH", folder);
  vi.stubEnv("LOCKSTEP_TOOLCHAINS", folder);
  const languages = await lookForToolchains();
  vi.unstubAllEnvs();
  const versions = (title: string) => languages.find((one) => one.title === title)!.tools.map(({ version }) => version);
  expect(languages.map(({ title }) => title)).toEqual(
    LANGUAGES.filter(({ tools }) => tools.length > 0).map(({ title }) => title),
  );
  expect(versions("AssemblyScript")).toEqual(["0.28.20"]);
  for (const title of ["C", "C++", "Rust", "Go", "Zig", "Python"]) expect(versions(title)).not.toContain("unknown");
  for (const title of ["Rust", "Go", "Zig", "Python"]) expect(versions(title)).toEqual([null]);
  for (const { tools } of languages)
    for (const { version, ways } of tools) expect(version !== null || ways.length > 0).toBe(true);
});

suiteFor("rust")("Rust", () => {
  test("is one file, which reads, writes and knows nothing of where it was built", async () => {
    const source = `fn main() { let mut all = String::new(); std::io::Read::read_to_string(&mut std::io::stdin(), &mut all).unwrap();
      print!("{} {}", all.to_uppercase(), file!()); }`;
    const built = await build(join(folderWith({ "up.rs": source }), "up.rs"));
    expect(built.manifest).toMatchObject({ language: "rust", abi: "wasi/1", entries: ["_start"] });
    const outcome = await run(built, "_start", "straße");
    expect(outcome.kind === "exit" && Buffer.from(outcome.output).toString()).toBe("STRASSE up.rs");
    expect(Buffer.from(built.module).includes(tmpdir())).toBe(false);
  });

  const CARGO = '[package]\nname = "f"\nversion = "0.1.0"\nedition = "2021"\n';

  test("is a crate whose library exports functions of bytes", async () => {
    const library = `
      #[no_mangle] pub extern "C" fn alloc(size: usize) -> *mut u8 { vec![0u8; size.max(1)].leak().as_mut_ptr() }
      #[no_mangle] pub extern "C" fn reverse(input: *const u8, length: usize) -> u64 {
        let mut bytes = unsafe { std::slice::from_raw_parts(input, length) }.to_vec();
        bytes.reverse();
        let bytes = bytes.leak();
        (bytes.as_ptr() as u64) << 32 | bytes.len() as u64
      }`;
    const folder = folderWith({
      "Cargo.toml": `${CARGO}[lib]\ncrate-type = ["cdylib"]\n`,
      "src/lib.rs": library,
      "target/left.rs": "no source",
      "lockstep.json": '{ "language": "rust", "abi": "bytes/1" }',
    });
    const built = await build(folder);
    expect(built.manifest).toMatchObject({ abi: "bytes/1", entries: ["reverse"] });
    const outcome = await run(built, "reverse", "abc");
    expect(outcome.kind === "exit" && Buffer.from(outcome.output).toString()).toBe("cba");
  });

  test("that is wrong, or makes more than one module, is refused by name and line", async () => {
    const wrong = folderWith({ "Cargo.toml": CARGO, "src/main.rs": "fn main() {\n  nowhere();\n}\n" });
    const { message } = await refusal(wrong);
    expect(message).toContain("cannot find function `nowhere`");
    expect(message).toContain("src/main.rs:2:3");
    const program = "fn main() {}\n";
    const two = await refusal(folderWith({ "Cargo.toml": CARGO, "src/bin/a.rs": program, "src/bin/b.rs": program }));
    expect(two.message).toContain("the crate makes a.wasm and b.wasm; a function is one binary");
  });

  test("with a dependency that no lockfile pins fetches none", async () => {
    const folder = folderWith({
      "Cargo.toml": `${CARGO}[dependencies]\nno-such-crate-anywhere = "1"\n`,
      "src/main.rs": "fn main() {}\n",
    });
    expect((await refusal(folder)).message).toContain("no-such-crate-anywhere");
  });
});

suiteFor("go")("Go", () => {
  test("is a package of several files, or one of a module's packages", async () => {
    const files = {
      "go.mod": "module example\n\ngo 1.21\n",
      "cmd/hello/main.go": `package main\nimport ("fmt"; "example/words")\nfunc main() { fmt.Print(words.Hello) }\n`,
      "words/words.go": 'package words\nimport _ "embed"\n//go:embed hello.txt\nvar Hello string\n',
      "words/hello.txt": "hello",
      "lockstep.json": '{ "language": "go", "entry": "cmd/hello/main.go" }',
    };
    const outcome = await run(await build(folderWith(files)), "_start", "");
    expect(outcome.kind === "exit" && Buffer.from(outcome.output).toString()).toBe("hello");
  });

  test("that is wrong is refused by file and line", async () => {
    const folder = folderWith({ "main.go": "package main\nfunc main() {\n\tnowhere()\n}\n" });
    expect((await refusal(join(folder, "main.go"))).message).toContain("main.go:3:2: undefined: nowhere");
  });
});

suiteFor("zig")("Zig", () => {
  test("exports functions of bytes where that is said", async () => {
    const source = `
      var room: [64]u8 = undefined;
      export fn alloc(size: usize) ?[*]u8 { return if (size <= room.len) &room else null; }
      export fn add(input: [*]u8, length: usize) u64 {
        for (input[0..length]) |*byte| byte.* += 1;
        return @as(u64, @intFromPtr(input)) << 32 | length;
      }`;
    const files = { "add.zig": source, "lockstep.json": '{"language":"zig","entry":"add.zig","abi":"bytes/1"}' };
    const built = await build(folderWith(files));
    expect(built.manifest).toMatchObject({ abi: "bytes/1", entries: ["add"] });
    const outcome = await run(built, "add", "HAL");
    expect(outcome.kind === "exit" && Buffer.from(outcome.output).toString()).toBe("IBM");
  });

  test("that is wrong is refused by file and line", async () => {
    const folder = folderWith({ "main.zig": "pub fn main() void {\n    nowhere();\n}\n" });
    expect((await refusal(folder)).message).toContain("main.zig:2:5: error: use of undeclared identifier 'nowhere'");
  });
});
