// WebAssembly text: modules of any ABI, components, and where a text is wrong.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { build } from "../../host/build/index.ts";
import { sandboxForTests } from "../support/guest-run.ts";

const run = sandboxForTests();
const scratch = mkdtempSync(join(tmpdir(), "lockstep-wat-"));
afterAll(() => rmSync(scratch, { recursive: true }));

let files = 0;
function file(text: string): string {
  const path = join(scratch, `m${files++}.wat`);
  writeFileSync(path, text);
  return path;
}

test("a module is of the ABI that it shows", async () => {
  const command = `(module
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (func (export "_start") (call $exit (i32.const 7))))`;
  const built = await build(file(command));
  expect(built.manifest).toMatchObject({ language: "wat", abi: "wasi/1", entries: ["_start"] });
  const outcome = await run(built, "_start", "");
  expect(outcome.kind === "exit" && outcome.answer.exit).toEqual({ kind: "code", code: 7 });
});

test("a component is one", async () => {
  const component = `(component
    (core module $m (func (export "twice") (param i32) (result i32) (i32.shl (local.get 0) (i32.const 1))))
    (core instance $i (instantiate $m))
    (func (export "twice") (param "of" u32) (result u32) (canon lift (core func $i "twice"))))`;
  const built = await build(file(component));
  expect(built.manifest).toMatchObject({ abi: "component/1", entries: ["twice"] });
  expect(built.signatures).toEqual(["twice: func(of: u32) -> u32"]);
  const outcome = await run(built, "twice", "[21]");
  expect(outcome.kind === "exit" && Buffer.from(outcome.output).toString()).toBe("42");
});

test.each([
  ["a word that is none", "(module\n  (func (i32.cost 1)))", "2:10: unknown operator or unexpected token"],
  ["a name that is none", "(module\n  (func (call $y)))", "2:15: unknown func: failed to find name `$y`"],
  ["an escape that is none", '(module (func (export "\\z")))', "1:25: InvalidStringEscape('z')"],
  ["something else", "hello", "1:1: expected `(`"],
  ["endless depth", `(module (func ${"(block ".repeat(100_000)}`, ""],
])("%s is refused where it stands", async (_, text, words) => {
  const path = file(text);
  const error = await build(path).catch((reason: Error) => reason);
  expect(error).toMatchObject({ code: "BUILD_FAILED" });
  expect((error as Error).message).toMatch(/^the parser refused the source:\nm\d+\.wat:1?/);
  expect((error as Error).message).toContain(words);
});

test("what is no module of the profile is refused like anybody else's", async () => {
  const message = expect.stringContaining("the module is refused");
  await expect(build(file('(module (func (export "a") (result i32)))'))).rejects.toMatchObject({
    code: "INVALID_MODULE",
    message,
  });
});
