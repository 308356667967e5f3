// The linter holds the pure rooms and the arrows: every forbidden pattern is written down once, in the room
// where it would hurt, and must be red; every allowed one beside it must stay green.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { linterRules } from "./linter-rules.ts";
import { DRIVERS, mayImport, PURE, ROOMS, SIDE_DOORS } from "./rooms.ts";

test("biome.rooms.json says what rooms.ts says", async () => {
  await expect(linterRules()).toMatchFileSnapshot("../../biome.rooms.json");
});

interface Sample {
  readonly file: string;
  readonly text: string;
  /** The rule that must refuse the file, or null where the file is fine. */
  readonly rule: string | null;
}

const samples: Sample[] = [];
let serial = 0;
function sample(folder: string, text: string, rule: string | null): void {
  serial += 1;
  samples.push({ file: folder.endsWith(".ts") ? folder : `${folder}/sample-${serial}.ts`, text, rule });
}

const GLOBAL = "noRestrictedGlobals";
const PROPERTY = "noJsRestrictedProperties";
const IMPORT = "noRestrictedImports";
const NODE = "noNodejsModules";

for (const room of PURE) {
  for (const name of ["Date", "performance", "Intl", "WeakRef", "FinalizationRegistry", "process", "Buffer"]) {
    sample(room, `export const x = ${name};`, GLOBAL);
  }
  for (const name of ["setTimeout", "queueMicrotask", "fetch", "crypto", "console", "TextEncoder", "globalThis"]) {
    sample(room, `export const x = ${name};`, GLOBAL);
  }
  sample(room, "export const x = Math.random();", PROPERTY);
  sample(room, `export const x = Math["random"]();`, PROPERTY);
  sample(room, "export const x = Math.sin(1);", PROPERTY);
  sample(room, "export const x = Promise.resolve(1);", PROPERTY);
  sample(room, `export const x = "a".localeCompare("b");`, PROPERTY);
  sample(room, "export const x = (1).toLocaleString();", PROPERTY);
  sample(room, `import { readFileSync } from "node:fs"; export const x = readFileSync;`, NODE);
  sample(room, "export const x = Math.floor(1.5) + Math.max(1, 2);", null);
  sample(room, "export const x = (p: Promise<number>): Promise<number> => p;", null);
}

for (const room of ["sre/wasm", "sre/wasm/abi/bytes", "sre/quickjs"]) {
  sample(room, `import { spawn } from "node:child_process"; export const x = spawn;`, NODE);
  for (const name of ["Date", "fetch", "crypto", "process"]) sample(room, `export const x = ${name};`, GLOBAL);
  sample(room, "export const x = new WebAssembly.Module(new Uint8Array(8));", null);
}
for (const driver of DRIVERS) {
  sample(
    driver,
    `import { spawn } from "node:child_process"; export const x = [spawn, setTimeout, process.pid];`,
    null,
  );
}
for (const room of ["chain/store", "chain/consensus"]) {
  for (const name of ["Date", "performance", "Buffer"]) sample(room, `export const x = ${name};`, GLOBAL);
  sample(room, "export const x = Math.random();", PROPERTY);
  sample(room, `import { hash } from "node:crypto"; export const x = hash;`, IMPORT);
}
sample("host/node", `import { hash } from "node:crypto"; export const x = [hash, Date.now(), Math.random()];`, null);

for (const folder of ["chain/state", "host/cli", "test/house"]) {
  sample(folder, "export default 1;", "noDefaultExport");
  sample(folder, "enum Colour { Red } export const x = Colour.Red;", "noEnum");
  sample(folder, "namespace N { export const y = 1; } export const x = N.y;", "noNamespace");
  sample(folder, "export class C { constructor(readonly x: number) {} }", "noParameterProperties");
  sample(folder, "export const x = (y: any): number => y;", "noExplicitAny");
  sample(folder, `import { join } from "path"; export const x = join;`, "useNodejsImportProtocol");
  sample(folder, `import { z } from "left-pad"; export const x = z;`, "noUndeclaredDependencies");
}
sample("host/cli", `import { test } from "vitest"; export const x = test;`, "noUndeclaredDependencies");
sample("bench", `import { test } from "vitest"; export const x = test;`, null);
sample("host/api/one.ts", `import { b } from "./two.ts"; export const a: number = b;`, "noImportCycles");
sample("host/api/two.ts", `import { a } from "./one.ts"; export const b: number = a;`, "noImportCycles");

/** One import of `to`, written as a file of `room` would write it. */
function importing(room: string, to: string): void {
  serial += 1;
  const file = `${room}/sample-${serial}.ts`;
  const path = relative(dirname(file), to);
  const specifier = path.startsWith("../") ? path : `./${path}`;
  samples.push({
    file,
    text: `import { x } from "${specifier}";\nexport const y = x;`,
    rule: mayImport(file, to) ? null : IMPORT,
  });
}
for (const room of ROOMS) {
  for (const other of ROOMS.filter((name) => name !== room && name !== "host")) {
    importing(room, `${other}/index.ts`);
    importing(room, `${other}/inner.ts`);
    importing(`${room === "host" ? "host/api" : room}/deeper`, `${other}/deeper/index.ts`);
  }
  for (const door of Object.keys(SIDE_DOORS)) importing(room, door);
  // `../clock.ts` could be a neighbour as well: what the linter can't tell, arrows.test.ts does.
  if (room !== "host/explorer") importing(room, "host/clock.ts");
}

describe("the linter", () => {
  const root = join(import.meta.dirname, "../..");
  let folder: string;
  const found = new Map<string, Set<string>>();

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "lockstep-lint-"));
    for (const file of ["biome.json", "package.json"]) cpSync(join(root, file), join(folder, file));
    writeFileSync(join(folder, "biome.rooms.json"), linterRules());
    for (const { file, text } of samples) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), `${text}\n`);
    }
    const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
    const args = [biome, "lint", "--reporter=json", "--max-diagnostics=none", "--diagnostic-level=error"];
    const { stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8", maxBuffer: 2 ** 28 });
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: { category: string; location: { path: string } }[] };
    for (const { category, location } of diagnostics) {
      const rules = found.get(location.path) ?? new Set();
      found.set(location.path, rules.add(category.split("/").at(-1) ?? category));
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("refuses every forbidden pattern by its rule", () => {
    const missed = samples.filter(({ file, rule }) => rule !== null && !found.get(file)?.has(rule));
    expect(missed).toEqual([]);
  });

  test("lets everything allowed pass", () => {
    const refused = samples.filter(({ file, rule }) => rule === null && found.has(file));
    expect(refused.map((one) => ({ ...one, found: [...(found.get(one.file) ?? [])] }))).toEqual([]);
  });
});
