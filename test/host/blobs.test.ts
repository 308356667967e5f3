// The blob store: what it keeps it gives back bit for bit or not at all, within its quota, through crashes and full disks.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type Digest, utf8Encode } from "../../chain/protocol/index.ts";
import { nodeCrypto } from "../../host/crypto.ts";
import { BlobStore, type Home } from "../../host/node/index.ts";
import { codeOf, refusalOf } from "../support/errors.ts";
import { someHome, Undo } from "../support/house.ts";

const undo = new Undo();
afterAll(() => undo.run());

const LIMITS = { blobBytes: 10_000, quotaBytes: 25_000 };
const LATER = Date.now() + 3_600_000;
const bytesOf = (text: string, size: number) => utf8Encode(text.padEnd(size, "."));
const pathOf = (home: Home, digest: Digest) => join(home.blobs, digest.slice(0, 2), digest);

function open(home = someHome(undo)) {
  return { home, blobs: new BlobStore(home, nodeCrypto, LIMITS) };
}

describe("a blob", () => {
  test("comes back as it was put, under its SHA-256, private to its owner", () => {
    const { home, blobs } = open();
    const bytes = utf8Encode("abc");
    const ref = blobs.put(bytes);
    expect(ref).toEqual({ sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", size: 3 });
    expect(blobs.get(ref.sha256)).toEqual(bytes);
    expect(blobs.size(ref.sha256)).toBe(3);
    expect(statSync(pathOf(home, ref.sha256)).mode & 0o077).toBe(0);
  });

  test("of no bytes is a blob too", () => {
    const { blobs } = open();
    expect(blobs.get(blobs.put(new Uint8Array()).sha256)).toEqual(new Uint8Array());
  });

  test("that was never put is NOT_FOUND", () => {
    const { blobs } = open();
    const digest = "0".repeat(64) as Digest;
    expect(codeOf(() => blobs.get(digest))).toBe("NOT_FOUND");
    expect(blobs.size(digest)).toBeNull();
  });

  test("above the limit is TOO_LARGE and leaves nothing", () => {
    const { home, blobs } = open();
    expect(codeOf(() => blobs.put(new Uint8Array(10_001)))).toBe("TOO_LARGE");
    expect(existsSync(home.blobs) ? readdirSync(home.blobs) : []).toEqual([]);
  });

  test("may be a view on a larger buffer", () => {
    const { blobs } = open();
    const whole = utf8Encode("xxabcxx");
    const ref = blobs.put(whole.subarray(2, 5));
    whole.fill(0);
    expect(blobs.get(ref.sha256)).toEqual(utf8Encode("abc"));
  });
});

describe("a disk that lies", () => {
  test.each([
    ["a changed bit", (bytes: Buffer) => Buffer.from(bytes.map((byte, at) => (at === 3 ? byte ^ 1 : byte)))],
    ["a missing end", (bytes: Buffer) => bytes.subarray(0, -1)],
    ["something behind the end", (bytes: Buffer) => Buffer.concat([bytes, Buffer.from("!")])],
    ["nothing at all", () => Buffer.alloc(0)],
  ])("is STORAGE_CORRUPT, naming the blob: %s", (_, damage) => {
    const { home, blobs } = open();
    const { sha256 } = blobs.put(bytesOf("a blob", 500));
    const path = pathOf(home, sha256);
    writeFileSync(path, damage(readFileSync(path)));
    const refusal = refusalOf(() => blobs.get(sha256));
    expect(refusal?.code).toBe("STORAGE_CORRUPT");
    expect(refusal?.message).toContain(sha256);
  });

  test("is mended by putting the blob again", () => {
    const { home, blobs } = open();
    const bytes = bytesOf("a blob", 500);
    const { sha256 } = blobs.put(bytes);
    writeFileSync(pathOf(home, sha256), bytesOf("not a blob", 500));
    blobs.put(bytes);
    expect(blobs.get(sha256)).toEqual(bytes);
  });

  test("does not end a promise by being mended", () => {
    const { home, blobs } = open();
    const bytes = bytesOf("a blob", 500);
    const { sha256 } = blobs.put(bytes);
    writeFileSync(pathOf(home, sha256), bytesOf("not a blob", 500));
    blobs.promise(sha256, LATER);
    blobs.put(bytes);
    for (const text of ["one", "two", "three"]) blobs.put(bytesOf(text, 10_000));
    expect(blobs.get(sha256)).toEqual(bytes);
  });
});

describe("the quota", () => {
  /** Puts a blob and promises it for an hour. */
  function putPromised(blobs: BlobStore, text: string, size: number): Digest {
    const { sha256 } = blobs.put(bytesOf(text, size));
    blobs.promise(sha256, LATER);
    return sha256;
  }

  test("refuses what does not fit beside what is promised, says so, and still takes what does", () => {
    const { blobs } = open();
    putPromised(blobs, "one", 10_000);
    putPromised(blobs, "two", 10_000);
    expect(codeOf(() => blobs.put(bytesOf("three", 5001)))).toBe("QUOTA");
    putPromised(blobs, "three", 5000);
    expect(codeOf(() => blobs.put(utf8Encode("x")))).toBe("QUOTA");
  });

  test("counts the same bytes once, and the smallest blob as a block", () => {
    const { blobs } = open();
    for (let times = 0; times < 5; times++) putPromised(blobs, "one", 10_000);
    for (const text of ["a", "b", "c"]) putPromised(blobs, text, 1);
    expect(codeOf(() => blobs.put(utf8Encode("d")))).toBe("QUOTA");
  });

  test("is counted again at the next start", () => {
    const { home, blobs } = open();
    putPromised(blobs, "one", 10_000);
    putPromised(blobs, "two", 10_000);
    const again = new BlobStore(home, nodeCrypto, LIMITS);
    expect(codeOf(() => again.put(bytesOf("three", 5001)))).toBe("QUOTA");
  });

  test("takes the oldest away that nobody was promised, and only as many as it must", () => {
    const { blobs } = open();
    const kept = putPromised(blobs, "promised", 10_000);
    const [first, second] = [blobs.put(bytesOf("1", 7000)), blobs.put(bytesOf("2", 7000))];
    blobs.put(bytesOf("3", 5000));
    expect([kept, first.sha256, second.sha256].map((digest) => blobs.size(digest))).toEqual([10_000, null, 7000]);
  });

  test("does not take away for what would not fit anyway", () => {
    const { blobs } = open();
    for (const text of ["one", "two"]) putPromised(blobs, text, 10_000);
    const loose = blobs.put(bytesOf("loose", 5000));
    expect(codeOf(() => blobs.put(bytesOf("large", 5001)))).toBe("QUOTA");
    expect(blobs.size(loose.sha256)).toBe(5000);
  });

  test("remembers promises at the next start, and those that ran out no longer", () => {
    const { home, blobs } = open();
    const kept = putPromised(blobs, "kept", 10_000);
    const { sha256: over } = blobs.put(bytesOf("over", 10_000));
    blobs.promise(over, Date.now() - 1000);
    const again = new BlobStore(home, nodeCrypto, LIMITS);
    again.put(bytesOf("new", 10_000));
    expect([again.size(kept), again.size(over)]).toEqual([10_000, null]);
  });
});

describe("a start after a crash", () => {
  test("clears away what was half written and leaves what is not ours to judge", () => {
    const { home, blobs } = open();
    const bytes = bytesOf("kept", 100);
    const { sha256 } = blobs.put(bytes);
    const half = `${pathOf(home, sha256)}.0123456789abcdef.tmp`;
    writeFileSync(half, "half");
    mkdirSync(join(home.blobs, sha256.slice(0, 2), "a folder"));
    writeFileSync(join(home.blobs, "a file"), "");
    const again = new BlobStore(home, nodeCrypto, LIMITS);
    expect(existsSync(half)).toBe(false);
    expect(again.get(sha256)).toEqual(bytes);
  });
});
