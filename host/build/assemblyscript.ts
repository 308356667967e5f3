// The AssemblyScript adapter: runs the compiler in a child process that can be killed, with an empty environment
// and no right to read, write or start anything, and turns its reply into a module or one readable error.
import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { LockstepError } from "../../chain/protocol/index.ts";
import type { CompileRequest } from "./assemblyscript-child.ts";
import { entriesOf } from "./assemblyscript-entries.ts";
import { type Compiled, type Language, type SourceTree, textOf } from "./language.ts";
import { BUILD_LIMITS } from "./limits.ts";

// Beside this file, in the checkout (.ts) and in a package (.js).
const CHILD = join(import.meta.dirname, `assemblyscript-child${extname(import.meta.filename)}`);

// One more message and function than is passed on, so that "and more" can be told from "that's all".
const messages = z.array(z.string().max(2 * BUILD_LIMITS.diagnosticChars)).max(BUILD_LIMITS.diagnostics + 1);

const replySchema = z.strictObject({
  module: z.instanceof(Uint8Array).nullable(),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  used: z.array(z.string()).max(BUILD_LIMITS.files),
  functions: z.array(z.tuple([z.string(), z.string()])).max(BUILD_LIMITS.entries + 1),
  errors: messages,
  warnings: messages,
});

/** Characters kept of what the compiler wrote before it died: enough for its last message and stack trace. */
const STDERR_CHARS = 16 * 1024;

type Reply = z.output<typeof replySchema>;

/** Source in AssemblyScript to a module of the ABI `assemblyscript/1`, in at most `compileMs` ms of wall clock. */
export function assemblyScript(compileMs: number = BUILD_LIMITS.compileMs): Language {
  return {
    name: "assemblyscript",
    title: "AssemblyScript",
    endings: [".ts"],
    starts: ["assembly/index.ts"],
    abis: ["assemblyscript/1"],
    isSource: (path) => path.endsWith(".ts"),
    compile: (tree) => compile(tree, compileMs),
    varies: null,
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
    maxFunctions: BUILD_LIMITS.entries + 1,
    maxDiagnostics: BUILD_LIMITS.diagnostics,
    maxChars: BUILD_LIMITS.diagnosticChars,
  };
  const reply = await compileInChild(request, compileMs);
  if (reply.module === null) throw compileError(reply.errors);
  const { entries, others } = entriesOf(reply.functions);
  if (entries.length === 0) throw nothingToCall(tree.entry, others);
  const uncallable = others.map((sentence) => `${tree.entry}: ${sentence}`);
  return {
    module: new Uint8Array(reply.module),
    toolchain: { name: "assemblyscript", version: reply.version },
    used: reply.used,
    entries,
    warnings: [...reply.warnings, ...uncallable].slice(0, BUILD_LIMITS.diagnostics),
  };
}

function nothingToCall(entry: string, others: readonly string[]): LockstepError {
  const wanted = "write export function NAME(input: string): string, or Uint8Array or ArrayBuffer in place of string";
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

function compileInChild(request: CompileRequest, compileMs: number): Promise<Reply> {
  const child = startChild();
  return new Promise((resolve, reject) => {
    let stderr = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(-STDERR_CHARS);
    });
    const timer = setTimeout(() => finish(() => reject(tooSlow(compileMs))), compileMs);
    // Whoever ends this process by a signal does not want the compiler to go on alone.
    const end = () => void child.kill("SIGKILL");
    process.once("exit", end);
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      process.off("exit", end);
      child.kill("SIGKILL");
      settle();
    };
    child.once("message", (message) => {
      const reply = replySchema.safeParse(message);
      finish(() => (reply.success ? resolve(reply.data) : reject(crashed("its reply has an unknown form"))));
    });
    child.once("error", (error) => finish(() => reject(crashed(error.message))));
    child.once("close", (code, signal) => finish(() => reject(died(signal ?? `status ${code}`, stderr))));
    child.send(request, (error) => {
      if (error) finish(() => reject(crashed(error.message)));
    });
  });
}

function tooSlow(compileMs: number): LockstepError {
  const seconds = compileMs / 1000;
  return new LockstepError("BUILD_FAILED", `the AssemblyScript compiler was stopped after ${seconds} s`);
}

/** Says in our words why the compiler died; its own are pages of its source. */
function died(status: string, stderr: string): LockstepError {
  if (stderr.includes("Maximum call stack size exceeded")) {
    return crashed("it ran out of stack: an expression or block nests too deeply, or a generic type never ends");
  }
  if (stderr.includes("heap out of memory")) {
    return crashed(`it ran out of its ${BUILD_LIMITS.compilerHeapMiB} MiB of memory: the source is too large`);
  }
  const error = /^\W*(\w*Error: .{1,200})/m.exec(stderr)?.[1] ?? "it gave no reason";
  return crashed(`${status}: ${error}`);
}

function crashed(detail: string): LockstepError {
  return new LockstepError("BUILD_FAILED", `the AssemblyScript compiler ended without a result; ${detail}`);
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
