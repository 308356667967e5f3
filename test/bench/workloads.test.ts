// The committed modules of the workloads are what their sources compile to, and each has its place in the list.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { OWN } from "../../bench/metered/workloads.ts";
import { compile, modulePath, sources } from "../../bench/workloads/build.ts";
import { component } from "../support/require.ts";

describe("the workloads", () => {
  test("each source has one module and one entry in the list", () => {
    const names = [...sources().keys()].sort();
    const modules = readdirSync(join(import.meta.dirname, "../../bench/workloads/modules"));
    expect(modules.map((file) => file.replace(".wasm", "")).sort()).toEqual(names);
    expect(OWN.map(({ name }) => name).sort()).toEqual(names);
  });
});

const isC = (source: string) => source.endsWith(".c");

/** Tests that the module of each source of one language is what the compiler makes of it. */
function comeFromSource(wanted: (source: string) => boolean): void {
  for (const [name, source] of sources()) {
    if (!wanted(source)) continue;
    test(name, () => expect(compile(source)).toEqual(new Uint8Array(readFileSync(modulePath(name)))));
  }
}

describe("modules of AssemblyScript come from their sources", () => comeFromSource((source) => !isC(source)));
component("clang")("modules of C come from their sources", () => comeFromSource(isC));
