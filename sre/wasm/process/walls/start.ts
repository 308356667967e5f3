// How a process is started between the walls: the command line of the tools that build them. What stands is proven
// elsewhere (`prove.ts`); this file only says how each wall is asked for.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Walls to start a process between. `filter` is the system-call filter, which takes the namespaces' tool to load. */
export interface Walls {
  readonly namespaces: boolean;
  readonly filter: Uint8Array | null;
  readonly permission: boolean;
}

/** A command, and bytes that it reads from the descriptors 3, 4 and so on. */
export interface Start {
  readonly command: readonly [string, ...string[]];
  readonly feeds: readonly Uint8Array[];
}

const firstThere = (paths: readonly string[]): string | null => paths.find((path) => existsSync(path)) ?? null;

/** Builds namespaces; of the package bubblewrap. Null where it is not installed. */
export const BWRAP = firstThere(["/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap"]);
/** Sets a process up before it becomes another; part of util-linux. */
export const SETPRIV = firstThere(["/usr/bin/setpriv", "/bin/setpriv"]);
/** Sets resource limits for a process; part of util-linux. */
const PRLIMIT = firstThere(["/usr/bin/prlimit", "/bin/prlimit"]);
/** Whether this Node has the permission model. */
export const PERMITS = process.allowedNodeEnvironmentFlags.has("--permission");

/** The file's own folder is `<root>/sre/wasm/process/walls`. */
const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
const LOADER = dirname(fileURLToPath(import.meta.resolve("@assemblyscript/loader")));
const EXTENSION = import.meta.url.endsWith(".ts") ? "ts" : "js";

/** Where a process finds what it runs on: Node, the checkout's root, and the one package that the worker imports. */
interface Places {
  readonly node: string;
  readonly root: string;
  readonly loader: string;
}
const OUTSIDE: Places = { node: process.execPath, root: ROOT, loader: LOADER };
/** Inside the namespaces nothing tells who the host's user is or where the checkout lies. */
const INSIDE: Places = { node: "/node", root: "/app/", loader: "/app/node_modules/@assemblyscript/loader" };
const ATTACKER = "/attacker";

/** Files of the worker that are there inside the namespaces, for attacks that try to write them. */
export const FILES_INSIDE: readonly string[] = [INSIDE.node, `${INSIDE.root}package.json`];
/** Files of this machine that the namespaces must hide. */
export const FILES_OUTSIDE: readonly string[] = [process.execPath, join(ROOT, "package.json"), ROOT];

/** What Node's own report says of this process. */
interface Report {
  readonly sharedObjects: readonly string[];
  readonly userLimits: { readonly stack_size_bytes: { readonly hard: number | "unlimited" } };
}

let found: Report | null = null;

function report(): Report {
  if (found !== null) return found;
  // Without this the report asks name servers about every open connection.
  const own = process.report as typeof process.report & { excludeNetwork: boolean };
  const before = own.excludeNetwork;
  own.excludeNetwork = true;
  found = own.getReport() as unknown as Report;
  own.excludeNetwork = before;
  return found;
}

/** The shared libraries of this very Node, as the dynamic linker found them; add-ons that the host has loaded are left out. */
function libraries(): readonly string[] {
  return report().sharedObjects.filter((path) => path.startsWith("/") && /\.so(\.|$)/.test(path));
}

/** Nobody, who owns nothing: the process has this user inside, whoever the host's user is. */
const NOBODY = "65534";

/** The namespaces' tool with everything unshared and these files, each read-only; `-` descriptors are read as files. */
function bwrap(tool: string, files: readonly string[], filterAt: number | null): readonly [string, ...string[]] {
  return [
    tool,
    ...["--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"],
    ...["--uid", NOBODY, "--gid", NOBODY, "--hostname", "sandbox", "--cap-drop", "ALL"],
    // As process 1 it sees no other, and the kernel ends all with it; so it needs no helper of its own beside it.
    ...["--new-session", "--die-with-parent", "--as-pid-1"],
    ...files,
    ...["--remount-ro", "/", "--chdir", "/"],
    ...(filterAt === null ? [] : ["--seccomp", String(filterAt)]),
    "--",
  ];
}

const readOnly = (from: string, to: string): readonly string[] => ["--ro-bind", from, to];

