// The committed modules of the workloads are what their sources compile to, and each has its place in the list.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { OWN } from "../../bench/metered/workloads.ts";
import { CLANG, compile, hasClang, modulePath, sources } from "../../bench/workloads/build.ts";

const clang = hasClang();

describe("the workloads", () => {
  test("each source has one module and one entry in the list", () => {
    const names = [...sources().keys()].sort();
    const modules = readdirSync(join(import.meta.dirname, "../../bench/workloads/modules"));
    expect(modules.map((file) => file.replace(".wasm", "")).sort()).toEqual(names);
    expect(OWN.map(({ name }) => name).sort()).toEqual(names);
  });

  for (const [name, source] of sources()) {
    const skipped = source.endsWith(".c") && !clang;
    const title = skipped ? `${name} (clang ${CLANG} is not here)` : name;
    test.skipIf(skipped)(`the module of ${title} comes from its source`, () => {
      expect(compile(source)).toEqual(new Uint8Array(readFileSync(modulePath(name))));
    });
  }
});
