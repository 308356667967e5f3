// Engines that run a script and print: Node and JavaScriptCore's shell.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runScript } from "../../sre/wasm/process.ts";
import { findCommand } from "../programs.ts";
import { type Component, ENGINE_MS, type Engine, type Family, type Json, program } from "./engine.ts";

/** How to start a shell. */
export interface Shell {
  readonly name: string;
  readonly family: Family;
  readonly component: Component | null;
  readonly command: string;
  readonly flags: readonly string[];
  readonly version: () => string;
  /** KiB of address space that the process may have; null for no limit. */
  readonly addressSpace?: number | null;
}

/** Runs the text of a script in a shell; what it printed, on both streams, and how it ended. */
export type RunShell = (shell: Shell, text: string, ms: number) => Promise<string>;

const TAIL = `
const say = typeof print === "function" ? print : (line) => console.log(line);
const done = (text) => say("ANSWER " + text);
const failed = (text) => say("FAILED " + text);`;

/** An engine that is a shell, by default a process like any other. */
export function shell(options: Shell, run: RunShell = plainly): Engine {
  return {
    name: options.name,
    family: options.family,
    component: options.component,
    version: options.version,
    evaluate: async (script, job, ms = ENGINE_MS) =>
      answerOf(options.name, await run(options, program(script, job, TAIL), ms)),
  };
}

/** In a process with a file. */
const plainly: RunShell = async (options, text, ms) => {
  const folder = mkdtempSync(join(tmpdir(), "lockstep-engine-"));
  try {
    const file = join(folder, "script.cjs");
    writeFileSync(file, text);
    return await printed(options, file, ms);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** A shell of JavaScriptCore's reads no script from its standard input, but a line. */
const JSC_BOOT = ["-e", "(0, eval)(JSON.parse(readline()))"];

/** In a process between the walls of this machine, which sees no file of its user's. */
export const walled: RunShell = ({ command, component, flags }, text, ms) => {
  if (component === null) return runScript({ flags }, text, ms);
  const path = findCommand(command) ?? command;
  // Without anything that an encoding could change.
  const line = JSON.stringify(text).replace(/[\u007f-\uffff]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return runScript({ command: [path, ...flags, ...JSC_BOOT] }, `${line}\n`, ms);
};

function printed({ command, flags, addressSpace }: Shell, file: string, ms: number): Promise<string> {
  const limit = addressSpace ? `ulimit -v ${addressSpace}; ` : "";
  const child = spawn("sh", ["-c", `${limit}exec "$@"`, "sh", command, ...flags, file], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const parts: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => parts.push(part));
  const timer = setTimeout(() => child.kill("SIGKILL"), ms);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve(`${Buffer.concat(parts).toString()}\nended with ${signal ?? `status ${code}`}`);
    });
  });
}

function answerOf(name: string, text: string): Json {
  const answer = /^ANSWER (.*)$/m.exec(text);
  if (answer === null) throw new Error(`${name} gave no answer: ${text.slice(0, 2_000)}`);
  return JSON.parse(answer[1]!) as Json;
}
