// Engines that run a script file and print: Node and JavaScriptCore's shell.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Component } from "../support/require.ts";
import { ENGINE_MS, type Engine, type Family, type Json, program } from "./engine.ts";

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

const TAIL = `
const say = typeof print === "function" ? print : (line) => console.log(line);
const done = (text) => say("ANSWER " + text);
const failed = (text) => say("FAILED " + text);`;

/** An engine that is a shell. */
export function shell(options: Shell): Engine {
  return {
    name: options.name,
    family: options.family,
    component: options.component,
    version: options.version,
    async evaluate(script, job) {
      const folder = mkdtempSync(join(tmpdir(), "lockstep-engine-"));
      try {
        const file = join(folder, "script.cjs");
        writeFileSync(file, program(script, job, TAIL));
        return answerOf(options.name, await printed(options, file));
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  };
}

/** Runs the script; what it printed, on both streams, and how it ended. */
function printed({ command, flags, addressSpace }: Shell, file: string): Promise<string> {
  const limit = addressSpace ? `ulimit -v ${addressSpace}; ` : "";
  const child = spawn("sh", ["-c", `${limit}exec "$@"`, "sh", command, ...flags, file], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const parts: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => parts.push(part));
  const timer = setTimeout(() => child.kill("SIGKILL"), ENGINE_MS);
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
