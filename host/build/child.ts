// A compiler that is JavaScript or WebAssembly, in a process of its own that can be killed: it takes hundreds of
// megabytes, and must not stay in the host. It gets an empty environment and, under the permission model, no right to
// read, write or start anything but its own files; one message goes in, one comes back, read as a stranger's words.
import { type ChildProcess, fork, type Serializable } from "node:child_process";
import { extname, join } from "node:path";
import { z } from "zod";
import { LockstepError } from "../../chain/protocol/index.ts";
import { BUILD_LIMITS } from "./limits.ts";

/** A compiler and the script beside this file that runs it. */
export interface Compiler<Reply> {
  /** As messages name it, for example `the AssemblyScript compiler`. */
  readonly title: string;
  /** The script's name without its ending. */
  readonly script: string;
  /** Folders besides the script's own that it reads: its packages. */
  readonly readable: readonly string[];
  /** Whether it is native code, which the permission model can't hold. */
  readonly addons?: boolean;
  /** The form of its reply. */
  readonly reply: z.ZodType<Reply>;
  /** What answers a child that wants a text, by a key, before it can reply; whatever this throws ends the child. */
  readonly lend?: (key: string) => Serializable | null;
}

/** What a child sends to be lent something. */
export interface Want {
  readonly want: string;
}

/** What it gets. */
export interface Lent {
  readonly want: string;
  readonly lent: Serializable | null;
}

const wanted = z.strictObject({ want: z.string().max(BUILD_LIMITS.pathChars) });

/** Characters kept of what the compiler wrote before it died: enough for its last message and stack trace. */
const STDERR_CHARS = 16 * 1024;

/** Sends a request and gives the reply, in at most `ms` ms of wall clock; BUILD_FAILED when there is none. */
export function ask<Reply>(compiler: Compiler<Reply>, request: Serializable, ms: number): Promise<Reply> {
  const child = start(compiler);
  const crashed = (detail: string) =>
    new LockstepError("BUILD_FAILED", `${compiler.title} ended without a result; ${detail}`);
  return new Promise((resolve, reject) => {
    let stderr = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(-STDERR_CHARS);
    });
    const timer = setTimeout(() => finish(() => reject(tooSlow(compiler.title, ms))), ms);
    // Whoever ends this process by a signal does not want the compiler to go on alone.
    const end = () => void child.kill("SIGKILL");
    process.once("exit", end);
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      process.off("exit", end);
      child.kill("SIGKILL");
      settle();
    };
    child.on("message", (message) => {
      const asked = compiler.lend === undefined ? null : wanted.safeParse(message).data;
      if (asked) {
        try {
          const lent: Lent = { want: asked.want, lent: compiler.lend?.(asked.want) ?? null };
          child.send(lent);
        } catch (error) {
          finish(() => reject(error));
        }
        return;
      }
      const reply = compiler.reply.safeParse(message);
      finish(() => (reply.success ? resolve(reply.data) : reject(crashed("its reply has an unknown form"))));
    });
    child.once("error", (error) => finish(() => reject(crashed(error.message))));
    child.once("close", (code, signal) => finish(() => reject(crashed(lastWords(signal ?? `status ${code}`, stderr)))));
    child.send(request, (error) => {
      if (error) finish(() => reject(crashed(error.message)));
    });
  });
}

/** The error of a compiler that was stopped after `ms` ms. */
export function tooSlow(title: string, ms: number): LockstepError {
  return new LockstepError("BUILD_FAILED", `${title} was stopped after ${ms / 1000} s`);
}

/** Says in our words why the compiler died; its own are pages of its source. */
function lastWords(status: string, stderr: string): string {
  if (stderr.includes("Maximum call stack size exceeded")) {
    return "it ran out of stack: an expression or block nests too deeply, or a generic type never ends";
  }
  if (stderr.includes("heap out of memory")) {
    return `it ran out of its ${BUILD_LIMITS.compilerHeapMiB} MiB of memory: the source is too large`;
  }
  const error = /^\W*(\w*Error: .{1,200})/m.exec(stderr)?.[1] ?? "it gave no reason";
  return `${status}: ${error}`;
}

function start({ addons = false, readable, script }: Compiler<unknown>): ChildProcess {
  // Beside this file, in the checkout (.ts) and in a package (.js).
  const path = join(import.meta.dirname, `${script}${extname(import.meta.filename)}`);
  return fork(path, [], {
    cwd: import.meta.dirname,
    env: {},
    execArgv: [
      "--permission",
      ...[...readable, import.meta.dirname].map((folder) => `--allow-fs-read=${folder}`),
      ...(addons ? ["--allow-addons"] : []),
      `--max-old-space-size=${BUILD_LIMITS.compilerHeapMiB}`,
    ],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    // Structured clone: maps and byte arrays cross as they are.
    serialization: "advanced",
  });
}
