// Names in the world's file system come to be, move and go; and what that costs (SPEC rules O3, O9).
import { describe, expect, test } from "vitest";
import { utf8 } from "./support/tasks.ts";
import { Script } from "./support/wasi.ts";
import {
  CREATE,
  DIRECTORY,
  FOLLOW,
  list,
  mkdir,
  names,
  READ,
  RIGHT,
  RW,
  rename,
  run,
  stat,
  symlink,
  unlink,
} from "./support/wasi-files.ts";

describe("names", () => {
  test("come to be, move and go as POSIX has it", async () => {
    const script = new Script();
    const remove = (path: string) => script.call("path_remove_directory", 3, script.bytes(path));
    const link = (from: string, to: string, lookup = 0) =>
      script.call("path_link", 3, lookup, script.bytes(from), 3, script.bytes(to));
    const told: [() => number, string][] = [
      [() => mkdir(script, "d/"), "success"],
      [() => mkdir(script, "d"), "exist"],
      [() => mkdir(script, "."), "exist"],
      [() => mkdir(script, "none/d"), "noent"],
      [() => script.open("d/f", CREATE), "success"],
      [() => remove("d"), "notempty"],
      [() => remove("d/."), "inval"],
      [() => remove("d/f"), "notdir"],
      [() => unlink(script, "d"), "isdir"],
      [() => unlink(script, "d/f/"), "notdir"],
      [() => link("d", "e"), "perm"],
      [() => link("d/f", "d/f"), "exist"],
      [() => link("d/f", "g/"), "noent"],
      [() => link("d/f", "g", FOLLOW), "inval"],
      [() => link("d/f", "g"), "success"],
      [() => symlink(script, "", "s"), "noent"],
      [() => symlink(script, "g", "s/"), "noent"],
      [() => symlink(script, "g", "s"), "success"],
      [() => symlink(script, "g", "s"), "exist"],
      [() => script.call("path_readlink", 3, script.bytes("g"), script.room(9), 9, script.room(4)), "inval"],
      [() => rename(script, "g", "g"), "success"],
      [() => rename(script, "none", "x"), "noent"],
      [() => rename(script, ".", "x"), "busy"],
      [() => rename(script, "d", "d/f/x"), "notdir"],
      [() => mkdir(script, "d/e"), "success"],
      [() => rename(script, "d", "d/e/x"), "inval"],
      [() => rename(script, "d", "d/e"), "inval"],
      [() => rename(script, "g", "d"), "isdir"],
      [() => rename(script, "d", "g"), "notdir"],
      [() => rename(script, "g/", "x"), "notdir"],
      [() => mkdir(script, "empty"), "success"],
      [() => rename(script, "empty", "d"), "notempty"],
      [() => rename(script, "d", "empty"), "success"],
      [() => script.open("empty/f", 0, READ), "success"],
      [() => rename(script, "g", "empty/f"), "success"],
      [() => unlink(script, "empty/f"), "success"],
      [() => unlink(script, "empty/f"), "noent"],
    ];
    for (const [add] of told) add();
    expect((await run(script)).errnos).toEqual(told.map(([, errno]) => errno));
  });

  test("nothing comes into a directory that was removed while it was open", async () => {
    const script = new Script();
    mkdir(script, "d");
    script.open("d", DIRECTORY, { base: RIGHT.open | RIGHT.createFile | RIGHT.readdir });
    script.call("path_remove_directory", 3, script.bytes("d"));
    script.open("x", CREATE, { fd: 4 });
    script.open("f", CREATE);
    const listing = list(script, 4);
    const image = await run(script);
    expect(image.errnos).toEqual(["success", "success", "success", "noent", "success", "success"]);
    expect(names(image, listing).map(({ name }) => name)).toEqual([".", ".."]);
  });

  test("readlink gives what fits", async () => {
    const script = new Script();
    symlink(script, "żółw", "s");
    const [text, size] = [script.room(3), script.room(4)];
    script.call("path_readlink", 3, script.bytes("s"), text, 3, size);
    const image = await run(script);
    expect([image.u32(size), image.at(text, 3)]).toEqual([3, utf8("żó").subarray(0, 3)]);
  });
});

describe("prices (O9)", () => {
  const fuelOf = async (add: (script: Script) => void) => {
    const script = new Script();
    add(script);
    return (await run(script)).fuel;
  };
  const opened = (script: Script) => script.open("f", CREATE, RW);

  test("lengthening a file has the price of its bytes, cutting it has none", async () => {
    const sized = (size: bigint) =>
      fuelOf((script) => {
        opened(script);
        script.call("fd_filestat_set_size", 4, size);
      });
    const least = await sized(0n);
    expect([await sized(7n), await sized(8n), await sized(8_000_000n)].map((units) => units - least)).toEqual([
      0n,
      1n,
      1_000_000n,
    ]);
    const cut = await fuelOf((script) => {
      opened(script);
      script.call("fd_filestat_set_size", 4, 8000n);
      script.call("fd_filestat_set_size", 4, 0n);
    });
    const twice = await fuelOf((script) => {
      opened(script);
      script.call("fd_filestat_set_size", 4, 8000n);
      script.call("fd_filestat_set_size", 4, 8000n);
    });
    expect(cut).toBe(twice);
  });

  test("following a link has the price of its target, moving a directory that of its depth", async () => {
    const linked = (lookup: number) =>
      fuelOf((script) => {
        symlink(script, `${"./".repeat(100)}f`, "l");
        script.open("f", CREATE);
        stat(script, "l", lookup);
      });
    expect((await linked(FOLLOW)) - (await linked(0))).toBe(25n);
    const moved = (to: string) =>
      fuelOf((script) => {
        for (const path of ["d", "e", "e/e", "e/e/e", "e/e/e/e"]) mkdir(script, path);
        rename(script, "d", to);
      });
    expect((await moved("e/e/e/e/a")) - (await moved("./././aa"))).toBe(4n);
  });
});
