// Toolchains that are no part of the installation: found at run time, run on a copy of the source in a folder of their
// own, and stopped when they take too long. They are programs of this machine with its user's rights: walls around
// them are the machine's, as for everything else that is compiled on it.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { LockstepError } from "../../chain/protocol/index.ts";
import { tooSlow } from "./child.ts";
import type { SourceTree, Tool } from "./language.ts";
import { BUILD_LIMITS } from "./limits.ts";

/** A package on this machine. */
export interface Package {
  readonly folder: string;
  readonly version: string;
}

/**
 * An npm package as Node would find it from Lockstep's own folder, from the working directory, or from those that
 * LOCKSTEP_TOOLCHAINS names, separated as in PATH; or null.
 */
export function findPackage(name: string): Package | null {
  const named = (process.env["LOCKSTEP_TOOLCHAINS"] ?? "").split(delimiter).filter((folder) => folder !== "");
  for (const start of [import.meta.dirname, process.cwd(), ...named.map((folder) => resolve(folder))]) {
    for (let folder = start; ; folder = dirname(folder)) {
      const found = readPackage(join(folder, "node_modules", name));
      if (found !== null) return found;
      if (folder === dirname(folder)) break;
    }
  }
  return null;
}

function readPackage(folder: string): Package | null {
  try {
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version?: unknown };
    return typeof version === "string" ? { folder, version } : null;
  } catch {
    return null;
  }
}

/** The error for a toolchain that is not there: what is missing, and how to get it. */
export function missing(what: string, tools: readonly Tool[]): LockstepError {
  const ways = tools.flatMap((tool) => tool.ways).map((way) => `  ${way}`);
  return new LockstepError("BUILD_FAILED", `${what} is not installed here; install it with\n${ways.join("\nor\n")}`);
}

/** A package of npm's as a tool. */
export const packageTool = (name: string): Tool => ({
  name,
  ways: [`npm install ${name}`],
  version: async () => findPackage(name)?.version ?? null,
});

/** The version that a program says that it is, by a pattern with one group; null where there is none, or it fails. */
export async function versionOf(path: string | null, args: readonly string[], pattern: RegExp): Promise<string | null> {
  if (path === null) return null;
  const asked = runCommand({ title: path, path, args, folder: tmpdir() });
  return asked.then(
    ({ stdout }) => pattern.exec(stdout)?.[1] ?? "unknown",
    () => null,
  );
}

/** Runs `work` on a copy of the source, in a folder that is gone afterwards. */
export async function withCopy<T>({ files }: SourceTree, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "lockstep-build-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  try {
    for (const [path, bytes] of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), bytes);
    }
    return await work(folder);
  } finally {
    process.off("exit", remove);
    remove();
  }
}

/** A toolchain's program to be run. */
export interface Command {
  /** As messages name it, for example `clang`. */
  readonly title: string;
  readonly path: string;
  readonly args: readonly string[];
  /** Its working directory. */
  readonly folder: string;
  /** Variables besides PATH, HOME and the language of messages. */
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds of wall clock, by default the limit. */
  readonly ms?: number;
}

/** What a program that ended well has written. */
export interface Written {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; BUILD_FAILED with its own messages when it ends badly or takes too long. */
export function runCommand({
  title,
  path,
  args,
  folder,
  env,
  ms = BUILD_LIMITS.toolchainMs,
}: Command): Promise<Written> {
  const own = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? folder, LC_ALL: "C.UTF-8" };
  // A group of its own, so that what it started ends with it.
  const child = spawn(path, args, {
    cwd: folder,
    env: { ...own, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  return new Promise((resolve, reject) => {
    const end = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // It has ended already.
      }
    };
    process.once("exit", end);
    const timer = setTimeout(() => finish(() => reject(tooSlow(title, ms))), ms);
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      process.off("exit", end);
      end();
      settle();
    };
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    child.once("error", (error) =>
      finish(() => reject(new LockstepError("BUILD_FAILED", `${title} can't be started: ${error.message}`))),
    );
    child.once("close", (code, signal) =>
      finish(() => {
        if (code === 0) return resolve({ stdout: stdout(), stderr: stderr() });
        reject(refused(title, stderr() || stdout() || (signal ?? `status ${code}`), folder));
      }),
    );
  });
}

/** Keeps the beginning of what a stream says, where the first error is. */
function collect(stream: NodeJS.ReadableStream): () => string {
  let text = "";
  stream.setEncoding("utf8").on("data", (part: string) => {
    if (text.length < BUILD_LIMITS.messageChars) text += part;
  });
  return () => text;
}

/** The error of a compiler that refuses the source, with its own messages, cut at a limit and free of `folder`. */
export function refused(title: string, messages: string, folder?: string): LockstepError {
  return new LockstepError("BUILD_FAILED", `${title} refused the source:\n${readable(messages, folder)}`);
}

/** The lines that a compiler has to say to a module that it made. */
export function warningsIn(messages: string, folder?: string): string[] {
  return messages.trim() === "" ? [] : readable(messages, folder).split("\n");
}

/** Messages of a compiler for people: without escapes and control characters, the copy's folder cut from paths. */
function readable(messages: string, folder?: string): string {
  const plain = stripVTControlCharacters(messages).replaceAll(/[^\P{Cc}\n\t]/gu, "");
  const relative = folder === undefined ? plain : plain.replaceAll(`${folder}/`, "").replaceAll(folder, ".");
  const lines = relative.trim().split("\n");
  const shown = lines.slice(0, BUILD_LIMITS.messageLines).map((line) => line.slice(0, BUILD_LIMITS.diagnosticChars));
  return [...shown, ...(lines.length > shown.length ? ["and more"] : [])].join("\n");
}
