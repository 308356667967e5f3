// Folders are made with all that they lie in, and what can't be made ends with an error, not with silence.
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { makeFolders } from "../../host/folders.ts";

const root = mkdtempSync(join(tmpdir(), "lockstep-folders-"));
afterAll(() => rmSync(root, { recursive: true }));

test("a folder and its parents get the mode, and making it again changes nothing", () => {
  const path = join(root, "a/b/c");
  makeFolders(path, 0o700);
  makeFolders(path, 0o755);
  expect([path, join(root, "a")].map((one) => statSync(one).mode & 0o777)).toEqual([0o700, 0o700]);
});

test("below a file is an error", () => {
  writeFileSync(join(root, "file"), "");
  expect(() => makeFolders(join(root, "file/below"))).toThrow();
});

test("a file system that takes no folders ends at once, where Node's own mkdir spins", () => {
  expect(() => makeFolders("/proc/lockstep/below")).toThrow();
});
