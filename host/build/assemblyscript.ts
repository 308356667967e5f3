// The AssemblyScript adapter: runs the compiler in a child process that can be killed, with an empty environment
// and no right to read, write or start anything, and turns its reply into a module or one readable error.
import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { LockstepError } from "../../chain/protocol/index.ts";
import type { Adapter, Compiled, SourceTree } from "./adapter.ts";
import type { CompileRequest } from "./assemblyscript-child.ts";
import { BUILD_LIMITS } from "./limits.ts";

// Beside this file, in the checkout (.ts) and in a package (.js).
const CHILD = join(import.meta.dirname, `assemblyscript-child${extname(import.meta.filename)}`);

// One more message than is passed on, so that "and more" can be told from "that's all".
const messages = z.array(z.string().max(2 * BUILD_LIMITS.diagnosticChars)).max(BUILD_LIMITS.diagnostics + 1);

const replySchema = z.strictObject({
  module: z.instanceof(Uint8Array).nullable(),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  used: z.array(z.string()).max(BUILD_LIMITS.files),
  errors: messages,
  warnings: messages,
});
type Reply = z.output<typeof replySchema>;

/** Source in AssemblyScript to a module of the ABI `assemblyscript/1`. */
export const assemblyScript: Adapter = {
  language: "assemblyscript",
  async compile(tree: SourceTree): Promise<Compiled> {
    // The compiler takes file names and options in one list.
    if (tree.entry.startsWith("-")) {
      throw new LockstepError("BUILD_FAILED", `the file name ${tree.entry} begins with a dash; rename the file`);
    }
    const reply = await compileInChild({
      entry: tree.entry,
      files: tree.files,
      maxDiagnostics: BUILD_LIMITS.diagnostics,
      maxChars: BUILD_LIMITS.diagnosticChars,
    });
    if (reply.module === null) throw compileError(reply.errors);
    return {
      module: new Uint8Array(reply.module),
      toolchain: { name: "assemblyscript", version: reply.version },
      used: reply.used,
      warnings: reply.warnings,
    };
  },
};

function compileError(errors: readonly string[]): LockstepError {
  const shown = errors.slice(0, BUILD_LIMITS.diagnostics);
  if (errors.length > shown.length) shown.push("and more");
  return new LockstepError("BUILD_FAILED", `the AssemblyScript compiler refused the source:\n${shown.join("\n")}`, {
    errors: errors.length,
  });
}

function compileInChild(request: CompileRequest): Promise<Reply> {
  const child = startChild();
  return new Promise((resolve, reject) => {
    let stderr = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(-2000);
    });
    const timer = setTimeout(() => finish(() => reject(tooSlow())), BUILD_LIMITS.compileMs);
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      child.kill("SIGKILL");
      settle();
    };
    child.once("message", (message) => {
      const reply = replySchema.safeParse(message);
      finish(() => (reply.success ? resolve(reply.data) : reject(crashed("its reply has an unknown form"))));
    });
    child.once("error", (error) => finish(() => reject(crashed(error.message))));
    child.once("exit", (code, signal) => finish(() => reject(crashed(`${signal ?? `status ${code}`}\n${stderr}`))));
    child.send(request, (error) => {
      if (error) finish(() => reject(crashed(error.message)));
    });
  });
}

function tooSlow(): LockstepError {
  const seconds = BUILD_LIMITS.compileMs / 1000;
  return new LockstepError("BUILD_FAILED", `the AssemblyScript compiler was stopped after ${seconds} s`);
}

function crashed(detail: string): LockstepError {
  return new LockstepError("BUILD_FAILED", `the AssemblyScript compiler ended without a result (${detail.trimEnd()})`);
}

function startChild(): ChildProcess {
  const readable = [...packageRoots(), import.meta.dirname];
  return fork(CHILD, [], {
    cwd: import.meta.dirname,
    env: {},
    execArgv: [
      "--permission",
      ...readable.map((path) => `--allow-fs-read=${path}`),
      `--max-old-space-size=${BUILD_LIMITS.compilerHeapMiB}`,
    ],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    // Structured clone: maps and byte arrays cross as they are.
    serialization: "advanced",
  });
}

/** Folders of the packages that the compiler consists of, found as Node finds them. */
function packageRoots(): string[] {
  const compiler = dirname(dirname(fileURLToPath(import.meta.resolve("assemblyscript/asc"))));
  const siblings = dirname(compiler);
  return [compiler, join(siblings, "binaryen"), join(siblings, "long")].filter((path) => existsSync(path));
}
