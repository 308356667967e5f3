// The file system of the world, through the calls of `wasi/1`: paths, files, listings, rights, and what they may take
// (SPEC rules O1 to O5, W5, W6).
import { describe, expect, test } from "vitest";
import { task } from "./support/tasks.ts";
import { Script } from "./support/wasi.ts";
import {
  APPEND,
  CREATE,
  DIRECTORY,
  EXCLUSIVE,
  FOLLOW,
  list,
  mkdir,
  names,
  READ,
  RIGHT,
  RW,
  read,
  rename,
  run,
  sandbox,
  stat,
  symlink,
  TRUNCATE,
  unlink,
  write,
} from "./support/wasi-files.ts";
import { wat } from "./support/wat.ts";

describe("files of the context (O1)", () => {
  const files = { "data/in/a.txt": "first", "data/b.txt": "second", z: "" };

  test("lie at their paths and can be read", async () => {
    const script = new Script();
    script.open("data/in/a.txt", 0, READ);
    const [data, count] = read(script, 4, 9);
    const end = read(script, 4, 9);
    const image = await run(script, { files });
    expect([image.errnos, image.text(data, image.u32(count)), image.u32(end[1])]).toEqual([
      ["success", "success", "success"],
      "first",
      0,
    ]);
  });

  test("can't be changed, but their names can", async () => {
    const script = new Script();
    script.open("z", 0, RW);
    script.open("z", TRUNCATE);
    script.call("path_filestat_set_times", 3, 0, script.bytes("z"), 1n, 1n, 1);
    script.open("z", CREATE, READ);
    rename(script, "z", "y");
    unlink(script, "data/b.txt");
    script.open("data/b.txt", CREATE, RW);
    const image = await run(script, { files });
    expect(image.errnos).toEqual([...Array(3).fill("acces"), ...Array(4).fill("success")]);
  });

  test("asked for with every right but writing are given to be read (W6)", async () => {
    const script = new Script();
    const all = (1n << 30n) - 1n;
    script.open("data/b.txt", 0, { base: all & ~RIGHT.write });
    const [data, count] = read(script, 4, 9);
    script.call("fd_allocate", 4, 0n, 10n);
    script.call("fd_filestat_set_size", 4, 1n);
    script.open("data", 0, { base: RIGHT.allocate });
    const image = await run(script, { files });
    expect(image.errnos).toEqual(["success", "success", "notcapable", "notcapable", "isdir"]);
    expect(image.text(data, image.u32(count))).toBe("second");
  });

  test("a /tmp is there whatever they are, unless one has its name", async () => {
    const script = new Script();
    script.open("tmp/x", CREATE, RW);
    expect((await run(script, { files })).errnos).toEqual(["success"]);
    expect((await run(script, { files: { tmp: "mine" } })).errnos).toEqual(["notdir"]);
    expect((await run(script, { files: { "tmp/a": "mine" } })).errnos).toEqual(["success"]);
  });
});

describe("the scratch space (O2)", () => {
  test("files, links and names take of it, and give it back", async () => {
    const script = new Script();
    const limit = 67_108_864n;
    const setSize = (fd: number, size: bigint) => script.call("fd_filestat_set_size", fd, size);
    script.open("f", CREATE, RW);
    // Names: tmp, f.
    setSize(4, limit - 1023n);
    setSize(4, limit - 1024n);
    mkdir(script, "d");
    setSize(4, limit - 1024n - 512n - 3n);
    symlink(script, "abcd", "l");
    setSize(4, limit - 1024n - 512n - 4n);
    symlink(script, "abcd", "l");
    unlink(script, "l");
    mkdir(script, "d");
    // The file keeps its bytes as long as it is open.
    unlink(script, "f");
    script.open("g", CREATE, RW);
    setSize(5, limit / 2n);
    script.call("fd_close", 4);
    setSize(5, limit / 2n);
    const image = await run(script);
    expect(image.errnos).toEqual([
      ...["success", "nospc", "success", "nospc", "success", "nospc", "success", "success", "success", "success"],
      ...["success", "success", "nospc", "success", "success"],
    ]);
  });

  test("a link of which nothing came to be takes nothing", async () => {
    const script = new Script();
    script.open("f", CREATE, RW);
    script.call("fd_filestat_set_size", 4, 67_108_864n - 1024n - 512n - 3n);
    for (let index = 0; index < 4; index++) symlink(script, "abcd", "l");
    symlink(script, "abc", "l");
    expect((await run(script)).errnos.slice(2)).toEqual([...Array(4).fill("nospc"), "success"]);
  });

  test("no size that a number can't hold", async () => {
    const script = new Script();
    script.open("f", CREATE, RW);
    script.call("fd_filestat_set_size", 4, 2n ** 53n);
    script.call("fd_pwrite", 4, script.vectors(script.bytes("x")), 2n ** 60n, script.room(4));
    script.call("fd_seek", 4, 2n ** 62n, 0, script.room(8));
    write(script, 4, "x");
    const image = await run(script);
    expect(image.errnos).toEqual(["success", "fbig", "fbig", "success", "fbig"]);
  });
});

