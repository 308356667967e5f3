// Rewritten modules kept on disk: damage, links, size, several writers, and that only a process without a past makes
// them.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { findAbi } from "../../sre/wasm/abi/index.ts";
import { decodeForm, encodeForm, isForm, refusalIn } from "../../sre/wasm/form.ts";
import { FOLDER_LIMITS, FormFiles } from "../../sre/wasm/process/form-files.ts";
import { FORM_LIMITS, Forms } from "../../sre/wasm/process/forms.ts";
import { Rewriter } from "../../sre/wasm/process/rewriter.ts";
import { proveWalls } from "../../sre/wasm/process/walls/index.ts";
import { WasmSandbox } from "../../sre/wasm/process.ts";
import { PROFILES } from "../../sre/wasm/profile.ts";
import { ECHO, guest } from "./support/guests.ts";
import { task, text, utf8 } from "./support/tasks.ts";
import { wat } from "./support/wat.ts";

const folders: string[] = [];
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "lockstep-forms-"));
  folders.push(made);
  return join(made, "cache");
}
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

const form = (note: string): Uint8Array => new Uint8Array(Buffer.concat(encodeForm({ kind: "invalid", note })));
const filesIn = (path: string) => readdirSync(path).map((name) => join(path, name));
async function kept(): Promise<{ path: string; file: string; files: FormFiles }> {
  const path = folder();
  const files = new FormFiles(path);
  await files.write("one", form("a note"));
  return { path, file: filesIn(path)[0]!, files };
}

const BASE = PROFILES[0]!;

describe("a form's bytes", () => {
  test("come back as they went, refused or rewritten", () => {
    const abi = findAbi("bytes/1")!;
    for (const made of [abi.form(wat(ECHO), BASE), abi.form(new Uint8Array(3), BASE)]) {
      const bytes = new Uint8Array(Buffer.concat(encodeForm(made)));
      // Where a refusal was is for whoever builds; it does not travel.
      const travels = made.kind === "invalid" ? { kind: "invalid", note: made.note } : made;
      expect([isForm(bytes), decodeForm(bytes)]).toEqual([true, travels]);
      expect(refusalIn(bytes)).toBe(made.kind === "invalid" ? made.note : null);
    }
  });

  test("anything cut off or of another kind is none", () => {
    for (const bytes of [[], [2], [1], [1, 0, 0, 0], [1, 1, 0, 0, 0]])
      expect(isForm(new Uint8Array(bytes))).toBe(false);
  });
});

describe("forms on disk", () => {
  test("are found by another process's eyes, for their user alone", async () => {
    const { path, file } = await kept();
    expect(await new FormFiles(path).read("one")).toEqual(form("a note"));
    expect(await new FormFiles(path).read("two")).toBeNull();
    expect([statSync(path).mode & 0o777, statSync(file).mode & 0o777]).toEqual([0o700, 0o600]);
  });

  test("any changed byte is noticed, and the file is gone", async () => {
    const { path, file, files } = await kept();
    const whole = readFileSync(file);
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 1;
      writeFileSync(file, damaged);
      expect([at, await files.read("one"), existsSync(file)]).toEqual([at, null, false]);
    }
    for (const size of [0, 10, whole.length - 1]) {
      writeFileSync(file, whole);
      truncateSync(file, size);
      expect([size, await files.read("one"), existsSync(file)]).toEqual([size, null, false]);
    }
    await files.write("one", form("anew"));
    expect(await new FormFiles(path).read("one")).toEqual(form("anew"));
  });

  test("a file in another's place, a link, a folder and a pipe's place are not taken", async () => {
    const { path, file, files } = await kept();
    await files.write("two", form("other"));
    const other = filesIn(path).find((name) => name !== file)!;
    renameSync(file, other);
    expect(await files.read("two")).toBeNull();
    await files.write("one", form("a note"));
    renameSync(file, join(path, "elsewhere"));
    symlinkSync(join(path, "elsewhere"), file);
    expect(await files.read("one")).toBeNull();
    rmSync(file);
    mkdirSync(file);
    expect(await files.read("one")).toBeNull();
    await files.write("one", form("no room"));
    expect(filesIn(path).every((name) => !name.includes(".form."))).toBe(true);
  });

  test("stay within their bytes: the least recently used go, and what nobody finished", async () => {
    const path = folder();
    const files = new FormFiles(path, 10_000);
    const keys = Array.from({ length: 12 }, (_, index) => `module ${index}`);
    for (const [index, key] of keys.entries()) {
      await files.write(key, form("x".repeat(1_000)));
      // Files of one second: their order must come from use, which is set here by hand.
      for (const name of filesIn(path)) {
        const now = statSync(name);
        if (now.mtimeMs > 1e12) utimesSync(name, index + 1, index + 1);
      }
      if (index === 5) expect(await files.read(keys[0]!)).not.toBeNull();
    }
    const sizes = filesIn(path).map((name) => statSync(name).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(10_000);
    expect(await files.read(keys[11]!)).not.toBeNull();
    expect(await files.read(keys[1]!)).toBeNull();
    expect(await files.read(keys[0]!)).not.toBeNull();
    const unfinished = `${filesIn(path)[0]}.0011223344556677`;
    writeFileSync(unfinished, "half");
    const old = (Date.now() - FOLDER_LIMITS.unfinishedMs) / 1000 - 10;
    utimesSync(unfinished, old, old);
    await new FormFiles(path, 10_000).write("last", form("y"));
    expect(existsSync(unfinished)).toBe(false);
  });

  test("somebody else's files in the folder are left alone, however old and large", async () => {
    const { path } = await kept();
    const theirs = ["thesis.txt", "other.form", "left.form.0011"].map((name) => join(path, name));
    for (const file of theirs) {
      writeFileSync(file, "x".repeat(20_000));
      utimesSync(file, 1, 1);
    }
    const files = new FormFiles(path, 1_000);
    for (const key of ["two", "three"]) await files.write(key, form("y".repeat(900)));
    expect(theirs.filter((file) => !existsSync(file))).toEqual([]);
  });

  test("a folder that can't be written to costs nothing but time", async () => {
    const path = folder();
    writeFileSync(path, "a file where the folder should be");
    const files = new FormFiles(path);
    await files.write("one", form("x"));
    expect(await files.read("one")).toBeNull();
    const sandbox = new WasmSandbox({ workers: 1, cache: path });
    const outcome = await sandbox.run(task(wat(ECHO), { input: "all the same" }));
    expect(outcome.kind === "exit" && text(outcome.output)).toBe("all the same");
    await sandbox.close();
  });

  test("two that write and read the same forms at once disturb nobody", async () => {
    const path = folder();
    const both = [new FormFiles(path, 4_000), new FormFiles(path, 4_000)];
    const note = (key: number) => form(`${key} `.repeat(200));
    const work = async (files: FormFiles, offset: number) => {
      for (let round = 0; round < 60; round++) {
        const key = (round * 7 + offset) % 10;
        const found = await files.read(`${key}`);
        if (found === null) await files.write(`${key}`, note(key));
        else expect(found).toEqual(note(key));
      }
    };
    await Promise.all(both.flatMap((files) => [work(files, 0), work(files, 3)]));
    expect(filesIn(path).every((name) => name.endsWith(".form"))).toBe(true);
  });
});

