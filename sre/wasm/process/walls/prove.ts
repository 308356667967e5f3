// Which outer walls this machine has, proven once per process before the first worker starts: the attack program is
// run between them, and a wall is in force only where every attack failed as it should. User namespaces may be
// forbidden, a tool old, a kernel without filters: whatever the reason, what is not proven is not claimed.
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import {
  type Architecture,
  type Attack,
  architectureOf,
  attackProgram,
  breaches,
  callsOf,
  readResults,
} from "../../../walls/index.ts";
import { attacksOnFilter, attacksOnNamespaces, type Targets } from "./attacks.ts";
import { seccompFilter } from "./seccomp.ts";
import {
  attackStart,
  BARE,
  BWRAP,
  FILES_INSIDE,
  FILES_OUTSIDE,
  type Furniture,
  launch,
  nodeStart,
  PERMITS,
  type Start,
  type Walls,
} from "./start.ts";

/** What was found about one wall. `detail` is a sentence for people; `attacks` is how many were tried. */
export interface Finding {
  readonly wall: "namespaces" | "seccomp";
  readonly inForce: boolean;
  readonly attacks: number;
  readonly detail: string;
}

/** The walls to start workers between, and what was found. */
export interface Proof {
  readonly walls: Walls;
  readonly findings: readonly Finding[];
}

/** Milliseconds that a proof may take: about 10 when idle. */
const PROOF_MS = 10_000;
/** Bytes that are read of what a probe writes: a table of some dozen rows of 64. */
const WRITTEN_LIMIT = 64 * 1024;
/** Characters of a tool's complaint that are passed on. */
const COMPLAINT_CHARS = 200;

interface Ran {
  readonly written: Uint8Array;
  /** Null when it was killed, or never started. */
  readonly status: number | null;
  readonly complaint: string;
}

/** Runs a command to its end. */
async function run(start: Start): Promise<Ran> {
  const [out, errors] = [new Heard(), new Heard()];
  const status = await statusOf(start, out, errors).catch(() => null);
  const [line = ""] = Buffer.concat(errors.chunks).toString().split("\n");
  return { written: new Uint8Array(Buffer.concat(out.chunks)), status, complaint: line.slice(0, COMPLAINT_CHARS) };
}

/** The status with which a command ends; rejects when it can't be started. */
async function statusOf(start: Start, out: Heard, errors: Heard): Promise<number | null> {
  const child = launch(start, "pipe");
  const timer = setTimeout(() => child.kill("SIGKILL"), PROOF_MS);
  child.stdout?.on("data", (chunk: Uint8Array) => out.hear(chunk));
  child.stderr?.on("data", (chunk: Uint8Array) => errors.hear(chunk));
  child.stdin?.on("error", () => undefined);
  child.stdin?.end();
  try {
    const [code] = (await once(child, "close")) as [number | null];
    return code;
  } finally {
    clearTimeout(timer);
  }
}

/** The beginning of what a command writes. */
class Heard {
  readonly chunks: Uint8Array[] = [];
  private size = 0;

  hear(chunk: Uint8Array): void {
    this.size += chunk.length;
    if (this.size <= WRITTEN_LIMIT) this.chunks.push(chunk);
  }
}

/** What a list of attacks found between some walls: null when every one failed as it should, else a sentence. */
async function breach(
  attacks: readonly Attack[],
  architecture: Architecture,
  filter: Uint8Array | null,
  furniture: Furniture,
): Promise<string | null> {
  const calls = callsOf(attacks);
  const start = attackStart(attackProgram(architecture, calls), filter, furniture);
  if (start === null) return "bubblewrap is not installed";
  const { written, status, complaint } = await run(start);
  const results = readResults(written, calls.length);
  if (results === null) return `bubblewrap could not build it (status ${status}): ${complaint || "it said nothing"}`;
  const [first] = breaches(attacks, results);
  return first === undefined ? null : `a probe between the walls could ${first.name}`;
}

/** Whether Node itself lives between the walls; null, or why not. */
async function livesIn(walls: Walls): Promise<string | null> {
  const { status, complaint } = await run(nodeStart(walls, ["--version"]));
  return status === 0
    ? null
    : `Node does not start between the walls (status ${status}): ${complaint || "it said nothing"}`;
}

const finding = (wall: Finding["wall"], attacks: number, trouble: string | null): Finding => ({
  wall,
  attacks,
  inForce: trouble === null,
  detail: trouble ?? `${attacks} attacks failed as they should`,
});

/** Proves the walls around a process with this furniture; what else it has to find between them is its own to try. */
export async function proveAround(furniture: Furniture): Promise<Proof> {
  const architecture = architectureOf(process.platform, process.arch);
  const none = { namespaces: false, filter: null, permission: PERMITS };
  const unproven = (why: string): Proof => ({
    walls: none,
    findings: [finding("namespaces", 0, why), finding("seccomp", 0, why)],
  });
  if (architecture === null) return unproven("Linux on x86-64 or AArch64 is needed");
  if (BWRAP === null) return unproven("bubblewrap is not installed");
  const filter = seccompFilter(architecture);
  const server = await listen().catch(() => null);
  if (server === null) return unproven("this process can't listen on 127.0.0.1, so the walls can't be attacked");
  const bare = targetsAt(server);
  const targets = { ...bare, own: [...bare.own, ...furniture.files.map(([, inside]) => inside)] };
  const onNamespaces = attacksOnNamespaces(targets);
  const onFilter = attacksOnFilter(targets);
  const [open, unfiltered, dead] = await Promise.all([
    breach(onNamespaces, architecture, null, furniture),
    breach(onFilter, architecture, filter, furniture),
    livesIn({ namespaces: true, filter, permission: PERMITS }),
  ]);
  server.close();
  const findings = [
    finding("namespaces", onNamespaces.length, open ?? dead),
    finding("seccomp", onFilter.length, open ?? unfiltered ?? dead),
  ];
  const [namespaces, seccomp] = findings.map(({ inForce }) => inForce);
  return { walls: { ...none, namespaces: namespaces!, filter: seccomp! ? filter : null }, findings };
}

/** A port of this machine that the network's wall must hide. */
async function listen(): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  server.listen(0, "127.0.0.1").unref();
  await once(server, "listening");
  return server;
}

/** What the attacks aim at: this process, its port, its files. */
export function targetsAt(server: Server): Targets {
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { pid: process.pid, port, files: FILES_OUTSIDE, own: FILES_INSIDE };
}

let proven: Promise<Proof> | null = null;

/** The proof of this process's first call, for all that follow: what stands does not change under a running process. */
export function proveWalls(): Promise<Proof> {
  proven ??= proveAround(BARE);
  return proven;
}
