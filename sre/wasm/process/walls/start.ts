// How a process is started between the walls: the command line of the tools that build them. What stands is proven
// elsewhere (`prove.ts`); this file only says how each wall is asked for.
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Entry, programs } from "../program.ts";

/** Walls to start a process between. `filter` is the system-call filter, which takes the namespaces' tool to load. */
export interface Walls {
  readonly namespaces: boolean;
  readonly filter: Uint8Array | null;
  readonly permission: boolean;
}

/** What a program needs besides Node itself. */
export interface Furniture {
  /** Files, and where they are to be seen inside the namespaces; without namespaces they lie where they are. */
  readonly files: readonly (readonly [path: string, inside: string])[];
  /** Variables, by the paths inside when `inside` is set. */
  variables(inside: boolean): Readonly<Record<string, string>>;
  /** Further words for Node where its permission model is in force. */
  readonly permits: readonly string[];
}

/** A program that needs nothing. */
export const BARE: Furniture = { files: [], variables: () => ({}), permits: [] };

/** A command; bytes that it reads from the descriptors 3, 4 and so on, and first of all from its standard input. */
export interface Start {
  readonly command: readonly [string, ...string[]];
  readonly feeds: readonly Uint8Array[];
  readonly input?: Uint8Array;
  /** Its environment; by default it has none. */
  readonly variables?: Readonly<Record<string, string>>;
}

function canWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

const firstThere = (paths: readonly string[]): string | null => paths.find((path) => existsSync(path)) ?? null;

/** Builds namespaces; of the package bubblewrap. Null where it is not installed. */
export const BWRAP = firstThere(["/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap"]);
/** Sets a process up before it becomes another; part of util-linux. */
export const SETPRIV = firstThere(["/usr/bin/setpriv", "/bin/setpriv"]);
/** Sets resource limits for a process; part of util-linux. */
export const PRLIMIT = firstThere(["/usr/bin/prlimit", "/bin/prlimit"]);
/** Says whom the kernel ends first when memory is short; part of util-linux. Null where the kernel can't be told. */
export const CHOOM = canWrite("/proc/self/oom_score_adj") ? firstThere(["/usr/bin/choom", "/bin/choom"]) : null;
/** The kernel's word for: before all others. */
const OOM_FIRST = 1000;
/** Whether this Node has the permission model. */
export const PERMITS = process.allowedNodeEnvironmentFlags.has("--permission");

/** The file's own folder is `<root>/sre/wasm/process/walls`. */
const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));

/** Inside the namespaces nothing tells where the host's Node lies. */
const NODE_INSIDE = "/node";
const ATTACKER = "/attacker";

/** Files that are there inside the namespaces, for attacks that try to write them. */
export const FILES_INSIDE: readonly string[] = [NODE_INSIDE];
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

/** What Node and its program need, and nothing else: no `/proc`, `/sys`, `/dev`, `/tmp`, `/etc`. A worker's program comes by its pipe. */
function filesInside({ files }: Furniture): readonly string[] {
  const own = libraries();
  const more = files.filter(([, inside]) => !own.includes(inside));
  return [
    ...readOnly(process.execPath, NODE_INSIDE),
    ...own.flatMap((path) => readOnly(path, path)),
    ...more.flatMap(([path, inside]) => readOnly(path, inside)),
  ];
}

function node(path: string, permits: readonly string[] | null, program: readonly string[]): readonly string[] {
  const hardening = ["--disable-proto=delete", "--disallow-code-generation-from-strings", "--no-warnings"];
  return [path, ...(permits === null ? [] : ["--permission", ...permits]), ...hardening, ...program];
}

/** A Node between the walls, with these further words of its command line. */
export function nodeStart(
  { filter, namespaces, permission }: Walls,
  program: readonly string[],
  furniture: Furniture = BARE,
): Start {
  const permits = permission ? furniture.permits : null;
  if (namespaces && BWRAP !== null) {
    const set = Object.entries(furniture.variables(true)).flatMap(([name, value]) => ["--setenv", name, value]);
    const tool = bwrap(BWRAP, [...filesInside(furniture), ...set], filter === null ? null : 3);
    const command = [...tool, ...node(NODE_INSIDE, permits, program)] as const;
    return { command: command as unknown as Start["command"], feeds: filter === null ? [] : [filter] };
  }
  const plain = node(process.execPath, permits, program);
  // The kernel kills the worker when this process dies: a guest in a loop reads no pipe.
  const follow = SETPRIV === null ? [] : [SETPRIV, "--pdeathsig", "KILL", "--no-new-privs", "--"];
  const command = [...follow, ...plain] as unknown as Start["command"];
  return { command, feeds: [], variables: furniture.variables(false) };
}

