// The command line for tests: in this process, which costs nothing, with everything it says caught; or as a process of
// its own, where exit statuses, pipes and signals are the point.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterAll, expect } from "vitest";
import { main } from "../../host/cli/program.ts";

/** The checkout. */
export const CHECKOUT = join(import.meta.dirname, "../..");
/** The command line's entry. */
export const MAIN = join(CHECKOUT, "host/cli/main.ts");

/** A folder that is gone after the tests of the file. */
export function scratchFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "lockstep-cli-")));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** How a command ended and what it said. */
export interface Ran {
  readonly status: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** What surrounds a command. */
export interface Around {
  /** LOCKSTEP_HOME. */
  readonly home: string;
  /** LOCKSTEP_URL; without it an address where nobody answers. */
  readonly url?: string;
  readonly stdin?: Uint8Array;
  /** Further variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether stderr claims to be a terminal. */
  readonly terminal?: boolean;
}

/** Nobody listens on the discard port. */
export const NOBODY = "http://127.0.0.1:9";

class Caught extends Writable {
  readonly isTTY: boolean;
  readonly #parts: Uint8Array[] = [];

  constructor(terminal: boolean) {
    super();
    this.isTTY = terminal;
  }

  override _write(part: Uint8Array, _encoding: string, done: () => void): void {
    this.#parts.push(part);
    done();
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

async function* stdinOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Runs a command in this process. */
export async function lockstep(args: readonly string[], around: Around): Promise<Ran> {
  const [stdout, stderr] = [new Caught(false), new Caught(around.terminal ?? false)];
  const env = { LOCKSTEP_HOME: around.home, LOCKSTEP_URL: around.url ?? NOBODY, ...around.env };
  const status = await main(args, { stdout, stderr, stdin: stdinOf(around.stdin ?? new Uint8Array()), env });
  return { status, stdout: stdout.bytes, stderr: stderr.bytes.toString() };
}

/** The one JSON document that a command printed; throws when stdout holds anything else. */
export function json(ran: Ran): Record<string, unknown> {
  const text = ran.stdout.toString();
  if (!/^[^\n]+\n$/.test(text)) throw new Error(`not one line: ${JSON.stringify(text)}`);
  return JSON.parse(text) as Record<string, unknown>;
}

/** The code of the error that a command printed as JSON. */
export function codeOf(ran: Ran): string {
  return (json(ran)["error"] as { code: string }).code;
}

/** A process's environment without anything of ours. */
export function environment({ home, url }: Around): NodeJS.ProcessEnv {
  return { ...process.env, LOCKSTEP_HOME: home, LOCKSTEP_URL: url ?? NOBODY };
}

/** A command as a process of its own. */
export class Spawned {
  readonly child: ChildProcessWithoutNullStreams;
  /** Resolves when the process is over. */
  readonly ended: Promise<Ran>;
  #stdout = Buffer.alloc(0);
  #stderr = "";
  readonly #watchers = new Set<() => void>();

  constructor(command: readonly [string, ...string[]], around: Around, cwd = CHECKOUT) {
    const [program, ...args] = command;
    this.child = spawn(program, args, { cwd, env: environment(around) });
    this.child.stdin.on("error", () => undefined);
    this.child.stdin.end(around.stdin ?? "");
    const told = () => this.#watchers.forEach((watcher) => void watcher());
    this.child.stdout.on("data", (part: Buffer) => {
      this.#stdout = Buffer.concat([this.#stdout, part]);
      told();
    });
    this.child.stderr.on("data", (part: Buffer) => {
      this.#stderr += part.toString();
      told();
    });
    this.ended = new Promise((resolve) =>
      this.child.on("close", (code, signal) => {
        resolve({ status: signal === null ? code : null, stdout: this.#stdout, stderr: this.#stderr });
        told();
      }),
    );
  }

  /** What it has said so far, both streams. */
  get said(): string {
    return this.#stdout.toString() + this.#stderr;
  }

  /** Resolves when what it said matches; throws when it ended without. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.said);
      if (found !== null) return found;
      if (this.child.exitCode !== null) throw new Error(`ended with ${this.child.exitCode}: ${this.said}`);
      await new Promise<void>((resolve) => {
        const watcher = (): void => {
          this.#watchers.delete(watcher);
          resolve();
        };
        this.#watchers.add(watcher);
      });
    }
  }
}

/** What this file of tests has started. The hook stands here, since one added while a hook runs is never called. */
const started: Spawned[] = [];
afterAll(async () => {
  for (const spawned of started.splice(0)) {
    spawned.child.kill("SIGKILL");
    await spawned.ended;
  }
});

/** Starts a command as a process of its own, killed with the tests of the file if it still runs then. */
export function start(args: readonly string[], around: Around, cwd?: string): Spawned {
  const spawned = new Spawned([process.execPath, MAIN, ...args], around, cwd);
  started.push(spawned);
  return spawned;
}

/** A node as a process of its own, with a provider unless told otherwise; resolves to its address. */
export async function startNode(home: string, args: readonly string[] = ["--provider"]): Promise<[string, Spawned]> {
  const node = start(["node", "--port", "0", ...args], { home });
  const [, address] = await node.says(/node at (\S+),/);
  return [address!, node];
}

/** A refusal: exit status, code and the sentence without its code. */
export interface Refusal {
  readonly status: number | null;
  readonly code: string;
  readonly message: string;
}

/** Runs a command that must be refused, once for people and once with --json, and holds both to the same words. */
export async function refusal(args: readonly string[], around: Around): Promise<Refusal> {
  const told = await lockstep([...args, "--json"], around);
  const { code, message } = json(told)["error"] as Refusal;
  const plain = await lockstep(args, around);
  const last = plain.stderr.trimEnd().split("\n").slice(-message.split("\n").length).join("\n");
  expect({ status: plain.status, stdout: plain.stdout.toString(), last }).toEqual({
    status: told.status,
    stdout: "",
    last: `lockstep: ${message} [${code}]`,
  });
  expect(plain.stderr + told.stderr).not.toMatch(/^\s+at /m);
  return { status: told.status, code, message };
}
