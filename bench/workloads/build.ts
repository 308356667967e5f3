// Compiles the workloads, so that the modules beside their sources can be made again and checked against them. The
// modules are committed (30 kB together), since a machine that runs benchmarks need not have clang; it was clang
// 14.0.6, and another version gives other bytes for the same source.
// `node host/launch.js bench/workloads/build.ts` writes all of them.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, extname, join } from "node:path";

const FOLDER = import.meta.dirname;
const ASC = join(FOLDER, "../../node_modules/assemblyscript/bin/asc.js");
const CLANG_FLAGS = [
  ...["--target=wasm32", "-O2", "-ffreestanding", "-fno-builtin", "-Wall", "-Wextra", "-Wno-sign-compare"],
  ...["-mbulk-memory", "-msign-ext", "-mnontrapping-fptoint", "-c"],
];
const LINKER_FLAGS = ["--no-entry", "--strip-all", "-z", "stack-size=65536"];

/** Sources by workload name: C beside this file, AssemblyScript in a folder of its own. */
export function sources(): ReadonlyMap<string, string> {
  const files = [
    ...readdirSync(FOLDER).filter((file) => extname(file) === ".c"),
    ...readdirSync(join(FOLDER, "assembly")).map((file) => join("assembly", file)),
  ];
  return new Map(files.map((file) => [basename(file, extname(file)), join(FOLDER, file)]));
}

/** Where the module of a workload lies. */
export const modulePath = (name: string): string => join(FOLDER, "modules", `${name}.wasm`);

/** Compiles one source; throws the compiler's own words. */
export function compile(source: string): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "lockstep-workload-"));
  const [object, out] = [join(folder, "object.o"), join(folder, "module.wasm")];
  const tool = (command: string, ...args: string[]) => {
    const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
    if (status !== 0) throw new Error(`${source} does not compile: ${error?.message ?? stderr}`);
  };
  try {
    if (extname(source) === ".c") {
      // In two steps: clang as a linker would call any wasm-opt that it finds on the path, and make other bytes.
      tool("clang", ...CLANG_FLAGS, ...(source.includes("simd") ? ["-msimd128"] : []), "-o", object, source);
      tool("wasm-ld", ...LINKER_FLAGS, "-o", out, object);
    } else tool(process.execPath, ASC, source, "-O3", "--runtime", "incremental", "-o", out);
    return new Uint8Array(readFileSync(out));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (import.meta.main) {
  for (const [name, source] of sources()) writeFileSync(modulePath(name), compile(source));
}
