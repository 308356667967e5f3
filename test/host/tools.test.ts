// Running a toolchain: what it says comes through cut and clean, and it ends with all that it started.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { BUILD_LIMITS } from "../../host/build/index.ts";
import { findPackage, runCommand, withCopy } from "../../host/build/tools.ts";
import { findCommand } from "../../host/programs.ts";

const folder = mkdtempSync(join(tmpdir(), "lockstep-tools-"));
afterAll(() => rmSync(folder, { recursive: true }));

const sh = (script: string, ms = 20_000) =>
  runCommand({ title: "the tool", path: "/bin/sh", args: ["-c", script], folder, ms });

test("gives both streams of what ends well", async () => {
  expect(await sh("echo one; echo two >&2")).toEqual({ stdout: "one\n", stderr: "two\n" });
});

test("a bad end is an error with the tool's words, free of escapes, controls and the folder", async () => {
  const script = `printf '\\033[31m%s/a.c:1: wrong\\a\\033[0m\\n' "$PWD" >&2; exit 3`;
  const message = "the tool refused the source:\na.c:1: wrong";
  await expect(sh(script)).rejects.toMatchObject({ code: "BUILD_FAILED", message });
  await expect(sh("echo told; exit 3")).rejects.toMatchObject({ message: expect.stringMatching(/told$/) });
  await expect(sh("exit 3")).rejects.toMatchObject({ message: expect.stringMatching(/status 3$/) });
});

test("endless words are cut", async () => {
  const error = (await sh("yes wrong | head -c 5000000 >&2; exit 1").catch((reason: Error) => reason)) as Error;
  expect(error.message.split("\n")).toHaveLength(BUILD_LIMITS.messageLines + 2);
});

test("one that takes too long is stopped, and what it started too", async () => {
  const late = join(folder, "late");
  await expect(sh(`(sleep 1; touch ${late}) & wait`, 100)).rejects.toMatchObject({
    code: "BUILD_FAILED",
    message: "the tool was stopped after 0.1 s",
  });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(existsSync(late)).toBe(false);
});

test("one that is not there is said", async () => {
  const command = { title: "the tool", path: join(folder, "none"), args: [], folder };
  await expect(runCommand(command)).rejects.toMatchObject({
    code: "BUILD_FAILED",
    message: expect.stringContaining("the tool can't be started"),
  });
});

test("sees nothing of the environment but paths and the language of messages", async () => {
  const { stdout } = await sh("env | cut -d= -f1 | sort");
  const own = stdout.trim().split("\n");
  expect(own.filter((name) => !["_", "HOME", "LC_ALL", "PATH", "PWD", "SHLVL", "OLDPWD"].includes(name))).toEqual([]);
});

test("works on a copy that is gone afterwards", async () => {
  const tree = { entry: "a", files: new Map([["deep/a", new Uint8Array([1])]]) };
  const place = await withCopy(tree, async (copy) => {
    expect(existsSync(join(copy, "deep/a"))).toBe(true);
    return copy;
  });
  expect(existsSync(place)).toBe(false);
  await expect(withCopy(tree, () => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
});

test("commands are found in PATH, packages beside Lockstep", () => {
  expect(findCommand("no-such-command", "sh")).toMatch(/\/sh$/);
  expect(findCommand("no-such-command")).toBeNull();
  expect(findPackage("assemblyscript")?.version).toBe("0.28.20");
  expect(findPackage("no-such-package")).toBeNull();
});