/** What Node and the worker need, and nothing else: no `/proc`, `/sys`, `/dev`, `/tmp`, `/etc`. */
function workerFiles(): readonly string[] {
  return [
    ...readOnly(OUTSIDE.node, INSIDE.node),
    ...libraries().flatMap((path) => readOnly(path, path)),
    ...["sre", "package.json"].flatMap((name) => readOnly(join(ROOT, name), `${INSIDE.root}${name}`)),
    ...readOnly(OUTSIDE.loader, INSIDE.loader),
  ];
}

function node({ node, root, loader }: Places, permission: boolean, program: readonly string[]): readonly string[] {
  const readable = [join(root, "sre", "*"), join(loader, "*"), join(root, "package.json")];
  const permitted = permission ? ["--permission", ...readable.map((path) => `--allow-fs-read=${path}`)] : [];
  const hardening = ["--disable-proto=delete", "--disallow-code-generation-from-strings", "--no-warnings"];
  return [node, ...permitted, ...hardening, ...program];
}

/** A Node between the walls. `program` gets the checkout's root as the process sees it. */
export function nodeStart(walls: Walls, program: (root: string) => readonly string[]): Start {
  const { filter, namespaces, permission } = walls;
  if (namespaces && BWRAP !== null) {
    const tool = bwrap(BWRAP, workerFiles(), filter === null ? null : 3);
    const command = [...tool, ...node(INSIDE, permission, program(INSIDE.root))] as const;
    return { command: command as unknown as Start["command"], feeds: filter === null ? [] : [filter] };
  }
  const plain = node(OUTSIDE, permission, program(OUTSIDE.root));
  // The kernel kills the worker when this process dies: a guest in a loop reads no pipe.
  const follow = SETPRIV === null ? [] : [SETPRIV, "--pdeathsig", "KILL", "--no-new-privs", "--"];
  return { command: [...follow, ...plain] as unknown as Start["command"], feeds: [] };
}

/** The worker collects large memories itself, and they are unmapped before it takes the next job. */
const ENGINE_FLAGS = ["--expose-gc", "--no-concurrent-array-buffer-sweeping"];

/**
 * Bytes of native stack, some hundred times the metric's limit (SPEC rule S1): an optimising compiler may keep any number
 * of values of a small frame over a call, and a run whose native stack ends is void. Pages count when they are touched,
 * but each thread of the process takes as much address space.
 */
const NATIVE_STACK = 64 * 1024 * 1024;
/** What the engine leaves below its own limit, for the frames of the host. */
const STACK_RESERVE = 6 * 1024 * 1024;

/** What this process may give: more would keep every worker from starting. */
function nativeStack(): number {
  const { hard } = report().userLimits.stack_size_bytes;
  return hard === "unlimited" ? NATIVE_STACK : Math.min(hard, NATIVE_STACK);
}

/** A worker between the walls. */
export function workerStart(walls: Walls): Start {
  const program = (root: string) => [...ENGINE_FLAGS, join(root, "sre", "wasm", `worker.${EXTENSION}`)];
  const stack = nativeStack();
  if (PRLIMIT === null || stack < 2 * STACK_RESERVE) return nodeStart(walls, program);
  const flag = `--stack-size=${Math.floor((stack - STACK_RESERVE) / 1024)}`;
  const { command, feeds } = nodeStart(walls, (root) => [flag, ...program(root)]);
  return { command: [PRLIMIT, `--stack=${stack}`, "--", ...command], feeds };
}

/** The attack program between the outer walls, with the same files around it as a worker has. */
export function attackStart(image: Uint8Array, filter: Uint8Array | null): Start | null {
  if (BWRAP === null) return null;
  // Its own image is read from descriptor 3, so that no file has to be written anywhere.
  const files = [...workerFiles(), "--perms", "0500", "--ro-bind-data", "3", ATTACKER];
  const tool = bwrap(BWRAP, files, filter === null ? null : 4);
  return { command: [...tool, ATTACKER], feeds: filter === null ? [image] : [image, filter] };
}

/** Starts it: no environment, no descriptor but its pipes. `errors`: keep what the tools say on standard error. */
export function launch({ command, feeds }: Start, errors: "pipe" | "ignore" = "ignore"): ChildProcess {
  const [tool, ...args] = command;
  const stdio = ["pipe", "pipe", errors, ...feeds.map(() => "pipe" as const)] as const;
  const child = spawn(tool, args, { cwd: "/", env: {}, stdio: [...stdio] });
  for (const [index, bytes] of feeds.entries()) {
    const pipe = child.stdio[3 + index] as NodeJS.WritableStream | null | undefined;
    // A tool that ends before it has read this says so by its exit.
    pipe?.on("error", () => undefined);
    pipe?.end(bytes);
  }
  return child;
}
