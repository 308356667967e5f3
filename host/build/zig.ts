// The adapter for Zig: one program from its first file, by the zig of this machine. A project's build.zig is not run: it
// is a program of its own, and what it would build is for this machine.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findCommand } from "../programs.ts";
import type { Compiled, Language, SourceTree, Tool } from "./language.ts";
import { BUILD_LIMITS } from "./limits.ts";
import { missing, runCommand, versionOf, warningsIn, withCopy } from "./tools.ts";
import { COMPONENT_ABI } from "./wasm-tools.ts";

const OUTPUT = "lockstep-output.wasm";

// The second is what pip puts into PATH.
/** Where it is, or null. */
export const findZig = () => findCommand("zig", "python-zig");
/** The compiler, for C too: see `container.ts`. */
export const ZIG_TOOL: Tool = {
  name: "zig",
  ways: ["pip install ziglang", "a package from ziglang.org"],
  version: () => versionOf(findZig(), ["version"], /^(\S+)/),
};

/** Zig to a command of the ABI `wasi/1`, to functions of `bytes/1`, or to a component. */
export const ZIG: Language = {
  name: "zig",
  title: "Zig",
  endings: [".zig"],
  starts: ["main.zig", "src/main.zig"],
  tools: [ZIG_TOOL],
  abis: ["wasi/1", "bytes/1", COMPONENT_ABI],
  // A program may embed any file of its own; what zig keeps beside it is none.
  isSource: (path) => !path.startsWith("zig-out/"),
  compile,
  template: {
    example: "zig-stats",
    files: ["lockstep.json", "main.zig", "input.txt"],
    about: "`main.zig` reads whole numbers, one a line, and writes count, sum, least, greatest and median",
  },
};

async function compile(tree: SourceTree, abi: string | undefined): Promise<Compiled> {
  const [path, version] = [findZig(), await ZIG_TOOL.version()];
  if (path === null || version === null) throw missing("Zig", [ZIG_TOOL]);
  return withCopy(tree, async (folder) => {
    const env = { ZIG_LOCAL_CACHE_DIR: join(folder, ".zig-cache") };
    const command = { title: "zig", path, folder, env };
    // Functions have no program to start, and no system under it.
    const program = abi === undefined || abi === "wasi/1";
    const form = program ? ["-target", "wasm32-wasi"] : ["-target", "wasm32-freestanding", "-fno-entry", "-rdynamic"];
    const plain = ["-O", "ReleaseSafe", "-fstrip", "--stack", String(BUILD_LIMITS.stackBytes), `-femit-bin=${OUTPUT}`];
    const args = ["build-exe", `./${tree.entry}`, ...form, ...plain];
    const { stderr } = await runCommand({ ...command, args });
    return {
      module: new Uint8Array(readFileSync(join(folder, OUTPUT))),
      toolchain: { name: ZIG_TOOL.name, version },
      used: [...tree.files.keys()],
      entries: null,
      warnings: warningsIn(stderr, folder),
    };
  });
}
