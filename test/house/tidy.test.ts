// Tidiness that no linter rule covers: each test bans a pattern and its failure lists the files.
import { describe, expect, test } from "vitest";
import { CODE, filesBelow, packageOf, specifiers, textOf } from "./files.ts";

const modules = CODE.flatMap(filesBelow).filter((path) => /\.[jt]s$/.test(path));

/** The longest a file may be, in lines; the median should be near 100. */
const MAX_LINES = 500;

describe("every source file", () => {
  test("opens with a comment that says what it is", () => {
    expect(modules.filter((path) => !/^(#!.*\n)?\/[/*]/.test(textOf(path)))).toEqual([]);
  });

  test(`has at most ${MAX_LINES} lines`, () => {
    expect(modules.filter((path) => textOf(path).split("\n").length > MAX_LINES + 1)).toEqual([]);
  });

  test("is finished: no note to do something later", () => {
    const words = new RegExp(`\\b(${["TO", "FIX", "X"].map((w, i) => w + ["DO", "ME", "XX"][i]).join("|")})\\b`);
    expect(modules.filter((path) => words.test(textOf(path)))).toEqual([]);
  });

  test("silences no check", () => {
    const silent = new RegExp(`@ts-${"(ignore|nocheck)"}|biome-${"ignore-all"}`);
    expect(modules.filter((path) => silent.test(textOf(path)))).toEqual([]);
  });
});

describe("the rewriter", () => {
  const rewriter = filesBelow("sre/wasm/rewrite");
  const code = (path: string) =>
    textOf(path)
      .replace(/\/\*[\s\S]*?\*\//g, "")
      .replace(/(^|\s)\/\/.*$/gm, "")
      .replace(/`[^`]*`|"[^"\n]*"|'[^'\n]*'/g, '""');

  test("computes with integers alone: no quotient, no fraction, no function of floats", () => {
    const fractions = /\s\/=?\s|\d\.\d|Math\.(?!min\b|max\b|imul\b|clz32\b|abs\b)|parseFloat|Float(32|64)|NaN|Infinity/;
    expect(rewriter.length).toBeGreaterThan(20);
    expect(rewriter.filter((path) => fractions.test(code(path)))).toEqual([]);
  });

  test("uses nothing whose answer the language leaves to the engine", () => {
    // A power of numbers is approximate by ECMAScript; digits of fractions in another radix, sorting by text that looks
    // like numbers, the order of keys that look like numbers, regular expressions that look at Unicode's version.
    const open =
      /\*\*|\.toString\((?!16\))|toFixed|toPrecision|toExponential|for \(const \w+ in |\\p\{|\.normalize\(|toUpperCase|toLowerCase/;
    const bad = [
      "2 ** 3",
      "a **= 2",
      "x.toString(2)",
      "x.toString()",
      "for (const k in o)",
      "/\\p{L}/u",
      "x.toLowerCase()",
    ];
    expect(bad.filter((text) => !open.test(text))).toEqual([]);
    expect(rewriter.filter((path) => open.test(code(path)))).toEqual([]);
    const sorting = rewriter.filter((path) => /\.(?:sort|toSorted)\(\)/.test(code(path)));
    // Of typed arrays, whose order is that of their numbers.
    expect(sorting).toEqual(["sre/wasm/rewrite/nan/points.ts"]);
  });
});

interface Manifest {
  readonly scripts: Record<string, string>;
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
  readonly optionalDependencies: Record<string, string>;
  readonly overrides: Record<string, Record<string, string>>;
}

describe("the dependencies", () => {
  const manifest = JSON.parse(textOf("package.json")) as Manifest;
  const { dependencies, devDependencies, optionalDependencies, overrides } = manifest;
  const versions = { ...dependencies, ...devDependencies, ...optionalDependencies };

  test("are pinned to one version each", () => {
    const all = [versions, ...Object.values(overrides)].flatMap((each) => Object.entries(each));
    expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+(-nightly\.\d+)?$/.test(version))).toEqual([]);
  });

  test("have a line each in RATIONALE.md", () => {
    const rationale = textOf("RATIONALE.md");
    expect(Object.keys(versions).filter((name) => !rationale.includes(`\`${name}\``))).toEqual([]);
  });

  test("are all used", () => {
    const texts = [...modules, "vitest.config.ts"].map(textOf);
    const used = new Set(texts.flatMap(specifiers).map(packageOf));
    const named = [...texts, ...Object.values(manifest.scripts)].join("\n");
    const idle = Object.keys(versions).filter(
      // Optional packages are required by name, tools run by path; types serve the compiler, and the packaged
      // Node is found by its platform.
      (name) =>
        !used.has(name) &&
        !named.includes(`("${name}")`) &&
        !named.includes(`node_modules/${name}/`) &&
        !/^(@types\/|node-linux-)/.test(name),
    );
    expect(idle).toEqual([]);
  });
});

describe("the lockfile", () => {
  test("names no host and no address", () => {
    const lock = JSON.parse(textOf("package-lock.json")) as { packages: Record<string, Record<string, unknown>> };
    const entries = Object.entries(lock.packages);
    expect(entries.filter(([, entry]) => "resolved" in entry)).toEqual([]);
    expect(entries.filter(([name, entry]) => name !== "" && typeof entry["integrity"] !== "string")).toEqual([]);
  });
});
