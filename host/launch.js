#!/usr/bin/env node
// The front door: plain JavaScript that any Node from 20 runs and that imports no dependency.
// It installs what is missing, then runs a script under a Node that can load the rest: better-sqlite3
// crashes without a message on Node 20, so nothing else may be the first to load.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function fail(message) {
  process.stderr.write(`lockstep: ${message}\n`);
  process.exit(1);
}

/** Runs `npm ci` when the installed packages are absent, half-written or older than the lockfile. */
function install() {
  const lock = join(root, "package-lock.json");
  // npm writes this file last: absent means never installed, or cut off half-way.
  const done = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(lock)) return;
  if (existsSync(done) && statSync(done).mtimeMs >= statSync(lock).mtimeMs) return;
  process.stderr.write("lockstep: installing packages (once, about half a minute)\n");
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error", "--engine-strict=false"];
  const options = { cwd: root, stdio: ["ignore", 2, 2] };
  const npm = process.env.npm_execpath;
  const result = npm ? spawnSync(process.execPath, [npm, ...args], options) : spawnSync("npm", args, options);
  if (result.status !== 0) fail("`npm ci` failed, its message is above; check the network and run this again");
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

/** This process's own Node when it is new enough (24.15 or later), else null. */
function ownNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  return major > 24 || (major === 24 && minor >= 15) ? process.execPath : null;
}

const [script, ...args] = process.argv.slice(2);
if (script === undefined) fail("say which script to run, for example: node host/launch.js host/cli/main.ts --help");
install();
const node = packagedNode() ?? ownNode();
if (node === null) {
  fail(
    `no Node 24 comes packaged for ${process.platform}-${process.arch}; ` +
      `install Node 24.15 or newer and run this again (this is ${process.version})`,
  );
}
const child = spawn(node, [join(root, script), ...args], { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => fail(`could not start ${node}: ${error.message}`));
child.on("exit", (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));
