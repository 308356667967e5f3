// Files whole or not at all: modes, bounds, refusals by code, and what a full disk leaves behind.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { utf8Encode } from "../../chain/protocol/index.ts";
import { nodeCrypto } from "../../host/crypto.ts";
import { BlobStore, diskError, Home, readBounded, writeWhole } from "../../host/node/index.ts";
import { codeOf, refusalOf } from "../support/errors.ts";
import { someHome, Undo } from "../support/house.ts";

const undo = new Undo();
afterAll(() => undo.run());
const folder = () => someHome(undo).root;

describe("writing", () => {
  test("replaces a file whole, with the mode asked for, and leaves no temporary", () => {
    const path = join(folder(), "file");
    writeWhole(path, utf8Encode("first"), 0o600);
    writeWhole(path, utf8Encode("second"), 0o600);
    expect(readFileSync(path, "utf8")).toBe("second");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(path, ".."))).toEqual(["file"]);
  });

  test("refuses to replace when asked to, without touching what is there", () => {
    const path = join(folder(), "file");
    writeFileSync(path, "theirs");
    expect(codeOf(() => writeWhole(path, utf8Encode("ours"), 0o600, { existing: "refuse" }))).toBe("USAGE");
    expect(readFileSync(path, "utf8")).toBe("theirs");
    expect(readdirSync(join(path, ".."))).toEqual(["file"]);
  });

  test("replaces a link itself, never the file that it leads to", () => {
    const at = folder();
    writeFileSync(join(at, "target"), "theirs");
    symlinkSync(join(at, "target"), join(at, "link"));
    writeWhole(join(at, "link"), utf8Encode("ours"), 0o600);
    expect(readFileSync(join(at, "target"), "utf8")).toBe("theirs");
  });

  test("into a folder that is not there is NOT_FOUND, over a folder is refused", () => {
    const at = folder();
    expect(codeOf(() => writeWhole(join(at, "no/file"), new Uint8Array(), 0o600))).toBe("NOT_FOUND");
    mkdirSync(join(at, "taken"));
    expect(codeOf(() => writeWhole(join(at, "taken"), new Uint8Array(), 0o600))).toBe("USAGE");
    expect(readdirSync(at)).toEqual(["taken"]);
  });
});

describe("reading", () => {
  test("is bounded before anything is read", () => {
    const path = join(folder(), "file");
    writeFileSync(path, "12345");
    expect(readBounded(path, 5)).toEqual(utf8Encode("12345"));
    expect(codeOf(() => readBounded(path, 4))).toBe("TOO_LARGE");
  });

  test("is bounded for files that claim to be empty and never end", () => {
    expect(codeOf(() => readBounded("/dev/zero", 10_000_000))).toBe("TOO_LARGE");
  });

  test("names a folder and a missing file as what they are", () => {
    const at = folder();
    expect(codeOf(() => readBounded(at, 1000))).toBe("USAGE");
    expect(refusalOf(() => readBounded(join(at, "none"), 1000))).toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining(join(at, "none")),
    });
  });

  // Asked of the translation itself: root, as whom continuous integration runs, may read everything.
  test.each(["EACCES", "EPERM", "EROFS"])("without permission (%s) is USAGE", (code) => {
    expect(diskError(Object.assign(new Error("the system's words"), { code }), "/some/file")).toMatchObject({
      code: "USAGE",
      message: "no permission for /some/file; check who owns it and its mode",
    });
  });
});

// Only root may mount, and not in every container: without it the disk of these tests can't be made small.
const disk = folder();
const mounted =
  process.getuid?.() === 0 &&
  spawnSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], { stdio: "ignore" }).status === 0;
if (mounted) undo.push(() => spawnSync("umount", [disk], { stdio: "ignore" }));

describe.skipIf(!mounted)("a full disk", () => {
  test("is STORAGE_FULL, keeps the old file and leaves no trace of the new one", () => {
    const path = join(disk, "file");
    writeWhole(path, utf8Encode("old"), 0o600);
    expect(codeOf(() => writeWhole(path, new Uint8Array(1 << 20), 0o600))).toBe("STORAGE_FULL");
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(disk)).toEqual(["file"]);
  });

  test("refuses a blob, keeps the others, and takes it once there is room", () => {
    const home = new Home(join(disk, "home"));
    const blobs = new BlobStore(home, nodeCrypto);
    const kept = blobs.put(new Uint8Array(50_000));
    const large = new Uint8Array(150_000).fill(1);
    writeFileSync(join(disk, "ballast"), new Uint8Array(100_000));
    expect(codeOf(() => blobs.put(large))).toBe("STORAGE_FULL");
    expect(blobs.get(kept.sha256)).toHaveLength(50_000);
    writeFileSync(join(disk, "ballast"), "");
    expect(existsSync(join(disk, "ballast"))).toBe(true);
    expect(blobs.get(blobs.put(large).sha256)).toEqual(large);
  });
});