/** What a process does first: it takes its program from its standard input. */
const BOOT = readFileSync(new URL("../boot.js", import.meta.url), "utf8");

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

/** A process between the walls that runs a program of ours, which `packed` brings under this name, with what it needs. */
export function furnishedStart(walls: Walls, entry: string, packed: Uint8Array, furniture: Furniture): Start {
  const { command, ...start } = nodeStart(walls, ["--input-type=module", "-e", BOOT, entry], furniture);
  return { ...start, command: [...FIRST, ...command] as unknown as Start["command"], input: packed };
}

/** A guest's memory is what may run short: its process goes first, and never the host's. */
const FIRST: readonly string[] = CHOOM === null ? [] : [CHOOM, "-n", String(OOM_FIRST), "--"];

/** A process between the walls that runs one of our programs. */
export function programStart(walls: Walls, entry: Entry): Start {
  return { ...roomyStart(walls, [...ENGINE_FLAGS, "--input-type=module", "-e", BOOT, entry]), input: programs() };
}

/** A Node between the walls, with flags of its engine, that runs the script on its standard input. */
export const scriptStart = (walls: Walls, flags: readonly string[]): Start => roomyStart(walls, [...flags, "-"]);

/**
 * Another engine's shell, between namespaces where they stand: it sees this machine's programs and libraries, the devices
 * that every process needs, itself, and nothing else.
 */
export function shellStart({ namespaces }: Walls, command: readonly [string, ...string[]]): Start {
  const [path] = command;
  if (!namespaces || BWRAP === null || !path.startsWith("/usr/")) return { command, feeds: [] };
  const links = ["/lib", "/lib64"].flatMap((link) => ["--symlink", `usr${link}`, link]);
  const files = [...readOnly("/usr", "/usr"), ...links, "--dev", "/dev", "--proc", "/proc"];
  return { command: [...bwrap(BWRAP, files, null), ...command] as unknown as Start["command"], feeds: [] };
}

/** A Node between the walls with the native stack and the place in the kernel's order of those that run guests. */
function roomyStart(walls: Walls, words: readonly string[]): Start {
  const stack = nativeStack();
  const bounded = PRLIMIT !== null && stack >= 2 * STACK_RESERVE;
  const flags = bounded ? [`--stack-size=${Math.floor((stack - STACK_RESERVE) / 1024)}`] : [];
  const { command, feeds } = nodeStart(walls, [...flags, ...words]);
  const before = [...FIRST, ...(bounded ? [PRLIMIT, `--stack=${stack}`, "--"] : [])];
  return { command: [...before, ...command] as unknown as Start["command"], feeds };
}

/** The attack program between the outer walls, with the same files around it as a worker has. */
export function attackStart(image: Uint8Array, filter: Uint8Array | null, furniture: Furniture = BARE): Start | null {
  if (BWRAP === null) return null;
  // Its own image is read from descriptor 3, so that no file has to be written anywhere.
  const files = [...filesInside(furniture), "--perms", "0500", "--ro-bind-data", "3", ATTACKER];
  const tool = bwrap(BWRAP, files, filter === null ? null : 4);
  return { command: [...tool, ATTACKER], feeds: filter === null ? [image] : [image, filter] };
}

/**
 * Starts it: no environment of this process, no descriptor but its pipes. `errors`: keep what the tools say on standard
 * error. A machine that starts nothing says so by the event `error`, with or without pipes (EMFILE), or this throws (ENOMEM).
 */
export function launch(
  { command, feeds, input, variables = {} }: Start,
  errors: "pipe" | "ignore" = "ignore",
): ChildProcess {
  const [tool, ...args] = command;
  const stdio = ["pipe", "pipe", errors, ...feeds.map(() => "pipe" as const)] as const;
  const child = spawn(tool, args, { cwd: "/", env: { ...variables }, stdio: [...stdio] });
  for (const [index, bytes] of feeds.entries()) {
    const pipe = child.stdio?.[3 + index] as NodeJS.WritableStream | null | undefined;
    // A tool that ends before it has read this says so by its exit.
    pipe?.on("error", () => undefined);
    pipe?.end(bytes);
  }
  if (input !== undefined) child.stdin?.write(input);
  return child;
}
