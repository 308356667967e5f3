// The AssemblyScript adapter: asks the compiler in its child process, and turns its reply into a module or one readable
// error.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { LockstepError } from "../../chain/protocol/index.ts";
import { withTypes } from "../../sre/wasm/index.ts";
import type { CompileRequest } from "./assemblyscript-child.ts";
import { ask } from "./child.ts";
import { type Compiled, type Language, type SourceTree, textOf } from "./language.ts";
import { BUILD_LIMITS } from "./limits.ts";
import { findPackage } from "./tools.ts";

// One more message and function than is passed on, so that "and more" can be told from "that's all".
const messages = z.array(z.string().max(2 * BUILD_LIMITS.diagnosticChars)).max(BUILD_LIMITS.diagnostics + 1);

const replySchema = z.strictObject({
  module: z.instanceof(Uint8Array).nullable(),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  used: z.array(z.string()).max(BUILD_LIMITS.files),
  interface: z.strictObject({ types: z.string().nullable(), others: messages }),
  errors: messages,
  warnings: messages,
});

/** Source in AssemblyScript to a module of the ABI `assemblyscript/2`, in at most `compileMs` ms of wall clock. */
export function assemblyScript(compileMs: number = BUILD_LIMITS.compileMs): Language {
  return {
    name: "assemblyscript",
    title: "AssemblyScript",
    endings: [".ts"],
    signs: {
      beside: ["asconfig.json"],
      words:
        /[:<]\s*(?:[iu](?:8|16|32|64)|[iu]size|f(?:32|64)|v128|StaticArray)\b|\bchangetype<|^\s*@(?:inline|unmanaged|external|final)\b/m,
    },
    starts: ["assembly/index.ts"],
    tools: [{ name: "assemblyscript", ways: [], version: async () => findPackage("assemblyscript")?.version ?? null }],
    abis: ["assemblyscript/2"],
    isSource: (path) => path.endsWith(".ts"),
    compile: (tree) => compile(tree, compileMs),
    template: {
      example: "assemblyscript-hello",
      files: ["lockstep.json", "src/index.ts", "input.txt"],
      about: "`greet` in `src/index.ts` takes a text and returns one",
    },
  };
}

async function compile(tree: SourceTree, compileMs: number): Promise<Compiled> {
  // The compiler takes file names and options in one list.
  if (tree.entry.startsWith("-")) {
    throw new LockstepError("BUILD_FAILED", `the file name ${tree.entry} begins with a dash; rename the file`);
  }
  const request: CompileRequest = {
    entry: tree.entry,
    files: new Map([...tree.files].map(([path, bytes]) => [path, textOf(path, bytes)])),
    maxDiagnostics: BUILD_LIMITS.diagnostics,
    maxChars: BUILD_LIMITS.diagnosticChars,
  };
  const compiler = {
    title: "the AssemblyScript compiler",
    script: "assemblyscript-child",
    readable: packageRoots(),
    reply: replySchema,
  };
  const reply = await ask(compiler, request, compileMs);
  if (reply.module === null) throw compileError(reply.errors);
  const { types, others } = reply.interface;
  if (types === null) throw nothingToCall(tree.entry, others);
  const uncallable = others.map((sentence) => `${tree.entry}: ${sentence}`);
  return {
    module: withTypes(new Uint8Array(reply.module), types),
    toolchain: { name: "assemblyscript", version: reply.version },
    used: reply.used,
    entries: null,
    warnings: [...reply.warnings, ...uncallable].slice(0, BUILD_LIMITS.diagnostics),
  };
}

function nothingToCall(entry: string, others: readonly string[]): LockstepError {
  const wanted =
    "write export function NAME(input: string): string, or with numbers, arrays, classes without private fields";
  const why = others.length === 0 ? "" : `\n${others.slice(0, BUILD_LIMITS.diagnostics).join("\n")}`;
  return new LockstepError("BUILD_FAILED", `${entry} exports no function that can be called; ${wanted}${why}`);
}

function compileError(errors: readonly string[]): LockstepError {
  const shown = errors.slice(0, BUILD_LIMITS.diagnostics);
  if (errors.length > shown.length) shown.push("and more");
  return new LockstepError("BUILD_FAILED", `the AssemblyScript compiler refused the source:\n${shown.join("\n")}`, {
    errors: errors.length,
  });
}

/** Folders of the packages that the compiler consists of, found as Node finds them. */
function packageRoots(): string[] {
  const compiler = dirname(dirname(fileURLToPath(import.meta.resolve("assemblyscript/asc"))));
  const siblings = dirname(compiler);
  return [compiler, join(siblings, "binaryen"), join(siblings, "long")].filter((path) => existsSync(path));
}
