// A Docker engine of a test's own: in a private folder, without networks or firewall rules, ended by its process id. Needs
// root; `component("docker")` says whether this machine can.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** Where Debian's package puts the static busybox. */
export const BUSYBOX = "/bin/busybox";
const START_MS = 60_000;
const STEP_MS = 50;

/** An engine that runs. */
export interface Engine {
  readonly socket: string;
  stop(): Promise<void>;
  /** Kills it as a crash would, and what it started that would stand in the next one's way; its folder stays. */
  die(): Promise<void>;
}

/** Starts an engine; in a folder of its own, or in one that an earlier engine left. */
export async function startEngine(folder = mkdtempSync(join(tmpdir(), "lockstep-docker-"))): Promise<Engine> {
  const at = (name: string) => join(folder, name);
  const socket = at("docker.sock");
  // In a mount namespace of its own, without the unified hierarchy that makes crun of old take the machine for another.
  const script = 'umount /sys/fs/cgroup/unified 2>/dev/null; exec dockerd "$@"';
  const paths = [
    "--data-root",
    at("data"),
    "--exec-root",
    at("exec"),
    "--pidfile",
    at("pid"),
    "-H",
    `unix://${socket}`,
  ];
  const quiet = [
    "--bridge=none",
    "--iptables=false",
    "--ip6tables=false",
    "--storage-driver=overlay2",
    "--log-level=error",
  ];
  const runtimes = existsSync("/usr/bin/crun") ? ["--add-runtime", "crun=/usr/bin/crun"] : [];
  const options = ["--mount", "--propagation", "slave", "sh", "-c", script, "sh", ...paths, ...quiet, ...runtimes];
  const child = spawn("unshare", options, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (part: Buffer) => {
    said = (said + part.toString()).slice(-2000);
  });
  for (let waited = 0; !(await answers(socket)); waited += STEP_MS) {
    if (child.exitCode !== null || waited > START_MS) throw new Error(`dockerd did not start: ${said}`);
    await pause(STEP_MS);
  }
  const die = async () => {
    const containerd = Number(readFileSync(at("exec/containerd/containerd.pid"), "utf8"));
    await ended(child, "SIGKILL");
    process.kill(containerd, "SIGKILL");
    for (const path of ["pid", "exec/containerd/containerd.pid", "docker.sock"]) rmSync(at(path), { force: true });
  };
  const stop = async () => {
    await ended(child, "SIGTERM");
    rmSync(folder, { recursive: true, force: true });
  };
  return { socket, stop, die };
}

/** Ends a child and waits for it. */
export function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", () => resolve());
    child.kill(signal);
  });
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ socketPath, path: "/_ping" }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.on("error", () => resolve(false));
    asked.end();
  });
}