describe("paths (O3)", () => {
  const long = "./".repeat(2046);

  test.each<[what: string, errno: string, path?: string | Uint8Array]>([
    ["", "noent"],
    ["a/b/f", "success"],
    ["./a//b/../b/./f", "success"],
    ["/a/b/f", "perm"],
    ["..", "perm"],
    ["a/../../a", "perm"],
    ["a/b/f/", "notdir"],
    ["a/b/f/.", "notdir"],
    ["a/b/f/..", "notdir"],
    ["a/b/none", "noent"],
    ["none/b", "noent"],
    ["a zero", "inval", "a/b/f\0"],
    ["no UTF-8", "ilseq", new Uint8Array([0x61, 0xff])],
    ["a name of 255 bytes", "noent", "x".repeat(255)],
    ["a name of 256 bytes", "nametoolong", "x".repeat(256)],
    ["a name of 128 characters and 256 bytes", "nametoolong", "é".repeat(128)],
    ["4,096 bytes", "success", `${long}a/b/`],
    ["4,097 bytes", "nametoolong", `${long}a/b/.`],
    ["up", "success"],
    ["out", "perm"],
    ["loop", "loop"],
    ["slash", "notdir"],
  ])("%s: %s", async (what, errno, path = what) => {
    const script = new Script();
    symlink(script, "a/../a/b/f", "up");
    symlink(script, "a/../../f", "out");
    symlink(script, "loop", "loop");
    symlink(script, "a/b/f/", "slash");
    script.call("path_filestat_get", 3, FOLLOW, script.bytes(path), script.room(64));
    const image = await run(script, { files: { "a/b/f": "" } });
    expect(image.errnos).toEqual([...Array(4).fill("success"), errno]);
  });

  test("forty links are followed, and no more", async () => {
    const script = new Script();
    for (let index = 1; index <= 41; index++) symlink(script, `l${index - 1}`, `l${index}`);
    stat(script, "l40", FOLLOW);
    stat(script, "l41", FOLLOW);
    expect((await run(script, { files: { l0: "" } })).errnos.slice(-2)).toEqual(["success", "loop"]);
  });

  test("nothing leads out of the directory that a path is resolved below", async () => {
    const script = new Script();
    script.open("a", DIRECTORY, { inheriting: RIGHT.read, base: RIGHT.open });
    script.call("path_open", 4, 0, script.bytes("b/f"), 0, 0n, 0n, 0, script.room(4));
    script.call("path_open", 4, 0, script.bytes("../a/b/f"), 0, 0n, 0n, 0, script.room(4));
    script.call("path_open", 4, 0, script.bytes("b/../.."), 0, 0n, 0n, 0, script.room(4));
    symlink(script, "/a", "absolute");
    const image = await run(script, { files: { "a/b/f": "" } });
    expect(image.errnos).toEqual(["success", "success", "perm", "perm", "perm"]);
  });
});

