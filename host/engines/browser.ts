// Engines that are browsers: an empty profile, a page on a loopback server, a worker of that page which evaluates the
// script and posts the answer back. The browser and all its children end when the answer is there.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Component, ENGINE_MS, type Engine, type Family, type Json, program } from "./engine.ts";

/** How to start a browser. */
export interface Browser {
  readonly name: string;
  readonly family: Family;
  readonly component: Component;
  readonly command: string;
  /** The arguments for an empty profile folder and a page; may write settings into the folder. */
  readonly flags: (profile: string, url: string) => readonly string[];
  readonly version: () => string;
}

/** Bytes of an answer. */
const ANSWER_BYTES = 64 * 1024 * 1024;
/** Characters of a browser's own messages that are kept for an error. */
const MESSAGE_CHARS = 2_000;

const PAGE = `<!doctype html><meta charset="utf-8"><title>engine</title><link rel="icon" href="data:,"><script>
const worker = new Worker("script.js");
worker.onerror = (event) => fetch("failed", { method: "POST", body: String(event.message) });
</script>`;
const TAIL = `
const done = (text) => fetch("answer", { method: "POST", body: text });
const failed = (text) => fetch("failed", { method: "POST", body: text });`;

/** An engine that is a browser. */
export function browser(options: Browser): Engine {
  return {
    name: options.name,
    family: options.family,
    component: options.component,
    version: options.version,
    async evaluate(script, job, ms = ENGINE_MS) {
      const { server, posted } = serve(program(script, job, TAIL));
      await once(server.listen(0, "127.0.0.1"), "listening");
      const { port } = server.address() as AddressInfo;
      const profile = mkdtempSync(join(tmpdir(), "lockstep-browser-"));
      const running = start(options, profile, `http://127.0.0.1:${port}/`, ms);
      try {
        return answerOf(options.name, await Promise.race([posted, running.trouble]));
      } finally {
        await running.end();
        server.close();
        server.closeAllConnections();
        rmSync(profile, { recursive: true, maxRetries: 20, retryDelay: 100 });
      }
    },
  };
}

/** What came back: the path that it was posted to says what it is. */
interface Posted {
  readonly path: string;
  readonly text: string;
}

function answerOf(name: string, { path, text }: Posted): Json {
  if (path !== "/answer") throw new Error(`${name} gave no answer: ${text.slice(0, MESSAGE_CHARS)}`);
  return JSON.parse(text) as Json;
}

/** A server of the page and its script; `posted` is the first thing that comes back. */
function serve(script: string): { readonly server: Server; readonly posted: Promise<Posted> } {
  const files: Readonly<Record<string, readonly [type: string, text: string]>> = {
    "/": ["text/html; charset=utf-8", PAGE],
    "/script.js": ["text/javascript; charset=utf-8", script],
  };
  const { promise, resolve, reject } = Promise.withResolvers<Posted>();
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    if (request.method === "POST") {
      textOf(request).then((text) => resolve({ path, text }), reject);
      response.end();
      return;
    }
    const file = files[path];
    if (file === undefined) response.writeHead(404).end();
    else response.writeHead(200, { "content-type": file[0] }).end(file[1]);
  });
  return { server, posted: promise };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > ANSWER_BYTES) throw new Error(`the answer has more than ${ANSWER_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

/** A browser in a process group of its own: `trouble` rejects when it ends or takes too long, `end` ends the group. */
function start(options: Browser, profile: string, url: string, ms: number) {
  // Nothing of the person's own settings: its home is the profile folder too.
  const env = { PATH: process.env["PATH"], HOME: profile, MOZ_CRASHREPORTER_DISABLE: "1" };
  const child: ChildProcess = spawn(options.command, options.flags(profile, url), {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    env,
  });
  let messages = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (part: Buffer) => {
      messages = (messages + part.toString()).slice(-MESSAGE_CHARS);
    });
  }
  const { promise: trouble, reject } = Promise.withResolvers<never>();
  trouble.catch(() => {});
  const timer = setTimeout(() => reject(new Error(`${options.name} took too long: ${messages}`)), ms);
  const gone = new Promise<void>((resolve) => {
    child.on("error", (error) => {
      reject(error);
      resolve();
    });
    child.on("exit", (code, signal) => {
      reject(new Error(`${options.name} ended with ${signal ?? `status ${code}`}: ${messages}`));
      resolve();
    });
  });
  const end = async () => {
    clearTimeout(timer);
    try {
      // The group: a browser's helpers outlive it otherwise.
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
    await gone;
  };
  return { trouble, end };
}