describe("a module's form", () => {
  test("is made once for all who wait, kept in memory, and again only when memory and disk have lost it", async () => {
    let made = 0;
    const rewriting = async () => {
      made++;
      return { kind: "form", form: form("made") } as const;
    };
    const path = folder();
    const files = new FormFiles(path);
    const forms = new Forms(files, rewriting);
    const echo = task(wat(ECHO));
    expect(forms.peek(echo)).toBeNull();
    await Promise.all([forms.get(echo), forms.get(echo), forms.get(echo)]);
    expect([made, forms.peek(echo)]).toEqual([1, form("made")]);
    await forms.written();
    expect(await new Forms(files, rewriting).get(echo)).toEqual({ kind: "form", form: form("made") });
    expect(made).toBe(1);
    const other = task(wat(ECHO), { abi: "assemblyscript/1" });
    await forms.get(other);
    expect(made).toBe(2);
    const many = Array.from({ length: FORM_LIMITS.forms }, (_, index) => task(utf8(`module ${index}`)));
    for (const each of many) await forms.get(each);
    expect([forms.peek(echo), forms.peek(many[0]!)]).toEqual([null, form("made")]);
  });

  test("too large to be kept drives out no other", async () => {
    const sizes = [100, FORM_LIMITS.bytes + 1];
    const forms = new Forms(null, async () => ({ kind: "form", form: new Uint8Array(sizes.shift()!) }));
    const [small, large] = [task(wat(ECHO)), task(utf8("large"))];
    for (const each of [small, large]) await forms.get(each);
    expect([small, large].map((each) => forms.peek(each)?.length ?? null)).toEqual([100, null]);
  });

  test("is not made of bytes that the call does not name", async () => {
    const sandbox = new WasmSandbox({ workers: 1 });
    const wrong = { ...task(wat(ECHO)), module: wat(guest("(i64.const 0)")) };
    await expect(sandbox.run(wrong)).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
    await sandbox.close();
  });

  test("is made by a process that runs no guest, as the ABI makes it", async () => {
    const rewriter = new Rewriter((await proveWalls()).walls);
    expect(await rewriter.ready).toBe(true);
    const source = wat(ECHO);
    const end = await rewriter.rewrite({ abi: "bytes/1", profile: BASE.id }, source);
    if (end.kind !== "form") throw new Error(end.message);
    expect(decodeForm(end.form)).toEqual(findAbi("bytes/1")!.form(source, BASE));
    rewriter.fail("closed", "over");
  });

  test("comes from disk to a sandbox that starts again, and a damaged one is made anew", async () => {
    const path = folder();
    const run = async () => {
      const sandbox = new WasmSandbox({ workers: 1, cache: path });
      const outcome = await sandbox.run(task(wat(ECHO), { input: "same" }));
      await sandbox.close();
      return outcome;
    };
    const first = await run();
    const [file] = filesIn(path);
    const before = readFileSync(file!);
    expect(await run()).toEqual(first);
    writeFileSync(file!, before.subarray(0, before.length - 1));
    expect(await run()).toEqual(first);
    expect(readFileSync(file!)).toEqual(before);
  });
});