describe("opening (W5, W6)", () => {
  test("makes, refuses and cuts as it is told", async () => {
    const script = new Script();
    script.open("f", 0, RW);
    script.open("f", CREATE, RW);
    script.open("f", CREATE | EXCLUSIVE, RW);
    script.open("f", DIRECTORY);
    script.open("new/", CREATE);
    script.open("new", CREATE | DIRECTORY);
    script.open("a", CREATE);
    script.open("a", TRUNCATE);
    script.open("a", 0, RW);
    script.open("a", 0, READ);
    script.open("l", 0, { lookup: 0 });
    symlink(script, "f", "l");
    script.open("l");
    script.open("l", 0, { lookup: FOLLOW });
    script.open("l", CREATE | EXCLUSIVE, { lookup: FOLLOW });
    script.open("f", 16);
    script.open("f", 0, { flags: 32 });
    const image = await run(script, { files: { "a/b": "" } });
    expect(image.errnos).toEqual([
      ...["noent", "success", "exist", "notdir", "isdir", "inval", "isdir", "isdir", "isdir", "success"],
      ...["noent", "success", "loop", "success", "exist", "inval", "inval"],
    ]);
  });

  test("gives the lowest number that is free", async () => {
    const script = new Script();
    const open = () => {
      const room = script.room(4);
      script.call("path_open", 3, 0, script.bytes("."), 0, 0n, 0n, 0, room);
      return room;
    };
    const first = [open(), open(), open()];
    script.call("fd_close", 5);
    script.call("fd_close", 0);
    const second = [open(), open(), open()];
    script.call("fd_close", 99);
    const image = await run(script);
    expect([...first, ...second].map((room) => image.u32(room))).toEqual([4, 5, 6, 0, 5, 7]);
    expect(image.errnos.at(-1)).toBe("badf");
  });

  test("4,096 are open at most", async () => {
    const module = wat(`(module
      (import "wasi_snapshot_preview1" "path_open"
        (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (memory (export "memory") 1) (data (i32.const 8) ".")
      (func (export "_start") (local $errno i32)
        (loop (br_if 0 (i32.eqz (local.tee $errno
          (call $open (i32.const 3) (i32.const 0) (i32.const 8) (i32.const 1) (i32.const 0)
            (i64.const 0) (i64.const 0) (i32.const 0) (i32.const 0))))))
        (call $exit (i32.or (i32.shl (i32.load (i32.const 0)) (i32.const 8)) (local.get $errno)))))`);
    const outcome = await sandbox.run(task(module, { abi: "wasi/1", entry: "_start" }));
    const exit = { kind: "code", code: (4095 << 8) | 33 };
    expect(outcome).toMatchObject({ answer: { exit } });
  });

  test("rights are those that fit, handed on or less, and never come back", async () => {
    const script = new Script();
    const [directory, file, inner] = [script.room(24), script.room(24), script.room(24)];
    script.open(".", DIRECTORY, {
      base: (1n << 64n) - 1n - RIGHT.write - RIGHT.allocate - RIGHT.setSize,
      inheriting: RIGHT.read,
    });
    script.call("fd_fdstat_get", 4, directory);
    script.open("f", 0, { fd: 4, base: RIGHT.read | RIGHT.tell });
    script.open("f", 0, { fd: 4, base: RIGHT.read });
    script.call("fd_fdstat_get", 5, file);
    script.call("fd_tell", 5, script.room(8));
    write(script, 5, "x");
    script.call("fd_fdstat_set_rights", 5, RIGHT.read | RIGHT.tell, 0n);
    script.call("fd_fdstat_set_rights", 5, 0n, 0n);
    read(script, 5, 1);
    script.call("fd_fdstat_set_rights", 4, RIGHT.open, 0n);
    script.call("fd_fdstat_get", 4, inner);
    script.open("g", CREATE, { fd: 4 });
    mkdir(script, "d");
    script.call("path_create_directory", 4, script.bytes("e"));
    const image = await run(script, { files: { f: "text" } });
    expect(image.errnos).toEqual([
      ...["success", "success", "notcapable", "success", "success", "notcapable", "badf", "notcapable", "success"],
      ...["badf", "success", "success", "notcapable", "success", "notcapable"],
    ]);
    expect([image.u64(directory + 8) & RIGHT.read, image.u64(directory + 16)]).toEqual([0n, RIGHT.read]);
    expect([image.u64(file + 8), image.u64(inner + 8)]).toEqual([RIGHT.read, RIGHT.open]);
  });

  test("renumbering closes what had the number", async () => {
    const script = new Script();
    script.open("a", 0, READ);
    script.open("b", 0, READ);
    script.call("fd_renumber", 4, 5);
    const [data, count] = read(script, 5, 9);
    read(script, 4, 9);
    script.call("fd_renumber", 5, 9);
    script.call("fd_renumber", 5, 5);
    script.call("fd_renumber", 5, 3);
    script.call("fd_prestat_get", 3, script.room(8));
    const image = await run(script, { files: { a: "A", b: "B" } });
    const ends = ["success", "success", "success", "success", "badf", "badf", "success", "success", "badf"];
    expect([image.errnos, image.text(data, image.u32(count))]).toEqual([ends, "A"]);
  });

  test("the root is preopened as /", async () => {
    const script = new Script();
    const [prestat, name] = [script.room(8), script.room(1)];
    script.call("fd_prestat_get", 3, prestat);
    script.call("fd_prestat_dir_name", 3, name, 1);
    script.call("fd_prestat_dir_name", 3, name, 0);
    script.call("fd_prestat_get", 4, prestat);
    const image = await run(script);
    expect(image.errnos).toEqual(["success", "success", "nametoolong", "badf"]);
    expect([image.u32(prestat), image.u32(prestat + 4), image.text(name, 1)]).toEqual([0, 1, "/"]);
  });
});

