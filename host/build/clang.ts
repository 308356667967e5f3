// The adapters for C and C++: all source files of the project are compiled and linked in one go, for `bytes/1` where one
// includes `lockstep.h`, else as a command of `wasi/1`. The clang of npm comes first: it is WebAssembly itself, so that every machine gives the same bytes and
// the source can't reach the machine. A clang of this machine does where that is not installed.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { findCommand } from "../programs.ts";
import { ask } from "./child.ts";
import type { ClangRequest } from "./clang-child.ts";
import type { Compiled, Language, SourceTree, Tool, Toolchain } from "./language.ts";
import { BUILD_LIMITS } from "./limits.ts";
import {
  findPackage,
  missing,
  type Package,
  packageTool,
  refused,
  runCommand,
  versionOf,
  warningsIn,
  withCopy,
} from "./tools.ts";
import { COMPONENT_ABI } from "./wasm-tools.ts";

/** What tells C and C++ apart. */
interface Dialect {
  readonly driver: ClangRequest["driver"];
  /** For `-x`. */
  readonly name: "c" | "c++";
  /** Endings of the files that are compiled; the others are for including. */
  readonly units: readonly string[];
  readonly options: readonly string[];
  /** Debian's packages of a system toolchain. */
  readonly debian: string;
}

/** A dialect and what it is linked for. */
interface Job extends Dialect {
  readonly link: readonly string[];
}

/** How a module of an ABI is linked. */
const LINK: Readonly<Record<string, readonly string[]>> = {
  "wasi/1": [],
  "bytes/1": ["-nostartfiles", "-Wl,--no-entry"],
  // Static objects are made by `_initialize`, which the component calls first.
  [COMPONENT_ABI]: ["-mexec-model=reactor"],
};

const C: Dialect = {
  driver: "clang",
  name: "c",
  units: [".c"],
  options: ["-std=c17"],
  debian: "clang lld wasi-libc libclang-rt-dev-wasm32",
};

const CPP: Dialect = {
  driver: "clang++",
  name: "c++",
  units: [".cc", ".cpp", ".cxx"],
  // No engine-independent way to unwind is in both toolchains' libraries.
  options: ["-std=c++20", "-fno-exceptions"],
  debian: `${C.debian} libc++-dev-wasm32`,
};

const PACKAGE = "@yowasp/clang";

/** What a dialect is compiled with: npm's clang before this machine's. */
const toolsOf = (dialect: Dialect): readonly Tool[] => [
  packageTool(PACKAGE),
  {
    name: "clang",
    ways: [`apt-get install ${dialect.debian}`],
    version: () => versionOf(systemClang(dialect), ["--version"], /version (\d+(?:\.\d+)*)/),
  },
];

const HEADERS = [".h", ".hh", ".hpp", ".hxx", ".inc"];
/** The name of the module among the files. */
const OUTPUT = "lockstep-output.wasm";
const HEADER = join(import.meta.dirname, "include/lockstep.h");

const replySchema = z.strictObject({
  module: z.instanceof(Uint8Array).nullable(),
  messages: z.string().max(2 * BUILD_LIMITS.messageChars),
});

/** C to a command of `wasi/1`, or to functions of `bytes/1`. */
export const C_LANGUAGE: Language = {
  ...adapter(C),
  name: "c",
  title: "C",
  starts: ["main.c", "src/main.c"],
  template: {
    example: "c-crc32",
    files: ["lockstep.json", "crc32.c", "input.txt"],
    about: "`crc32` in `crc32.c` takes bytes and returns their checksum",
  },
};

/** C++ to a command of `wasi/1`, or to functions of `bytes/1`. */
export const CPP_LANGUAGE: Language = {
  ...adapter(CPP),
  name: "cpp",
  title: "C++",
  starts: ["main.cpp", "main.cc", "src/main.cpp", "src/main.cc"],
  template: {
    example: "cpp-anagrams",
    files: ["lockstep.json", "anagrams.cpp", "input.txt"],
    about: "`anagrams` in `anagrams.cpp` takes words, one a line, and returns those of the same letters together",
  },
};

