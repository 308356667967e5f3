// Writes a new function project: the smallest of the examples, with a README of its own. The example is built and
// run by the tests, so the template can't rot.
import { copyFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { LockstepError } from "../../chain/protocol/index.ts";
import { makeFolders } from "../folders.ts";
import { shellWord } from "../shell-word.ts";
import { fileError } from "./file-error.ts";

const TEMPLATE = resolve(import.meta.dirname, "../../guest-examples/assemblyscript-hello");
const FILES = ["lockstep.json", "src/index.ts", "input.txt"];

/** What `scaffold` wrote. */
export interface Scaffolded {
  /** Absolute path of the project's folder. */
  readonly folder: string;
  /** Paths of the files, relative to the folder. */
  readonly files: readonly string[];
}

/**
 * Makes a project in `folder` that builds and runs at once. `name` is the README's title, by default the folder's
 * own name. USAGE when the folder exists and isn't empty, or when something else has its name.
 */
export function scaffold(folder: string, options: { readonly name?: string } = {}): Scaffolded {
  const target = resolve(folder);
  refuseOccupied(folder, target);
  try {
    makeFolders(join(target, "src"));
    for (const file of FILES) copyFileSync(join(TEMPLATE, file), join(target, file));
    writeFileSync(join(target, "README.md"), readme(options.name ?? basename(target), folder));
  } catch (error) {
    throw fileError(error, "write", folder);
  }
  return { folder: target, files: [...FILES, "README.md"] };
}

function refuseOccupied(folder: string, target: string): void {
  const stats = statSync(target, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isDirectory()) throw new LockstepError("USAGE", `${folder} is a file; choose a new or empty folder`);
  if (readdirSync(target).length > 0) {
    throw new LockstepError("USAGE", `${folder} is not empty; choose a new or empty folder`);
  }
}

function readme(name: string, folder: string): string {
  const path = shellWord(folder);
  return `# ${name}

A function for Lockstep in AssemblyScript: \`greet\` in \`src/index.ts\` takes a text and returns one.

    npm run -s lockstep -- build ${path} -o ${path}/greet.wasm
    npm run -s lockstep -- run ${path} --input ${path}/input.txt
    npm run -s lockstep -- run ${path}/greet.wasm --input ${path}/input.txt --receipt ${path}/receipt.json

The first compiles it to WebAssembly and says what came out. The second compiles it and runs it in a sandbox on
\`input.txt\`. The third runs the compiled module and keeps a local receipt of what went in and what came out.
`;
}
