#!/usr/bin/env node
// The front door: plain JavaScript that any Node from 20 runs and that imports no dependency.
// It installs what is missing, then runs a script under a Node that can load the rest: better-sqlite3
// crashes without a message on Node 20, so nothing else may be the first to load.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, statSync, utimesSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { basename, dirname, join } from "node:path";
import { isatty } from "node:tty";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function fail(message) {
  process.stderr.write(`lockstep: ${message}\n`);
  process.exit(1);
}

/** Whether the installed packages are absent, half-written or older than the lockfile. */
function outOfDate(lock, done) {
  if (!existsSync(lock))
    fail(`${lock} is missing, so this copy is incomplete; get the whole repository and run this again`);
  return !existsSync(done) || statSync(done).mtimeMs < statSync(lock).mtimeMs;
}

/** Runs `npm ci` where it is needed. */
function install() {
  const lock = join(root, "package-lock.json");
  // npm writes this file last: absent means never installed, or cut off half-way.
  const done = join(root, "node_modules", ".package-lock.json");
  if (!outOfDate(lock, done)) return;
  process.stderr.write("lockstep: installing packages (once, about half a minute)\n");
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error", "--engine-strict=false"];
  const options = { cwd: root, stdio: ["ignore", 2, 2] };
  // The npm that runs us, if it is npm: other package managers set the same variable.
  const npm = process.env.npm_execpath ?? "";
  const { status, error } =
    basename(npm) === "npm-cli.js"
      ? spawnSync(process.execPath, [npm, ...args], options)
      : spawnSync("npm", args, options);
  if (error?.code === "ENOENT") fail("npm is not installed; install npm 10 or newer and run this again");
  if (status !== 0) fail("`npm ci` failed, its message is above; check the network and run this again");
  // A lockfile dated in the future would otherwise look newer for ever.
  const date = new Date(Math.max(Date.now(), statSync(lock).mtimeMs));
  if (existsSync(done)) utimesSync(done, date, date);
}

/** The pinned Node that came as a package, or null where none exists for this platform. */
function packagedNode() {
  const name = `node-${process.platform}-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), "bin", "node");
  } catch {
    return null;
  }
}

/** Whether a Node starts on this machine: its C library may be another one (musl) or too old. Costs 10 ms. */
function starts(node) {
  return spawnSync(node, ["--version"], { stdio: "ignore" }).status === 0;
}

/** The Node that can run the product: the packaged one, else this process's own when new enough (24.15 or later). */
function chooseNode() {
  const packaged = packagedNode();
  if (packaged !== null && starts(packaged)) return packaged;
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 24 || (major === 24 && minor >= 15)) return process.execPath;
  const trouble = packaged === null ? `does not exist for ${process.platform}-${process.arch}` : "does not start here";
  return fail(
    `the packaged Node 24 ${trouble}; install Node 24.15 or newer and run this again (this is ${process.version})`,
  );
}

const [script, ...args] = process.argv.slice(2);
if (process.platform === "win32") fail("Windows is not supported; run this on Linux or macOS, or under WSL");
if (script === undefined) fail("say which script to run, for example: node host/launch.js host/cli/main.ts --help");
install();
const node = chooseNode();
// npm moves to the repository before it runs a script: paths mean the folder where the person stands, while the data
// directory stays the repository's.
const { npm_lifecycle_event: event, INIT_CWD: here = root } = process.env;
const away = event === "lockstep" && here !== root && existsSync(here);
const surroundings = away ? { cwd: here, env: { LOCKSTEP_HOME: join(root, ".lockstep"), ...process.env } } : {};
// Heard before the script starts, since it may be ready, and a signal here, before this process goes on.
// A terminal sends its signals to the whole group: passed on as well, they would reach the child twice.
const atTerminal = [0, 1, 2].some((fd) => isatty(fd));
for (const signal of ["SIGINT", "SIGQUIT", "SIGHUP"]) process.on(signal, () => atTerminal || child.kill(signal));
process.on("SIGTERM", () => child.kill("SIGTERM"));
const child = spawn(node, [join(root, script), ...args], { stdio: "inherit", ...surroundings });
child.on("error", (error) => fail(`could not start ${node}: ${error.message}`));
child.on("exit", (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));
