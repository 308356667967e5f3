// The house rules over the real import graph: arrows as rooms.ts says, doors, no circles.
// The linter refuses most of this while one types; here it is exact, paths being resolved.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CODE, filesBelow, packageOf, ROOT, specifiers, textOf, withoutComments } from "./files.ts";
import { ARROWS, mayImport, PURE, ROOMS, roomOf } from "./rooms.ts";

const modules = CODE.flatMap(filesBelow).filter((path) => path.endsWith(".ts"));
const product = modules.filter((path) => !path.startsWith("test/") && !path.startsWith("bench/"));
const pure = product.filter((path) => PURE.some((folder) => path.startsWith(`${folder}/`)));

/** Every import of these files of files of ours, as [from, to]. */
const importsOf = (files: readonly string[]) =>
  files.flatMap((from) =>
    specifiers(textOf(from))
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => [from, join(from, "..", specifier)] as const),
  );
const imports = importsOf(product);

/** What is left of a graph when everything that imports nothing left, or is imported by nothing left, is taken away. */
function circular(edges: readonly (readonly [string, string])[]): string[] {
  const importing = new Set(edges.map(([from]) => from));
  const imported = new Set(edges.map(([, to]) => to));
  const left = edges.filter(([from, to]) => importing.has(to) && imported.has(from));
  return left.length === edges.length ? [...importing].sort() : circular(left);
}

describe("the import reader", () => {
  test("sees every way of importing", () => {
    const text = [
      `import "./a.ts";`,
      `import type { X } from "./b.ts";`,
      `import {\n  one,\n  two,\n} from "./c.ts";`,
      `export * from "./d.ts";`,
      `export { y } from "./e.ts";`,
      `const z = await import("./f.ts");`,
      `export const from = "./not.ts";`,
    ].join("\n");
    expect(specifiers(text)).toEqual(["./a.ts", "./b.ts", "./c.ts", "./d.ts", "./e.ts", "./f.ts"]);
    expect(packageOf("@noble/curves/ed25519.js")).toBe("@noble/curves");
    expect(packageOf("zod")).toBe("zod");
    expect(packageOf("node:fs")).toBeNull();
  });

  test("finds circles and nothing else", () => {
    const edges = ["a>b", "b>c", "c>b", "d>a", "c>e", "f>f"].map((edge) => edge.split(">") as [string, string]);
    expect(circular(edges)).toEqual(["b", "c", "f"]);
    expect(circular(edges.filter(([from]) => from !== "c" && from !== "f"))).toEqual([]);
  });

  test("finds the house's files", () => {
    expect(modules).toContain("chain/protocol/index.ts");
    expect(imports.length).toBeGreaterThan(5);
  });
});

describe("the arrows", () => {
  test("every file lies in a room", () => {
    expect(product.filter((path) => roomOf(path) === null)).toEqual([]);
  });

  test("every import of ours names a file that is there", () => {
    expect(imports.filter(([, to]) => !existsSync(join(ROOT, to)))).toEqual([]);
  });

  test("rooms import along the arrows and through doors", () => {
    expect(imports.filter(([from, to]) => !mayImport(from, to))).toEqual([]);
  });

  test("the table has no circle", () => {
    expect(circular(ROOMS.flatMap((room) => ARROWS[room].map((other) => [room, other] as const)))).toEqual([]);
  });

  test("no circle of files, in tests and benchmarks neither", () => {
    expect(circular(importsOf(modules))).toEqual([]);
  });

  test("guest examples import nothing of ours", () => {
    const outward = filesBelow("guest-examples")
      .filter((path) => /\.[jt]s$/.test(path))
      .flatMap((path) => specifiers(textOf(path)).map((specifier) => [path, specifier] as const))
      // `guest-examples/NAME/`: what is above belongs to somebody else.
      .filter(([path, name]) => !join(path, "..", name).startsWith(path.split("/").slice(0, 2).join("/")));
    expect(outward).toEqual([]);
  });
});

describe("the pure rooms", () => {
  test("are what tsconfig.pure.json compiles without a host", () => {
    const { include } = JSON.parse(textOf("tsconfig.pure.json")) as { include: string[] };
    expect(include).toEqual([...PURE]);
  });

  test("are synchronous", () => {
    const waiting = pure.filter((path) => /\b(async|await|new Promise)\b/.test(withoutComments(textOf(path))));
    expect(waiting).toEqual([]);
  });

  test("use only packages that are pure themselves", () => {
    const packages = new Set(pure.flatMap((path) => specifiers(textOf(path)).map(packageOf)));
    packages.delete(null);
    expect([...packages].filter((name) => !["zod", "@noble/curves", "@noble/hashes"].includes(`${name}`))).toEqual([]);
  });
});