describe("reading and writing", () => {
  test("at a place, at the end, behind it", async () => {
    const script = new Script();
    script.open("f", CREATE, RW);
    write(script, 4, "hello");
    const offset = script.room(8);
    script.call("fd_seek", 4, -2n, 2, offset);
    write(script, 4, "LOW");
    script.call("fd_seek", 4, 8, 0, script.room(8));
    write(script, 4, "!");
    script.call("fd_seek", 4, -99n, 1, script.room(8));
    script.call("fd_seek", 4, 0, 3, script.room(8));
    const data = script.room(9);
    script.call("fd_pread", 4, script.vectors([data, 4], [data + 4, 5]), 0n, script.room(4));
    const tell = script.room(8);
    script.call("fd_tell", 4, tell);
    const image = await run(script);
    expect(image.errnos).toEqual([...Array(6).fill("success"), "inval", "inval", "success", "success"]);
    expect([image.u64(offset), image.text(data, 9), image.u64(tell)]).toEqual([3n, "helLOW\0\0!", 9n]);
  });

  test("what was cut off comes back as zeros", async () => {
    const script = new Script();
    script.open("f", CREATE, RW);
    write(script, 4, "secret secret secret");
    for (const size of [13n, 20n, 1n, 20n]) script.call("fd_filestat_set_size", 4, size);
    const data = script.room(20);
    script.call("fd_pread", 4, script.vectors([data, 20]), 0n, script.room(4));
    expect((await run(script)).text(data, 20)).toBe(`s${"\0".repeat(19)}`);
  });

  test("append writes at the end wherever the descriptor is; it can be switched off", async () => {
    const script = new Script();
    script.open("f", CREATE, { base: RW.base | (1n << 3n), flags: APPEND });
    write(script, 4, "abc");
    script.call("fd_seek", 4, 0n, 0, script.room(8));
    write(script, 4, "def");
    script.call("fd_fdstat_set_flags", 4, 0);
    script.call("fd_seek", 4, 0n, 0, script.room(8));
    write(script, 4, "X");
    const data = script.room(6);
    script.call("fd_pread", 4, script.vectors([data, 6]), 0n, script.room(4));
    expect((await run(script)).text(data, 6)).toBe("Xbcdef");
  });

  test("more than 1,024 vectors are a shorter read", async () => {
    const script = new Script();
    script.open("f", 0, READ);
    const [data, count] = [script.room(2000), script.room(4)];
    const vectors = script.vectors(...Array.from({ length: 1500 }, (_, index) => [data + index, 1] as const));
    script.call("fd_read", 4, vectors, count);
    expect((await run(script, { files: { f: "x".repeat(2000) } })).u32(count)).toBe(1024);
  });

  test("directories are none of it", async () => {
    const script = new Script();
    const vectors = script.vectors(script.bytes("x"));
    script.call("fd_read", 3, vectors, script.room(4));
    script.call("fd_write", 3, vectors, script.room(4));
    script.call("fd_seek", 3, 0n, 0, script.room(8));
    script.call("fd_filestat_set_size", 3, 0n);
    script.call("fd_allocate", 3, 0n, 1n);
    script.call("fd_advise", 3, 0n, 1n, 0);
    script.open("f", CREATE, RW);
    script.call("path_open", 4, 0, script.bytes("x"), 0, 0n, 0n, 0, script.room(4));
    list(script, 4);
    expect((await run(script)).errnos).toEqual([...Array(6).fill("isdir"), "success", "notdir", "notdir"]);
  });

  test("advice is checked and does nothing, allocation lengthens", async () => {
    const script = new Script();
    const base = RW.base | RIGHT.allocate | (1n << 7n);
    script.open("f", CREATE, { base });
    script.call("fd_advise", 4, 0n, 1n, 5);
    script.call("fd_advise", 4, 0n, 1n, 6);
    script.call("fd_allocate", 4, 10n, 0n);
    script.call("fd_allocate", 4, 10n, 5n);
    script.call("fd_allocate", 4, 0n, 5n);
    const at = stat(script, "f");
    const image = await run(script);
    expect(image.errnos).toEqual(["success", "success", "inval", "inval", "success", "success", "success"]);
    expect(image.u64(at + 32)).toBe(15n);
  });
});

