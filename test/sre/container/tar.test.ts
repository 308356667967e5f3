// Rules D4 and D5: the one spelling of a tar, and what is taken from inside.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readTar, type TarFile, TarRefused, writeTar } from "../../../sre/container/index.ts";

const LIMITS = { entries: 100, bytes: 1_000_000 };
const bytes = (text: string) => new TextEncoder().encode(text);
const file = (path: string, text = "", executable = false): TarFile => ({ path, bytes: bytes(text), executable });
const system = (args: readonly string[], input?: Uint8Array) => {
  const { status, stdout, stderr } = spawnSync("tar", args, { input, maxBuffer: 1e8 });
  expect(stderr.toString()).toBe("");
  expect(status).toBe(0);
  return new Uint8Array(stdout);
};

describe("writing", () => {
  test("the system's tar reads it, and writes the same bytes from the same files", () => {
    const archive = writeTar([file("b/c.txt", "two"), file("a", "one", true)]);
    expect(
      new TextDecoder()
        .decode(system(["-tvf", "-"], archive))
        .trim()
        .split("\n"),
    ).toEqual([
      expect.stringMatching(/^-rwxr-xr-x 0\/0 +3 1970-01-01 00:00 a$/),
      expect.stringMatching(/^-rw-r--r-- 0\/0 +3 1970-01-01 00:00 b\/c.txt$/),
    ]);
  });

  test("the order in which files are given does not matter", () => {
    const files = [file("x", "1"), file("a/b", "2"), file("a", "3")];
    expect(writeTar(files)).toEqual(writeTar(files.toReversed()));
  });

  test("a path is parted where the format wants it", () => {
    const path = `${"d".repeat(90)}/${"e".repeat(60)}/${"f".repeat(90)}`;
    const archive = writeTar([file(path, "x")]);
    expect(new TextDecoder().decode(system(["-tf", "-"], archive)).trim()).toBe(path);
    expect(readTar(archive, LIMITS)).toEqual([file(path, "x")]);
  });

  test.each(["", "/a", "a//b", "a/", "./a", "a/../b", "..", "a\nb", "a\0b", "x".repeat(101), `${"d/".repeat(130)}x`])(
    "refuses the path %j",
    (path) => expect(() => writeTar([file(path)])).toThrow(TarRefused),
  );

  test("refuses a path that is there twice", () => {
    expect(() => writeTar([file("a"), file("a")])).toThrow("twice");
  });

  test("what it writes it reads again, whatever the files", () => {
    const segment = fc.stringMatching(/^[a-zä€-]{1,20}$/u);
    const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join("/"));
    const files = fc.uniqueArray(
      fc.record({ path, bytes: fc.uint8Array({ maxLength: 1500 }), executable: fc.boolean() }),
      { selector: (one) => one.path, maxLength: 8 },
    );
    fc.assert(
      fc.property(files, (given) => {
        const read = readTar(writeTar(given), LIMITS);
        expect(read).toEqual(given.toSorted((left, right) => (left.path < right.path ? -1 : 1)));
      }),
    );
  });
});

describe("reading", () => {
  function archived(make: (folder: string) => void, ...options: string[]): Uint8Array {
    const folder = mkdtempSync(join(tmpdir(), "lockstep-tar-"));
    try {
      make(folder);
      return system([...options, "-C", folder, "-cf", "-", "."]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  test.each(["ustar", "gnu", "oldgnu", "v7"])("takes what the system's tar writes as %s", (format) => {
    const archive = archived((folder) => writeFileSync(join(folder, "a"), "one"), `--format=${format}`);
    expect(readTar(archive, LIMITS).map(({ path }) => path)).toEqual(["a"]);
  });

  test("takes GNU's long paths", () => {
    const [outer, inner] = ["n".repeat(80), "m".repeat(80)];
    const archive = archived((folder) => {
      mkdirSync(join(folder, outer));
      writeFileSync(join(folder, outer, inner), "x");
    }, "--format=gnu");
    expect(readTar(archive, LIMITS).map(({ path }) => path)).toEqual([`${outer}/${inner}`]);
  });

  test("refuses links of both kinds", () => {
    const symbolic = archived((folder) => symlinkSync("/etc/passwd", join(folder, "a")));
    expect(() => readTar(symbolic, LIMITS)).toThrow(/"a", which is no plain file or folder \(type 2\)/);
  });

  test.each(["1", "2", "3", "4", "6", "7", "x", "g", "K", "S"])("refuses an entry of type %s", (type) => {
    expect(() => readTar(retyped(writeTar([file("a")]), type), LIMITS)).toThrow(TarRefused);
  });

  test.each(["../a", "/a", "a/../../b", "a//b"])("refuses the path %s from inside", (path) => {
    expect(() => readTar(renamed(writeTar([file("x".repeat(path.length))]), path), LIMITS)).toThrow(TarRefused);
  });

  test("refuses what is there twice, too many entries, too many bytes", () => {
    const one = writeTar([file("a", "xx")]).subarray(0, 1024);
    const twice = new Uint8Array([...one, ...one, ...new Uint8Array(1024)]);
    expect(() => readTar(twice, LIMITS)).toThrow("twice");
    expect(() => readTar(writeTar([file("a"), file("b")]), { entries: 1, bytes: 9 })).toThrow("more than 1 entries");
    expect(() => readTar(writeTar([file("a", "xx")]), { entries: 9, bytes: 1 })).toThrow("more than 1 bytes");
  });

  test("refuses an archive that is cut anywhere", () => {
    const archive = writeTar([file("a", "x".repeat(600))]);
    for (let size = 0; size < archive.length - 1024; size += 37) {
      expect(() => readTar(archive.subarray(0, size), LIMITS)).toThrow(TarRefused);
    }
  });

  test("refuses or takes whatever bytes come, and nothing else", () => {
    const seed = writeTar([file("a/b", "x".repeat(100)), file("c", "y")]);
    const spoiled = fc.array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(spoiled, (changes) => {
        const archive = new Uint8Array(seed);
        for (const [at, value] of changes) archive[at] = value;
        try {
          readTar(archive, LIMITS);
        } catch (error) {
          expect(error).toBeInstanceOf(TarRefused);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

/** The archive with its first header changed, and its checksum made right again. */
function changed(archive: Uint8Array, change: (header: Uint8Array) => void): Uint8Array {
  const copy = new Uint8Array(archive);
  const header = copy.subarray(0, 512);
  change(header);
  header.fill(0x20, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.set(bytes(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  return copy;
}

const retyped = (archive: Uint8Array, type: string) => changed(archive, (header) => header.set(bytes(type), 156));
const renamed = (archive: Uint8Array, path: string) => changed(archive, (header) => header.set(bytes(path), 0));
