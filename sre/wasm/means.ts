// What a machine with Node lends to components: the transpiler's files, and the power to make code of text. A browser
// fetches the files and has a way of its own.
import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Means, TRANSPILER_FILES } from "./abi/index.ts";
import { checkTranspiler } from "./answer.ts";
import { evaluate } from "./evaluate.ts";

let files: readonly Uint8Array[] | null = null;

/** The transpiler's files out of the installed package; DIGEST_MISMATCH when they are not the pinned ones. */
export function readTranspiler(): readonly Uint8Array[] {
  if (files !== null) return files;
  const folder = dirname(fileURLToPath(import.meta.resolve("@bytecodealliance/jco-transpile/component")));
  const read = TRANSPILER_FILES.map((name) => new Uint8Array(readFileSync(join(folder, name))));
  checkTranspiler(read, (bytes) => hash("sha256", bytes, "buffer"));
  files = read;
  return files;
}

/** All that components need of this machine. The files are read when they are first asked for. */
export const means: Means = {
  evaluate,
  get transpiler() {
    return readTranspiler();
  },
};