describe("listings (O4, O5)", () => {
  test("show a directory, the one above, and names in the order in which they came", async () => {
    const script = new Script();
    mkdir(script, "b");
    script.open("a", CREATE);
    symlink(script, "x", "c");
    rename(script, "b", "d");
    const listing = list(script, 3);
    const image = await run(script, { files: { z: "", "A/x": "" } });
    expect(names(image, listing)).toEqual([
      { name: ".", ino: 1n, type: 3, next: 1n },
      { name: "..", ino: 1n, type: 3, next: 2n },
      { name: "A", ino: 2n, type: 3, next: 3n },
      { name: "z", ino: 4n, type: 4, next: 4n },
      { name: "tmp", ino: 5n, type: 3, next: 5n },
      { name: "a", ino: 7n, type: 4, next: 7n },
      { name: "c", ino: 8n, type: 7, next: 8n },
      { name: "d", ino: 6n, type: 3, next: 9n },
    ]);
  });

  test("are taken up at a place while names come and go", async () => {
    const script = new Script();
    for (let index = 0; index < 100; index++) mkdir(script, `n${index}`);
    // Cookies: ".", "..", "tmp", and n0 from 4 on.
    for (let index = 0; index < 95; index++) script.call("path_remove_directory", 3, script.bytes(`n${index}`));
    mkdir(script, "late");
    const listing = list(script, 3, 50n);
    const empty = list(script, 3, 10_000n);
    const image = await run(script);
    expect(names(image, listing).map(({ name }) => name)).toEqual(["n95", "n96", "n97", "n98", "n99", "late"]);
    expect(image.u32(empty[1])).toBe(0);
  });

  test("are cut where there is no more room", async () => {
    const script = new Script();
    const [listing, size] = list(script, 3, 2n, 26);
    const nothing = list(script, 3, 0n, 0);
    const image = await run(script);
    expect([image.u32(size), image.text(listing + 24, 2), image.u32(nothing[1])]).toEqual([26, "tm", 0]);
  });

  test("state has a number, kind, size, links and logical times", async () => {
    const script = new Script();
    const before = script.room(8);
    script.call("clock_time_get", 0, 0n, before);
    script.open("f", CREATE, RW);
    script.call("clock_time_get", 0, 0n, script.room(8));
    write(script, 4, "abc");
    script.call("path_link", 3, 0, script.bytes("f"), 3, script.bytes("g"));
    const [file, root] = [stat(script, "g"), stat(script, ".")];
    script.call("fd_filestat_set_times", 4, 5n, 6n, 1 | 8);
    const set = stat(script, "f");
    script.call("fd_filestat_set_times", 4, 5n, 6n, 1 | 2);
    const image = await run(script, { context: { clock: 7n } });
    const fields = (at: number) => [0, 8, 16, 24, 32, 40, 48, 56].map((offset) => image.u64(at + offset));
    expect(fields(file)).toEqual([1n, 3n, 4n, 2n, 3n, 8_000_000n, 9_000_000n, 9_000_000n]);
    expect(fields(root).slice(0, 4)).toEqual([1n, 1n, 3n, 1n]);
    expect(fields(set).slice(5)).toEqual([5n, 9_000_000n, 9_000_000n]);
    expect(image.errnos.at(-1)).toBe("inval");
  });

  test("wasi_unstable has another filestat and another whence", async () => {
    const script = new Script("wasi_unstable");
    script.open("f", CREATE, RW);
    write(script, 4, "abc");
    const [at, offset] = [script.room(56), script.room(8)];
    script.call("fd_filestat_get", 4, at);
    script.call("fd_seek", 4, -1n, 1, offset);
    const image = await run(script, { context: { clock: 7n } });
    expect([image.at(at + 16, 1)[0], image.u32(at + 20), image.u64(at + 24), image.u64(at + 32)]).toEqual([
      4,
      1,
      3n,
      7_000_000n,
    ]);
    expect(image.u64(offset)).toBe(2n);
  });
});