function adapter(dialect: Dialect): Pick<Language, "endings" | "tools" | "abis" | "isSource" | "compile"> {
  const endings = [...dialect.units, ...HEADERS];
  return {
    endings: dialect.units,
    tools: toolsOf(dialect),
    abis: Object.keys(LINK),
    isSource: (path) => endings.some((ending) => path.endsWith(ending)),
    compile: (tree, abi = abiOf(tree)) => compile(tree, { ...dialect, link: LINK[abi]! }),
  };
}

/** The ABI that the source is made for. */
function abiOf({ files }: SourceTree): string {
  const header = /^[ \t]*#[ \t]*include[ \t]*[<"]lockstep\.h[>"]/m;
  return [...files.values()].some((bytes) => header.test(Buffer.from(bytes).toString())) ? "bytes/1" : "wasi/1";
}

async function compile(tree: SourceTree, job: Job): Promise<Compiled> {
  const { messages, module, toolchain } = await compileAnywhere(tree, job);
  return { module, toolchain, used: [...tree.files.keys()], entries: null, warnings: warningsIn(messages) };
}

interface Linked {
  readonly module: Uint8Array;
  readonly messages: string;
  readonly toolchain: Toolchain;
}

async function compileAnywhere(tree: SourceTree, job: Job): Promise<Linked> {
  const packaged = findPackage(PACKAGE);
  if (packaged !== null) return compilePackaged(tree, job, packaged);
  const [, system] = toolsOf(job);
  const [path, version] = [systemClang(job), await system!.version()];
  if (path !== null && version !== null) return compileHere(tree, job, path, { name: system!.name, version });
  throw missing("a clang for WebAssembly", toolsOf(job));
}

/** The files to compile, in an order that no file system decides. */
function unitsOf({ entry, files }: SourceTree, { units }: Dialect): string[] {
  const chosen = [...files.keys()].filter((path) => path === entry || units.some((ending) => path.endsWith(ending)));
  // What begins so would be read as an option or as a list of options.
  return chosen.sort().map((path) => (/^[-@]/.test(path) ? `./${path}` : path));
}

function argsOf(tree: SourceTree, job: Job, target: string, include: string): string[] {
  const linker = ["--strip-all", "--stack-first", `-z,stack-size=${BUILD_LIMITS.stackBytes}`];
  return [
    `--target=${target}`,
    "-O2",
    ...job.options,
    ...["-I", ".", "-isystem", include],
    ...job.link,
    ...linker.map((option) => `-Wl,${option}`),
    ...["-x", job.name, ...unitsOf(tree, job)],
    ...["-o", OUTPUT],
  ];
}

async function compilePackaged(tree: SourceTree, job: Job, { folder, version }: Package): Promise<Linked> {
  const compiler = { title: PACKAGE, script: "clang-child", readable: [folder], reply: replySchema };
  const include = "lockstep-include";
  const request: ClangRequest = {
    bundle: join(folder, "gen/bundle.js"),
    driver: job.driver,
    output: OUTPUT,
    args: argsOf(tree, job, "wasm32-wasip1", include),
    files: new Map([...tree.files, [`${include}/lockstep.h`, new Uint8Array(readFileSync(HEADER))]]),
    maxChars: BUILD_LIMITS.messageChars,
  };
  const { messages, module } = await ask(compiler, request, BUILD_LIMITS.toolchainMs);
  if (module === null) throw refused("clang", messages);
  return { module: new Uint8Array(module), messages, toolchain: { name: PACKAGE, version } };
}

/** A clang of this machine that has a C library for WebAssembly: of the WASI SDK, or of a distribution; or null. */
function systemClang({ driver }: Dialect): string | null {
  const sdk = process.env["WASI_SDK_PATH"];
  if (sdk !== undefined && existsSync(join(sdk, "bin", driver))) return join(sdk, "bin", driver);
  if (!existsSync("/usr/include/wasm32-wasi/stdio.h") || findCommand("wasm-ld") === null) return null;
  return findCommand(driver);
}

async function compileHere(tree: SourceTree, job: Job, path: string, toolchain: Toolchain): Promise<Linked> {
  return withCopy(tree, async (folder) => {
    const command = { title: "clang", path, folder };
    const args = argsOf(tree, job, "wasm32-wasi", dirname(HEADER));
    const { stderr } = await runCommand({ ...command, args });
    const module = new Uint8Array(readFileSync(join(folder, OUTPUT)));
    return { module, messages: stderr, toolchain };
  });
}
