// How a container is walled in: the one request that makes it. Everything in it that a job can feel is part of the
// profile, so a receipt's profile says which walls its provider promised.
import { BOX } from "./limits.ts";
import { BUSYBOX, JOB_FOLDER, SCRIPT } from "./script.ts";
import { SECCOMP } from "./seccomp.ts";

/** What of a container depends on its job; the rest is the same for all. */
export interface Shape {
  /** The image's id, as the engine names it. */
  readonly image: string;
  /** Bytes of memory that its processes may have; the scratch space, which is memory too, comes on top. */
  readonly memory: number;
  /** Bytes of the scratch space for the job's own files. */
  readonly scratch: number;
}

/** What of a container depends on the machine. */
export interface Place {
  /** The static busybox of this machine. */
  readonly busybox: string;
  /** The runtime's name at the engine; null for its default. */
  readonly runtime: string | null;
  /** Labels by which the container is found again. */
  readonly labels: Readonly<Record<string, string>>;
  /** The control group that it goes into; null for the engine's own choice. */
  readonly cgroup: string | null;
}

/** The walls: nothing here is a job's to choose. */
const WALLS = {
  NetworkMode: "none",
  ReadonlyRootfs: true,
  CapDrop: ["ALL"],
  Privileged: false,
  IpcMode: "none",
  PidsLimit: BOX.pids,
  NanoCpus: BOX.cpus * 1_000_000_000,
  OomKillDisable: false,
  MemorySwappiness: 0,
  CgroupnsMode: "private",
  RestartPolicy: { Name: "no" },
  AutoRemove: false,
  LogConfig: { Type: "none" },
} as const;

const limit = (name: string, value: number) => ({ Name: name, Soft: value, Hard: value });

/** The body of the request that makes a container. */
export function containerOf({ image, memory, scratch }: Shape, { busybox, runtime, labels, cgroup }: Place) {
  const mount = (options: string) => `rw,nosuid,nodev,noexec,${options}`;
  return {
    Image: image,
    Entrypoint: [BUSYBOX, "sh", "-c", SCRIPT],
    Cmd: [],
    User: `${BOX.user}:${BOX.user}`,
    WorkingDir: JOB_FOLDER,
    Hostname: "lockstep",
    Healthcheck: { Test: ["NONE"] },
    NetworkDisabled: true,
    StopSignal: "SIGKILL",
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    OpenStdin: true,
    StdinOnce: true,
    Tty: false,
    Labels: labels,
    HostConfig: {
      ...WALLS,
      ...(runtime === null ? {} : { Runtime: runtime }),
      ...(cgroup === null ? {} : { CgroupParent: cgroup }),
      Memory: memory + scratch + BOX.scratchBytes,
      MemorySwap: memory + scratch + BOX.scratchBytes,
      SecurityOpt: ["no-new-privileges", `seccomp=${JSON.stringify(SECCOMP)}`],
      Ulimits: [limit("nofile", BOX.openFiles), limit("core", 0), limit("nproc", 4096), limit("fsize", scratch)],
      Tmpfs: {
        [JOB_FOLDER]: mount(`size=${scratch},nr_inodes=${BOX.inodes},mode=0700,uid=${BOX.user},gid=${BOX.user}`),
        "/tmp": mount(`size=${BOX.scratchBytes},nr_inodes=${BOX.inodes},mode=1777`),
      },
      Binds: [`${busybox}:${BUSYBOX}:ro`],
    },
  };
}

/** What the profile's id is the digest of. */
export function describePolicy() {
  return { version: 1, box: BOX, walls: WALLS, seccomp: SECCOMP, script: SCRIPT };
}
